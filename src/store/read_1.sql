-- A store of version 1 as one of version 2, for looking at it without a change to the file: a temporary view goes before
-- the table of the same name. Columns in the order of the tables, which is what SELECT * gives (store_export.c).

CREATE TEMP VIEW load_second AS
    SELECT *, NULL AS censored, 0 AS censored_sum_ns, 0 AS censored_min_ns, 0 AS censored_max_ns FROM main.load_second;

CREATE TEMP VIEW load_thread_second AS
    SELECT 0 AS run, 0 AS second, 0 AS thread, 0 AS sent, 0 AS in_flight, 0 AS waiting, 0 AS cpu_ns, 0 AS wait_ns,
        0 AS longest_pass_ns, 0 AS lag_p50_ns, 0 AS lag_max_ns WHERE 0;

CREATE TEMP VIEW load_histogram AS
    SELECT run, 'send_lag' AS kind, send_lag AS data, send_lag_sum_ns AS sum_ns, send_lag_min_ns AS min_ns,
        send_lag_max_ns AS max_ns FROM main.load_summary WHERE send_lag IS NOT NULL;

CREATE TEMP VIEW load_summary AS
    SELECT run, url, mode, connections, threads, rate_hz, begin_ns, end_ns, timeout_ns, client_cpu_ns, client_wait_ns,
        in_flight_max, reconnects, '' AS schedule, 1 AS depth, '' AS protocol, '' AS tls_cipher, 0 AS resolve_ns,
        0 AS connects, 0 AS tls_resumed, 0 AS resent, 0 AS cut_seconds, '' AS warmup FROM main.load_summary;
