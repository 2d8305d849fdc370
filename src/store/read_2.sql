-- A store of version 2 as one of version 3, for looking at it without a change to the file, as read_1.sql does.

CREATE TEMP VIEW profile AS
    SELECT run, sampler, 'fp' AS stacks_from, frequency_hz, samples, complete, joined, truncated, 0 AS audited,
        0 AS audit_mismatches, lost, throttled, kernel_hidden, kernel_hidden_ns, bytes_from_kernel, 0 AS stack_bytes, cpu_ns,
        0 AS stops, 0 AS stop_ns FROM main.profile;

CREATE TEMP VIEW profile_event AS
    SELECT run, 0 AS id, event AS name, max(weight_ns, 1) AS period, weight_ns > 0 AS is_clock FROM main.profile;

CREATE TEMP VIEW profile_truncation AS
    SELECT run, 'frame_pointers' AS reason, truncated AS count FROM main.profile WHERE truncated > 0;

CREATE TEMP VIEW module AS SELECT *, 0 AS flags, 0 AS trouble FROM main.module;

CREATE TEMP VIEW frame AS SELECT *, 0 AS inline_depth FROM main.frame;

-- Chunks are read in the order of their rowid.
CREATE TEMP VIEW sample_chunk AS
    SELECT run, begin_ns, count, data, 2 AS form FROM main.sample_chunk ORDER BY main.sample_chunk.rowid;

CREATE TEMP VIEW profile_code AS
    SELECT 0 AS run, 0 AS id, 0 AS module, 0 AS function, 0 AS svma, x'' AS code WHERE 0;

CREATE TEMP VIEW profile_code_line AS
    SELECT 0 AS run, 0 AS id, 0 AS code, 0 AS offset, 0 AS function, 0 AS file, 0 AS line WHERE 0;

CREATE TEMP VIEW profile_source AS SELECT 0 AS run, 0 AS id, 0 AS file, 0 AS first_line, 0 AS text WHERE 0;
