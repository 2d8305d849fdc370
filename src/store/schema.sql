-- The store: one SQLite database in WAL mode. Manual: docs/formats/store.md.
-- Times end in _ns: CLOCK_MONOTONIC nanoseconds of the boot named in the experiment's environment, except *_wall_ns,
-- which are nanoseconds since 1970. Sizes are bytes, shares 0..1. PRAGMA user_version is STORE_VERSION (store.h); how to
-- change something here stands at the end of the manual.

CREATE TABLE experiment (
    id              TEXT PRIMARY KEY,           -- 8 characters, model/experiment.h
    kind            TEXT NOT NULL,              -- run | load | record | stat | prove | import
    name            TEXT NOT NULL,              -- of the plan, or what was run
    state           TEXT NOT NULL,              -- running | done | interrupted | failed
    created_wall_ns INTEGER NOT NULL,
    command_line    TEXT NOT NULL,
    plan            TEXT,                       -- YAML as it was used; reads back
    plan_path       TEXT,
    environment     TEXT NOT NULL,              -- JSON, docs/formats/store.md
    primary_metric  TEXT,
    seed            INTEGER NOT NULL,           -- of the run order and the request mix
    owner_pid       INTEGER NOT NULL,           -- who writes it; a running one without a live owner
    owner_start     INTEGER NOT NULL,           -- reads as interrupted: pid, start time in ticks,
    owner_boot      TEXT NOT NULL               -- and boot id must match
) WITHOUT ROWID;

CREATE TABLE run (
    key             INTEGER PRIMARY KEY,
    experiment      TEXT NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
    number          INTEGER NOT NULL,           -- from 1, in the order in which they ran
    arm             TEXT NOT NULL,
    arm_place       INTEGER NOT NULL,           -- of the arm in the plan, from 0; the first is the base
    pair            INTEGER NOT NULL,           -- the n-th run of its arm
    state           TEXT NOT NULL,
    started_wall_ns INTEGER NOT NULL,
    failure         TEXT NOT NULL DEFAULT '',   -- one sentence
    validity        TEXT,                       -- VALID | SUSPECT | REFUSED, of the load
    reasons         TEXT NOT NULL DEFAULT '',   -- one a line
    rejected        TEXT NOT NULL DEFAULT '',   -- why it counts nowhere: it was disturbed; '' = it counts
    UNIQUE (experiment, number)
);

-- Where the arms of an experiment come from (model/arm_source.h).
CREATE TABLE arm (
    experiment TEXT NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
    place      INTEGER NOT NULL,                -- run.arm_place
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL,                   -- arm | var | cmd | rev | tree | patch
    word       TEXT NOT NULL,                   -- as typed: 'rev:main~2'; '' = from the plan
    revision   TEXT NOT NULL,                   -- full commit id; of a tree or patch: what it stands on; '' = none
    subject    TEXT NOT NULL,                   -- first line of that commit's message
    content    TEXT NOT NULL,                   -- git's id of the tree that was built; '' = none
    patch      TEXT NOT NULL,                   -- what a tree or patch changes in it, at most 1 MiB
    vars       TEXT NOT NULL,                   -- JSON object, values as text
    PRIMARY KEY (experiment, place)) WITHOUT ROWID;

-- What an experiment that was to decide something was asked, and came to (store_proof.h).
CREATE TABLE proof (
    experiment  TEXT PRIMARY KEY REFERENCES experiment(id) ON DELETE CASCADE,
    command     TEXT NOT NULL,                  -- prove | gate
    delta       REAL NOT NULL,                  -- asked for, relative; 0 = as it is by itself
    first       INTEGER NOT NULL, step INTEGER NOT NULL, last INTEGER NOT NULL, -- pairs at looks (stats/sequential.h)
    max_time_ns INTEGER NOT NULL,               -- 0 = none
    is_null     INTEGER NOT NULL,               -- 1: both sides are the same program, an A/A proof
    pairs       INTEGER NOT NULL, rejected INTEGER NOT NULL, -- that count, and that were disturbed
    measured_ns INTEGER NOT NULL,
    extended    INTEGER NOT NULL,               -- times that pairs were added behind the last look of before
    verdict     TEXT NOT NULL,                  -- so far; '-' = none
    end         TEXT NOT NULL                   -- conclusive | pairs | time | interrupted | failed; '' = it runs
) WITHOUT ROWID;
CREATE TABLE phase (
    run       INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    name      TEXT NOT NULL,                    -- start | warm-up | measure | drain | stop
    begin_ns  INTEGER NOT NULL,
    end_ns    INTEGER,                          -- NULL: never ended
    PRIMARY KEY (run, name)
) WITHOUT ROWID;

