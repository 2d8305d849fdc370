-- Version 1 to 2, in one transaction (store_schema.c). What version 1 did not know is 0 or ''. What stands here is as
-- schema.sql of version 2 had it, and does not change with schema.sql.

ALTER TABLE load_second ADD COLUMN censored BLOB;
ALTER TABLE load_second ADD COLUMN censored_sum_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE load_second ADD COLUMN censored_min_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE load_second ADD COLUMN censored_max_ns INTEGER NOT NULL DEFAULT 0;

CREATE TABLE load_thread_second (
    run             INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    second          INTEGER NOT NULL,
    thread          INTEGER NOT NULL,
    sent            INTEGER NOT NULL,
    in_flight       INTEGER NOT NULL,
    waiting         INTEGER NOT NULL,
    cpu_ns          INTEGER NOT NULL,
    wait_ns         INTEGER NOT NULL,
    longest_pass_ns INTEGER NOT NULL,
    lag_p50_ns      INTEGER NOT NULL,
    lag_max_ns      INTEGER NOT NULL
);
CREATE INDEX load_thread_second_by_run ON load_thread_second(run, second, thread);

CREATE TABLE load_histogram (
    run    INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    kind   TEXT NOT NULL,
    data   BLOB NOT NULL,
    sum_ns INTEGER NOT NULL, min_ns INTEGER NOT NULL, max_ns INTEGER NOT NULL,
    PRIMARY KEY (run, kind)
) WITHOUT ROWID;
INSERT INTO load_histogram
    SELECT run, 'send_lag', send_lag, send_lag_sum_ns, send_lag_min_ns, send_lag_max_ns FROM load_summary
    WHERE send_lag IS NOT NULL;

ALTER TABLE load_summary RENAME TO load_summary_1;
CREATE TABLE load_summary (
    run              INTEGER PRIMARY KEY REFERENCES run(key) ON DELETE CASCADE,
    url              TEXT NOT NULL,
    mode             TEXT NOT NULL,
    connections      INTEGER NOT NULL,
    threads          INTEGER NOT NULL,
    rate_hz          REAL NOT NULL,
    begin_ns         INTEGER NOT NULL,
    end_ns           INTEGER NOT NULL,
    timeout_ns       INTEGER NOT NULL,
    client_cpu_ns    INTEGER NOT NULL,
    client_wait_ns   INTEGER NOT NULL,
    in_flight_max    INTEGER NOT NULL,
    reconnects       INTEGER NOT NULL,
    schedule         TEXT NOT NULL,
    depth            INTEGER NOT NULL,
    protocol         TEXT NOT NULL,
    tls_cipher       TEXT NOT NULL,
    resolve_ns       INTEGER NOT NULL,
    connects         INTEGER NOT NULL,
    tls_resumed      INTEGER NOT NULL,
    resent           INTEGER NOT NULL,
    cut_seconds      INTEGER NOT NULL,
    warmup           TEXT NOT NULL
);
INSERT INTO load_summary
    SELECT run, url, mode, connections, threads, rate_hz, begin_ns, end_ns, timeout_ns, client_cpu_ns, client_wait_ns,
        in_flight_max, reconnects, '', 1, '', '', 0, 0, 0, 0, 0, '' FROM load_summary_1;
DROP TABLE load_summary_1;

CREATE TABLE selftest (
    key             INTEGER PRIMARY KEY,
    kind            TEXT NOT NULL,
    wall_ns         INTEGER NOT NULL,
    boot_id         TEXT NOT NULL,
    version         TEXT NOT NULL,
    rate_hz         REAL NOT NULL,
    is_within       INTEGER NOT NULL,
    p50_error_ns    INTEGER NOT NULL,
    p99_error_ratio REAL NOT NULL,
    has_p99         INTEGER NOT NULL,
    other_cpus      REAL NOT NULL,
    steal_ratio     REAL NOT NULL
);

CREATE TABLE selftest_scenario (
    selftest          INTEGER NOT NULL REFERENCES selftest(key) ON DELETE CASCADE,
    place             INTEGER NOT NULL,
    scenario          TEXT NOT NULL,
    duration_ns       INTEGER NOT NULL,
    offered           INTEGER NOT NULL,
    answered          INTEGER NOT NULL,
    served            INTEGER NOT NULL,
    has_late          INTEGER NOT NULL,
    late_truth_ratio  REAL NOT NULL,
    late_ratio        REAL NOT NULL,
    ping_p50_ns       INTEGER NOT NULL, ping_p99_ns INTEGER NOT NULL,
    lag_p50_ns        INTEGER NOT NULL, lag_p99_ns INTEGER NOT NULL,
    client_wait_ratio REAL NOT NULL,
    server_wait_ratio REAL NOT NULL,
    PRIMARY KEY (selftest, scenario)
) WITHOUT ROWID;

CREATE TABLE selftest_quantile (
    selftest    INTEGER NOT NULL REFERENCES selftest(key) ON DELETE CASCADE,
    scenario    TEXT NOT NULL,
    quantile    REAL NOT NULL,
    is_earned   INTEGER NOT NULL,
    truth_ns    INTEGER NOT NULL,
    measured_ns INTEGER NOT NULL,
    is_bound    INTEGER NOT NULL,
    law_ns      INTEGER NOT NULL,
    is_within   INTEGER NOT NULL,
    PRIMARY KEY (selftest, scenario, quantile)
) WITHOUT ROWID;
