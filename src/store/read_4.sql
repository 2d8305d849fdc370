-- A store of version 4 as one of version 5, for looking at it without a change to the file, as read_1.sql does.

CREATE TEMP VIEW run AS SELECT *, '' AS rejected FROM main.run;

CREATE TEMP VIEW arm AS
    SELECT '' AS experiment, 0 AS place, '' AS name, '' AS kind, '' AS word, '' AS revision, '' AS subject,
        '' AS content, '' AS patch, '' AS vars WHERE 0;

CREATE TEMP VIEW proof AS
    SELECT '' AS experiment, '' AS command, 0.0 AS delta, 0 AS first, 0 AS step, 0 AS last, 0 AS max_time_ns,
        0 AS is_null, 0 AS pairs, 0 AS rejected, 0 AS measured_ns, 0 AS extended, '' AS verdict, '' AS end WHERE 0;

CREATE TEMP VIEW null_estimate AS
    SELECT 0 AS key, '' AS machine, '' AS plan, '' AS metric, '' AS scope, 0 AS pairs, 0.0 AS estimate,
        0 AS wall_ns WHERE 0;

CREATE TEMP VIEW baseline AS
    SELECT 0 AS key, '' AS plan, '' AS experiment, '' AS arm, '' AS who, '' AS note, '' AS revision, '' AS machine,
        '' AS verdict, 0 AS is_forced, 0 AS wall_ns WHERE 0;
