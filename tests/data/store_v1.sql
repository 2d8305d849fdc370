-- The store: one SQLite database in WAL mode. Manual: docs/formats/store.md.
-- Times end in _ns: CLOCK_MONOTONIC nanoseconds of the boot named in the experiment's environment, except *_wall_ns,
-- which are nanoseconds since 1970. Sizes are bytes, shares 0..1. Version: PRAGMA user_version.

CREATE TABLE experiment (
    id              TEXT PRIMARY KEY,           -- 8 characters, model/experiment.h
    kind            TEXT NOT NULL,              -- run | load | record
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
    UNIQUE (experiment, number)
);

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
    second      INTEGER NOT NULL,               -- since the start of the measured window
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
    service_sum_ns  INTEGER NOT NULL, service_min_ns INTEGER NOT NULL, service_max_ns INTEGER NOT NULL
);
CREATE INDEX load_second_by_run ON load_second(run, second, name);

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
    send_lag         BLOB,                      -- histogram payload; NULL in closed loop
    send_lag_sum_ns  INTEGER NOT NULL, send_lag_min_ns INTEGER NOT NULL, send_lag_max_ns INTEGER NOT NULL
);

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
    event             TEXT NOT NULL,
    sampler           TEXT NOT NULL,
    frequency_hz      REAL NOT NULL,
    weight_ns         INTEGER NOT NULL,
    samples           INTEGER NOT NULL,
    complete          INTEGER NOT NULL,
    joined            INTEGER NOT NULL,
    truncated         INTEGER NOT NULL,
    lost              INTEGER NOT NULL,
    throttled         INTEGER NOT NULL,
    kernel_hidden     INTEGER NOT NULL,         -- 0 | 1
    kernel_hidden_ns  INTEGER NOT NULL,
    bytes_from_kernel INTEGER NOT NULL,
    cpu_ns            INTEGER NOT NULL          -- of the profiled threads, by counter; 0 = unknown
);

CREATE TABLE profile_string (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE module (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, path INTEGER NOT NULL, kind INTEGER NOT NULL, build_id BLOB,
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE frame (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, module INTEGER NOT NULL, svma INTEGER NOT NULL,
    function INTEGER NOT NULL, file INTEGER NOT NULL, line INTEGER NOT NULL,
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE stack (                            -- a leaf frame and its caller's stack; ids below 8 are roots:
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, parent INTEGER NOT NULL, frame INTEGER NOT NULL, -- 0 complete, 1 truncated, 2 joined
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE thread (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, pid INTEGER NOT NULL, tid INTEGER NOT NULL, comm INTEGER NOT NULL, role INTEGER NOT NULL,
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE sample_chunk (                     -- LEB128 triples: time since the previous (ns), thread, stack
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    begin_ns INTEGER NOT NULL, count INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX sample_chunk_by_run ON sample_chunk(run);

CREATE TABLE output (                           -- what services wrote: the end of it, docs/formats/store.md
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    service TEXT NOT NULL, bytes INTEGER NOT NULL, tail BLOB NOT NULL,
    PRIMARY KEY (run, service)) WITHOUT ROWID;

CREATE TABLE tag (name TEXT PRIMARY KEY, experiment TEXT NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
    rest TEXT NOT NULL DEFAULT '') WITHOUT ROWID;  -- '' | /arm | /arm#pair

CREATE TABLE note (experiment TEXT NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
    wall_ns INTEGER NOT NULL, text TEXT NOT NULL);
