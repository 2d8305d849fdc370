-- Version 2 to 3, in one transaction (store_schema.c). What version 2 did not know is 0 or ''. What stands here is as
-- schema.sql of version 3 had it, and does not change with schema.sql.

CREATE TABLE profile_event (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, name TEXT NOT NULL, period INTEGER NOT NULL, is_clock INTEGER NOT NULL,
    PRIMARY KEY (run, id)) WITHOUT ROWID;
INSERT INTO profile_event SELECT run, 0, event, max(weight_ns, 1), weight_ns > 0 FROM profile;

-- Version 2 had stacks from the kernel's walk along frame pointers alone.
CREATE TABLE profile_truncation (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    reason TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (run, reason)) WITHOUT ROWID;
INSERT INTO profile_truncation SELECT run, 'frame_pointers', truncated FROM profile WHERE truncated > 0;

ALTER TABLE profile RENAME TO profile_2;
CREATE TABLE profile (
    run               INTEGER PRIMARY KEY REFERENCES run(key) ON DELETE CASCADE,
    sampler           TEXT NOT NULL,
    stacks_from       TEXT NOT NULL,
    frequency_hz      REAL NOT NULL,
    samples           INTEGER NOT NULL,
    complete          INTEGER NOT NULL,
    joined            INTEGER NOT NULL,
    truncated         INTEGER NOT NULL,
    audited           INTEGER NOT NULL,
    audit_mismatches  INTEGER NOT NULL,
    lost              INTEGER NOT NULL,
    throttled         INTEGER NOT NULL,
    kernel_hidden     INTEGER NOT NULL,
    kernel_hidden_ns  INTEGER NOT NULL,
    bytes_from_kernel INTEGER NOT NULL,
    stack_bytes       INTEGER NOT NULL,
    cpu_ns            INTEGER NOT NULL,
    stops             INTEGER NOT NULL,
    stop_ns           INTEGER NOT NULL
);
INSERT INTO profile
    SELECT run, sampler, 'fp', frequency_hz, samples, complete, joined, truncated, 0, 0, lost, throttled, kernel_hidden,
        kernel_hidden_ns, bytes_from_kernel, 0, cpu_ns, 0, 0 FROM profile_2;
DROP TABLE profile_2;

ALTER TABLE module ADD COLUMN flags INTEGER NOT NULL DEFAULT 0;
ALTER TABLE module ADD COLUMN trouble INTEGER NOT NULL DEFAULT 0;
ALTER TABLE frame ADD COLUMN inline_depth INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sample_chunk ADD COLUMN form INTEGER NOT NULL DEFAULT 2;

CREATE TABLE profile_code (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, module INTEGER NOT NULL, function INTEGER NOT NULL, svma INTEGER NOT NULL, code BLOB NOT NULL,
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE profile_code_line (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, code INTEGER NOT NULL, offset INTEGER NOT NULL,
    function INTEGER NOT NULL, file INTEGER NOT NULL, line INTEGER NOT NULL,
    PRIMARY KEY (run, id)) WITHOUT ROWID;

CREATE TABLE profile_source (
    run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
    id INTEGER NOT NULL, file INTEGER NOT NULL, first_line INTEGER NOT NULL, text INTEGER NOT NULL,
    PRIMARY KEY (run, id)) WITHOUT ROWID;
