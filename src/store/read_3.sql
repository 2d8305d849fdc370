-- A store of version 3 as one of version 4, for looking at it without a change to the file, as read_1.sql does.

CREATE TEMP VIEW task AS
    SELECT 0 AS run, 0 AS id, 0 AS pid, 0 AS tid, '' AS name, '' AS role, '' AS cpus, 0 AS cpu_ns, 0 AS user_ns,
        0 AS system_ns, 0 AS wait_ns, 0 AS switches_voluntary, 0 AS switches_involuntary, 0 AS faults_minor,
        0 AS faults_major, 0 AS read_bytes, 0 AS write_bytes WHERE 0;

CREATE TEMP VIEW counter AS
    SELECT 0 AS run, 0 AS id, '' AS name, 0 AS is_time, '' AS state, 0 AS value, 0 AS enabled_ns, 0 AS running_ns WHERE 0;

CREATE TEMP VIEW syscall_trace AS
    SELECT 0 AS run, '' AS method, 0 AS window_ns, 0 AS lost, 0 AS cost_per_call_ns WHERE 0;

CREATE TEMP VIEW syscall AS
    SELECT 0 AS run, 0 AS id, 0 AS pid, 0 AS tid, '' AS comm, '' AS role, 0 AS number, '' AS name, 0 AS calls,
        0 AS errors, 0 AS open, 0 AS wall_ns, 0 AS cpu_ns, 0 AS min_ns, 0 AS max_ns WHERE 0;

CREATE TEMP VIEW syscall_error AS
    SELECT 0 AS run, 0 AS id, 0 AS tid, 0 AS number, 0 AS error, 0 AS count WHERE 0;

CREATE TEMP VIEW lens AS
    SELECT 0 AS run, 0 AS id, '' AS name, 0 AS is_on, 0 AS cpu_ns, 0 AS stop_ns, 0 AS service_cpu_ns, '' AS text WHERE 0;