-- The scalar figures that comparisons work on (model/metric.h).
CREATE TABLE metric (
    run    INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    name   TEXT NOT NULL,
    scope  TEXT NOT NULL,                       -- '' in total, a role, or request:NAME
    value  REAL NOT NULL,
    PRIMARY KEY (run, name, scope)
) WITHOUT ROWID;

CREATE TABLE request_name (
    run   INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id    INTEGER NOT NULL,
    name  TEXT NOT NULL,
    method TEXT NOT NULL,
    PRIMARY KEY (run, id)
) WITHOUT ROWID;

-- Per second and request name; several rows for the same second add up (model/load_record.h).
CREATE TABLE load_second (
    run         INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    second      INTEGER NOT NULL,               -- since the start of the measured window; below 0: cut off
    name        INTEGER NOT NULL,               -- request_name.id
    offered     INTEGER NOT NULL,
    answered    INTEGER NOT NULL,
    completed   INTEGER NOT NULL,               -- answers within the window, whenever they were due
    connect     INTEGER NOT NULL,
    timeout     INTEGER NOT NULL,
    protocol    INTEGER NOT NULL,
    unanswered  INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    expect      INTEGER NOT NULL,
    bytes_in    INTEGER NOT NULL,
    bytes_out   INTEGER NOT NULL,
    response        BLOB,                       -- HdrHistogram V2 payload, ns, from the intended time
    response_sum_ns INTEGER NOT NULL, response_min_ns INTEGER NOT NULL, response_max_ns INTEGER NOT NULL,
    service         BLOB,                       -- the same from the actual send; NULL = as response
    service_sum_ns  INTEGER NOT NULL, service_min_ns INTEGER NOT NULL, service_max_ns INTEGER NOT NULL,
    censored        BLOB,                       -- ages of requests that were given up on; NULL = none
    censored_sum_ns INTEGER NOT NULL DEFAULT 0,
    censored_min_ns INTEGER NOT NULL DEFAULT 0,
    censored_max_ns INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX load_second_by_run ON load_second(run, second, name);

-- What each thread of the generator did and cost, by the second in which it happened.
CREATE TABLE load_thread_second (
    run             INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    second          INTEGER NOT NULL,           -- as above
    thread          INTEGER NOT NULL,
    sent            INTEGER NOT NULL,
    in_flight       INTEGER NOT NULL,           -- at its end
    waiting         INTEGER NOT NULL,           -- at its end: due, and without a connection
    cpu_ns          INTEGER NOT NULL,
    wait_ns         INTEGER NOT NULL,           -- for a CPU; 0 = unknown
    longest_pass_ns INTEGER NOT NULL,           -- of the event loop
    lag_p50_ns      INTEGER NOT NULL,           -- send lag; 0 in closed loop
    lag_max_ns      INTEGER NOT NULL
);
CREATE INDEX load_thread_second_by_run ON load_thread_second(run, second, thread);

CREATE TABLE load_status (
    run    INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    name   INTEGER NOT NULL,
    status INTEGER NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (run, name, status)
) WITHOUT ROWID;

CREATE TABLE load_failure (
    run      INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    name     INTEGER NOT NULL,
    class    TEXT NOT NULL,                     -- connect | timeout | protocol | unanswered | status | expect
    text     TEXT NOT NULL,
    count    INTEGER NOT NULL,
    first_ns INTEGER NOT NULL,
    last_ns  INTEGER NOT NULL
);
CREATE INDEX load_failure_by_run ON load_failure(run);

-- One row per run that had load: what belongs to the whole window.
CREATE TABLE load_summary (
    run              INTEGER PRIMARY KEY REFERENCES run(key) ON DELETE CASCADE,
    url              TEXT NOT NULL,
    mode             TEXT NOT NULL,             -- closed | open
    connections      INTEGER NOT NULL,
    threads          INTEGER NOT NULL,
    rate_hz          REAL NOT NULL,             -- 0 = closed loop
    begin_ns         INTEGER NOT NULL,
    end_ns           INTEGER NOT NULL,          -- 0 while the load runs
    timeout_ns       INTEGER NOT NULL,
    client_cpu_ns    INTEGER NOT NULL,
    client_wait_ns   INTEGER NOT NULL,
    in_flight_max    INTEGER NOT NULL,
    reconnects       INTEGER NOT NULL,
    schedule         TEXT NOT NULL,             -- "10 connections", "5000/s Poisson", in words
    depth            INTEGER NOT NULL,          -- requests at once on a connection
    protocol         TEXT NOT NULL,             -- HTTP/1.1 | HTTP/2; '' while the load runs
    tls_cipher       TEXT NOT NULL,             -- '' = no TLS
    resolve_ns       INTEGER NOT NULL,
    connects         INTEGER NOT NULL,          -- connections opened in all; 0 = not known
    tls_resumed      INTEGER NOT NULL,          -- of them with a resumed TLS session
    resent           INTEGER NOT NULL,          -- requests that went out again
    cut_seconds      INTEGER NOT NULL,          -- warmup: auto: how much was cut off
    warmup           TEXT NOT NULL              -- and why, in words; '' = a fixed warm-up
);

-- Times of the whole window that belong to no request (enum load_histogram of model/load_record.h).
CREATE TABLE load_histogram (
    run    INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    kind   TEXT NOT NULL,       -- send_lag | intended_gap | sent_gap | connect | tls | first_byte | transfer
    data   BLOB NOT NULL,       -- HdrHistogram V2 payload, ns
    sum_ns INTEGER NOT NULL, min_ns INTEGER NOT NULL, max_ns INTEGER NOT NULL,
    PRIMARY KEY (run, kind)
) WITHOUT ROWID;

CREATE TABLE series (
    run   INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id    INTEGER NOT NULL,
    name  TEXT NOT NULL,
    scope TEXT NOT NULL,
    unit  TEXT NOT NULL,                        -- ratio | per_s | bytes | count | ns
    PRIMARY KEY (run, id)
) WITHOUT ROWID;

CREATE TABLE point (
    run     INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    series  INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    value   REAL NOT NULL,
    PRIMARY KEY (run, series, time_ns)
) WITHOUT ROWID;

-- The profile: the tables of model/profile_data.h. Ids are those of the run.
CREATE TABLE profile (
    run               INTEGER PRIMARY KEY REFERENCES run(key) ON DELETE CASCADE,
    sampler           TEXT NOT NULL,            -- perf_event | ptrace | perf.data | …
    stacks_from       TEXT NOT NULL,            -- dwarf | fp | none; '' = not known
    frequency_hz      REAL NOT NULL,            -- nominal; 0 = by period
    samples           INTEGER NOT NULL,         -- of all events
    complete          INTEGER NOT NULL,
    joined            INTEGER NOT NULL,
    truncated         INTEGER NOT NULL,
    audited           INTEGER NOT NULL,         -- joins tried on full copies,
    audit_mismatches  INTEGER NOT NULL,         -- and those that gave another stack
    lost              INTEGER NOT NULL,
    throttled         INTEGER NOT NULL,
    kernel_hidden     INTEGER NOT NULL,         -- 0 | 1
    kernel_hidden_ns  INTEGER NOT NULL,
    bytes_from_kernel INTEGER NOT NULL,
    stack_bytes       INTEGER NOT NULL,         -- of them: copies of stacks
    cpu_ns            INTEGER NOT NULL,         -- of the profiled threads, by counter; 0 = unknown
    stops             INTEGER NOT NULL,         -- times that the sampler stopped a thread,
    stop_ns           INTEGER NOT NULL          -- and for how long in all
);

CREATE TABLE profile_event (                    -- what was sampled; 0 is what reports are of
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, name TEXT NOT NULL, period INTEGER NOT NULL, is_clock INTEGER NOT NULL, -- clock: a period in ns
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE profile_truncation (               -- why stacks were cut; reasons without a stack have no row
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    reason TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (run, reason)) WITHOUT ROWID;

CREATE TABLE profile_string (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE module (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, path INTEGER NOT NULL, kind INTEGER NOT NULL, build_id BLOB,
    flags INTEGER NOT NULL DEFAULT 0, trouble INTEGER NOT NULL DEFAULT 0, -- bits; what is missing, 0 = nothing
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE frame (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, module INTEGER NOT NULL, svma INTEGER NOT NULL,
    function INTEGER NOT NULL, file INTEGER NOT NULL, line INTEGER NOT NULL,
    inline_depth INTEGER NOT NULL DEFAULT 0,    -- 0 = not inlined
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE stack (                            -- a leaf frame and its caller's stack; ids below 8 are roots:
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, parent INTEGER NOT NULL, frame INTEGER NOT NULL, -- 0 complete, 1 truncated, 2 joined
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE thread (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, pid INTEGER NOT NULL, tid INTEGER NOT NULL, comm INTEGER NOT NULL, role INTEGER NOT NULL,
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE sample_chunk (                     -- LEB128 numbers, docs/formats/store.md
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    begin_ns INTEGER NOT NULL, count INTEGER NOT NULL, data BLOB NOT NULL,
    form INTEGER NOT NULL DEFAULT 2);           -- store version whose form `data` has: 2 | 3
CREATE INDEX sample_chunk_by_run ON sample_chunk(run);

CREATE TABLE profile_code (                     -- machine code of hot functions, as it ran
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, module INTEGER NOT NULL, function INTEGER NOT NULL, svma INTEGER NOT NULL, code BLOB NOT NULL,
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE profile_code_line (                -- from `offset` in that code to the next row's: where it came from
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, code INTEGER NOT NULL, offset INTEGER NOT NULL,
    function INTEGER NOT NULL, file INTEGER NOT NULL, line INTEGER NOT NULL, -- function: another than the code's = inlined
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE profile_source (                   -- stretches of source files, as they were when the run ended
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, file INTEGER NOT NULL, first_line INTEGER NOT NULL, text INTEGER NOT NULL,
    PRIMARY KEY (run, id)) WITHOUT ROWID;

-- What the other lenses saw. A figure that is NULL is not known.
CREATE TABLE task (                             -- what each thread used in the measured window
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id                   INTEGER NOT NULL,
    pid                  INTEGER NOT NULL, tid INTEGER NOT NULL,
    name                 TEXT NOT NULL,
    role                 TEXT NOT NULL,
    cpus                 TEXT NOT NULL,         -- it may run on: "0-3,6"; '' = not known
    cpu_ns               INTEGER, user_ns INTEGER, system_ns INTEGER, wait_ns INTEGER,
    switches_voluntary   INTEGER, switches_involuntary INTEGER,
    faults_minor         INTEGER, faults_major INTEGER,
    read_bytes           INTEGER, write_bytes INTEGER,
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE counter (                          -- events of the services, as perf stat counts them
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, name TEXT NOT NULL, is_time INTEGER NOT NULL, -- 1: ns of CPU time
    state TEXT NOT NULL,                        -- counted | not counted | not supported | not permitted
    value REAL NOT NULL,                        -- scaled by enabled_ns / running_ns
    enabled_ns INTEGER NOT NULL, running_ns INTEGER NOT NULL,
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE syscall_trace (                    -- one row per run whose system calls were counted
    run              INTEGER PRIMARY KEY REFERENCES run(key) ON DELETE CASCADE,
    method           TEXT NOT NULL,             -- bpf | ptrace
    window_ns        INTEGER NOT NULL,
    lost             INTEGER NOT NULL,          -- calls that were seen and could not be counted
    cost_per_call_ns REAL NOT NULL              -- 0 = not measured
);

CREATE TABLE syscall (                          -- by thread and call
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, pid INTEGER NOT NULL, tid INTEGER NOT NULL, comm TEXT NOT NULL, role TEXT NOT NULL,
    number INTEGER NOT NULL, name TEXT NOT NULL, -- -1: a 32-bit program's call
    calls INTEGER NOT NULL, errors INTEGER NOT NULL, -- that returned, and of them those with an errno
    open INTEGER NOT NULL,                      -- that had not returned when the window ended
    wall_ns INTEGER NOT NULL, cpu_ns INTEGER,   -- of both
    min_ns INTEGER, max_ns INTEGER,             -- of those that returned
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE syscall_error (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, tid INTEGER NOT NULL, number INTEGER NOT NULL, error INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE lens (                             -- the ways in which the run was looked at, and what each cost
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, name TEXT NOT NULL, is_on INTEGER NOT NULL,
    cpu_ns INTEGER NOT NULL,                    -- sonde's own
    stop_ns INTEGER NOT NULL,                   -- for which threads of the services were stopped
    service_cpu_ns REAL NOT NULL,               -- added to the services' CPU time, estimated; 0 = none known
    text TEXT NOT NULL,                         -- how; of one that was off: why
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE output (                           -- what services wrote: the end of it, docs/formats/store.md
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    service TEXT NOT NULL, bytes INTEGER NOT NULL, tail BLOB NOT NULL,
    PRIMARY KEY (run, service)) WITHOUT ROWID;

CREATE TABLE tag (name TEXT PRIMARY KEY, experiment TEXT NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
    rest TEXT NOT NULL DEFAULT '') WITHOUT ROWID;  -- '' | /arm | /arm#pair

CREATE TABLE note (experiment TEXT NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
    wall_ns INTEGER NOT NULL, text TEXT NOT NULL);

-- Self-tests of the ruler: of the machine, not of an experiment (store_selftest.h).
CREATE TABLE selftest (
    key             INTEGER PRIMARY KEY,
    kind            TEXT NOT NULL,              -- load
    wall_ns         INTEGER NOT NULL,           -- when it ended
    boot_id         TEXT NOT NULL,
    version         TEXT NOT NULL,              -- of sonde
    rate_hz         REAL NOT NULL,
    is_within       INTEGER NOT NULL,           -- 0 | 1: the limits of docs/method.md
    p50_error_ns    INTEGER NOT NULL,           -- the largest of all scenarios: measured - truth
    p99_error_ratio REAL NOT NULL,              -- likewise, of the truth
    has_p99         INTEGER NOT NULL,           -- 0: no scenario had answers enough
    other_cpus      REAL NOT NULL,              -- CPUs that other processes used meanwhile
    steal_ratio     REAL NOT NULL
);

CREATE TABLE selftest_scenario (
    selftest          INTEGER NOT NULL REFERENCES selftest(key) ON DELETE CASCADE,
    place             INTEGER NOT NULL,         -- in the order in which they ran, from 0
    scenario          TEXT NOT NULL,
    duration_ns       INTEGER NOT NULL,
    offered           INTEGER NOT NULL,         -- by the generator
    answered          INTEGER NOT NULL,
    served            INTEGER NOT NULL,         -- by the reference server's own count
    has_late          INTEGER NOT NULL,         -- 1: a freeze, and the two shares count
    late_truth_ratio  REAL NOT NULL,            -- requests that took over 100 ms
    late_ratio        REAL NOT NULL,
    ping_p50_ns       INTEGER NOT NULL, ping_p99_ns INTEGER NOT NULL, -- the empty server's round trip
    lag_p50_ns        INTEGER NOT NULL, lag_p99_ns INTEGER NOT NULL,  -- sent - intended
    client_wait_ratio REAL NOT NULL,            -- run-queue wait: of the generator's thread,
    server_wait_ratio REAL NOT NULL,            -- and of the reference server
    PRIMARY KEY (selftest, scenario)
) WITHOUT ROWID;

CREATE TABLE selftest_quantile (
    selftest    INTEGER NOT NULL REFERENCES selftest(key) ON DELETE CASCADE,
    scenario    TEXT NOT NULL,
    quantile    REAL NOT NULL,                  -- 0..1
    is_earned   INTEGER NOT NULL,               -- 0: too few answers, and the figures are 0
    truth_ns    INTEGER NOT NULL,
    measured_ns INTEGER NOT NULL,
    is_bound    INTEGER NOT NULL,               -- 1: no answer; both are lower bounds
    law_ns      INTEGER NOT NULL,               -- closed form of a freeze; 0 = none
    is_within   INTEGER NOT NULL,
    PRIMARY KEY (selftest, scenario, quantile)
) WITHOUT ROWID;

-- What A/A proofs found where nothing differs: of the machine and plan, not of an experiment. The threshold of later
-- comparisons is never below them (view/run_diff.h).
CREATE TABLE null_estimate (
    key      INTEGER PRIMARY KEY,
    machine  TEXT NOT NULL,                     -- host, CPU model, CPUs
    plan     TEXT NOT NULL,                     -- its name
    metric   TEXT NOT NULL,
    scope    TEXT NOT NULL,
    pairs    INTEGER NOT NULL,
    estimate REAL NOT NULL,                     -- logarithm of a ratio, or a difference in the metric's unit
    wall_ns  INTEGER NOT NULL
);
CREATE INDEX null_estimate_by_plan ON null_estimate(machine, plan);

-- Who accepted what as the baseline of a plan, and why. Rows are only added: the newest counts.
CREATE TABLE baseline (
    key        INTEGER PRIMARY KEY,
    plan       TEXT NOT NULL,                   -- its name
    experiment TEXT NOT NULL,                   -- id; no reference: it may be gone, and the row stays
    arm        TEXT NOT NULL,                   -- '' = each arm for its namesake
    who        TEXT NOT NULL,
    note       TEXT NOT NULL,
    revision   TEXT NOT NULL,                   -- commit that was measured; '' = unknown
    machine    TEXT NOT NULL,
    verdict    TEXT NOT NULL,                   -- against the baseline before; '-' = there was none
    is_forced  INTEGER NOT NULL,                -- 1: accepted although REGRESSED
    wall_ns    INTEGER NOT NULL
);
