-- Version 3 to 4, in one transaction (store_schema.c): tables that version 3 did not have. What stands here is as
-- schema.sql of version 4 had it, and does not change with schema.sql.

CREATE TABLE task (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id                   INTEGER NOT NULL,
    pid                  INTEGER NOT NULL, tid INTEGER NOT NULL,
    name                 TEXT NOT NULL,
    role                 TEXT NOT NULL,
    cpus                 TEXT NOT NULL,
    cpu_ns               INTEGER, user_ns INTEGER, system_ns INTEGER, wait_ns INTEGER,
    switches_voluntary   INTEGER, switches_involuntary INTEGER,
    faults_minor         INTEGER, faults_major INTEGER,
    read_bytes           INTEGER, write_bytes INTEGER,
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE counter (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, name TEXT NOT NULL, is_time INTEGER NOT NULL,
    state TEXT NOT NULL,
    value REAL NOT NULL,
    enabled_ns INTEGER NOT NULL, running_ns INTEGER NOT NULL,
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE syscall_trace (
    run              INTEGER PRIMARY KEY REFERENCES run(key) ON DELETE CASCADE,
    method           TEXT NOT NULL,
    window_ns        INTEGER NOT NULL,
    lost             INTEGER NOT NULL,
    cost_per_call_ns REAL NOT NULL
);

CREATE TABLE syscall (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, pid INTEGER NOT NULL, tid INTEGER NOT NULL, comm TEXT NOT NULL, role TEXT NOT NULL,
    number INTEGER NOT NULL, name TEXT NOT NULL,
    calls INTEGER NOT NULL, errors INTEGER NOT NULL,
    open INTEGER NOT NULL,
    wall_ns INTEGER NOT NULL, cpu_ns INTEGER,
    min_ns INTEGER, max_ns INTEGER,
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE syscall_error (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, tid INTEGER NOT NULL, number INTEGER NOT NULL, error INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE lens (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, name TEXT NOT NULL, is_on INTEGER NOT NULL,
    cpu_ns INTEGER NOT NULL,
    stop_ns INTEGER NOT NULL,
    service_cpu_ns REAL NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (run, id)) WITHOUT ROWID;
