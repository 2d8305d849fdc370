-- Version 4 to 5, in one transaction (store_schema.c): runs may be rejected, and what deciding needs. What stands here
-- is as schema.sql of version 5 had it, and does not change with schema.sql.

ALTER TABLE run ADD COLUMN rejected TEXT NOT NULL DEFAULT '';

CREATE TABLE arm (
    experiment TEXT NOT NULL REFERENCES experiment(id) ON DELETE CASCADE,
    place      INTEGER NOT NULL,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    word       TEXT NOT NULL,
    revision   TEXT NOT NULL,
    subject    TEXT NOT NULL,
    content    TEXT NOT NULL,
    patch      TEXT NOT NULL,
    vars       TEXT NOT NULL,
    PRIMARY KEY (experiment, place)) WITHOUT ROWID;

CREATE TABLE proof (
    experiment  TEXT PRIMARY KEY REFERENCES experiment(id) ON DELETE CASCADE,
    command     TEXT NOT NULL,
    delta       REAL NOT NULL,
    first       INTEGER NOT NULL, step INTEGER NOT NULL, last INTEGER NOT NULL,
    max_time_ns INTEGER NOT NULL,
    is_null     INTEGER NOT NULL,
    pairs       INTEGER NOT NULL, rejected INTEGER NOT NULL,
    measured_ns INTEGER NOT NULL,
    extended    INTEGER NOT NULL,
    verdict     TEXT NOT NULL,
    end         TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE null_estimate (
    key      INTEGER PRIMARY KEY,
    machine  TEXT NOT NULL,
    plan     TEXT NOT NULL,
    metric   TEXT NOT NULL,
    scope    TEXT NOT NULL,
    pairs    INTEGER NOT NULL,
    estimate REAL NOT NULL,
    wall_ns  INTEGER NOT NULL
);
CREATE INDEX null_estimate_by_plan ON null_estimate(machine, plan);

CREATE TABLE baseline (
    key        INTEGER PRIMARY KEY,
    plan       TEXT NOT NULL,
    experiment TEXT NOT NULL,
    arm        TEXT NOT NULL,
    who        TEXT NOT NULL,
    note       TEXT NOT NULL,
    revision   TEXT NOT NULL,
    machine    TEXT NOT NULL,
    verdict    TEXT NOT NULL,
    is_forced  INTEGER NOT NULL,
    wall_ns    INTEGER NOT NULL
);
