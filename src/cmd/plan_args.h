/*
 * A plan made of command-line options: what `run --url … -- CMD`, `run --url … -p TARGET` and `load
 * URL` mean, written as the keys of a plan file (docs/formats/plan.md). The plan that results can
 * be saved and run again.
 *
 *	plan_args_request.c  what is sent → load/target, load/requests, script, targets, replay
 *	plan_args_load.c     how, and how much → the other keys of the load, thresholds
 */
#ifndef CMD_PLAN_ARGS_H
#define CMD_PLAN_ARGS_H

#include "cmd/options.h"
#include "cmd/plan_edit.h"
#include "lab/plan.h"
#include "util/arena.h"
#include "util/err.h"

struct plan_args {
	const char *url;
	const char *ready;    /* URL that answers 200 when the service is up */
	const char *target;   /* -p */
	const char **command; /* NULL = none */

	/* what is sent */
	const char *curl; /* a pasted command line */
	const char *method, *body, *body_file;
	struct option_list headers;
	const char *data, *separator, *order;
	const char *expect_status, *expect_body, *expect_regex;
	const char *script;
	const char **script_args; /* NULL-terminated; NULL = none */
	const char *targets, *replay, *speed;

	/* how */
	bool is_http1, is_http2, is_closing, is_insecure;
	uint32_t streams, pipeline;
	const char *ca, *cert, *key, *server_name;
	const char *connect_to, *unix_socket;
	struct option_list sources;

	/* how much; 0, NULL and PLAN_EDIT_UNSET = the plan's default */
	uint32_t connections, threads, users, iterations;
	double rate_hz, spawn_hz;
	const char *arrivals, *stages, *think, *warmup;
	uint64_t duration_ns, timeout_ns;
	bool is_once;
	struct option_list thresholds, aborts;
	bool is_over_loads; /* plan_args_override(): also over the plan's named loads */

	/* of plan_args_take_curl(): what it made, and what of the line was left out */
	struct arena arena;
	const char *const *notes;
	uint32_t note_count;
};

#define PLAN_ARGS_INIT                                                                             \
	{                                                                                          \
		.duration_ns = PLAN_EDIT_UNSET, .timeout_ns = PLAN_EDIT_UNSET                      \
	}

#define PLAN_ARGS_OPTION(letter_, name_, kind_, value_, target_, help_)                            \
	{                                                                                          \
		.letter = (letter_), .name = (name_), .kind = (kind_), .value = (value_),          \
		.target = &(target_), .help = (help_)                                              \
	}
#define PLAN_ARGS_HEADING(help_)                                                                   \
	{                                                                                          \
		.help = (help_)                                                                    \
	}

/* Options that fill a struct plan_args and mean the same wherever they are taken. */
#define PLAN_ARGS_AMOUNT_OPTIONS(a)                                                                \
	PLAN_ARGS_HEADING("How much"),                                                             \
		PLAN_ARGS_OPTION('t', "threads", OPTION_COUNT, "N", (a).threads,                   \
				 "threads of the load generator"),                                 \
		PLAN_ARGS_OPTION('c', "connections", OPTION_COUNT, "N", (a).connections,           \
				 "connections in all (10)"),                                       \
		PLAN_ARGS_OPTION('d', "duration", OPTION_DURATION, "TIME", (a).duration_ns,        \
				 "measured time (10s)"),                                           \
		PLAN_ARGS_OPTION('n', "iterations", OPTION_COUNT, "N", (a).iterations,             \
				 "requests in all, instead of a time"),                            \
		PLAN_ARGS_OPTION('R', "rate", OPTION_RATE, "RATE", (a).rate_hz,                    \
				 "open loop: requests per second in all; latency counts from the " \
				 "intended time"),                                                 \
		PLAN_ARGS_OPTION(0, "arrivals", OPTION_TEXT, "KIND", (a).arrivals,                 \
				 "of a rate: constant, or poisson"),                               \
		PLAN_ARGS_OPTION(                                                                  \
			'u', "users", OPTION_COUNT, "N", (a).users,                                \
			"closed loop: users, each with a connection and cookies of its own"),      \
		PLAN_ARGS_OPTION('r', "spawn-rate", OPTION_RATE, "RATE", (a).spawn_hz,             \
				 "users that begin per second (all at once)"),                     \
		PLAN_ARGS_OPTION(                                                                  \
			0, "think", OPTION_TEXT, "TIME", (a).think,                                \
			"pause of a user between requests: 1s, 1s..5s (uniform) or exp:2s"),       \
		PLAN_ARGS_OPTION(0, "stages", OPTION_TEXT, "LIST", (a).stages,                     \
				 "rates or users over time: 5000/s:30s,hold:1m,0/s:10s"),          \
		PLAN_ARGS_OPTION(0, "warmup", OPTION_TEXT, "TIME", (a).warmup,                     \
				 "load before the measured window (none), or auto"),               \
		PLAN_ARGS_OPTION(0, "timeout", OPTION_DURATION, "TIME", (a).timeout_ns,            \
				 "for each answer (30s)"),                                         \
		PLAN_ARGS_OPTION(                                                                  \
			0, "threshold", OPTION_LIST, "TEXT", (a).thresholds,                       \
			"a condition like 'p99 < 50ms': else exit with 1; may be repeated"),       \
		PLAN_ARGS_OPTION(0, "abort-on", OPTION_LIST, "TEXT", (a).aborts,                   \
				 "the same, and end the load as soon as it is broken")

#define PLAN_ARGS_REQUEST_OPTIONS(a)                                                               \
	PLAN_ARGS_HEADING("What is sent"),                                                         \
		PLAN_ARGS_OPTION('H', "header", OPTION_LIST, "'N: V'", (a).headers,                \
				 "a header line; may be repeated"),                                \
		PLAN_ARGS_OPTION('X', "method", OPTION_TEXT, "NAME", (a).method,                   \
				 "GET, or POST with a body"),                                      \
		PLAN_ARGS_OPTION('b', "body", OPTION_TEXT, "TEXT", (a).body, "of the request"),    \
		PLAN_ARGS_OPTION(0, "body-file", OPTION_TEXT, "FILE", (a).body_file,               \
				 "the body, from a file"),                                         \
		PLAN_ARGS_OPTION(                                                                  \
			0, "data", OPTION_TEXT, "FILE", (a).data,                                  \
			"CSV, TSV or JSON lines that fill ${column} in the URL; without one, "     \
			"each column is a parameter"),                                             \
		PLAN_ARGS_OPTION(0, "separator", OPTION_TEXT, "C", (a).separator,                  \
				 "of the data file (guessed)"),                                    \
		PLAN_ARGS_OPTION(0, "order", OPTION_TEXT, "ORDER", (a).order,                      \
				 "of the data's lines: sequential, random or per_user"),           \
		PLAN_ARGS_OPTION(0, "once", OPTION_FLAG, NULL, (a).is_once,                        \
				 "each data line once, in order, then end"),                       \
		PLAN_ARGS_OPTION(0, "expect-status", OPTION_TEXT, "N", (a).expect_status,          \
				 "the answer's status, else it has failed"),                       \
		PLAN_ARGS_OPTION(0, "expect-body", OPTION_TEXT, "TEXT", (a).expect_body,           \
				 "what its body contains"),                                        \
		PLAN_ARGS_OPTION(0, "expect-regex", OPTION_TEXT, "REGEX", (a).expect_regex,        \
				 "what its body matches"),                                         \
		PLAN_ARGS_OPTION('s', "script", OPTION_TEXT, "FILE", (a).script,                   \
				 "a Lua script as wrk's; its arguments stand behind --"),          \
		PLAN_ARGS_OPTION(0, "targets", OPTION_TEXT, "FILE", (a).targets,                   \
				 "requests from a file: vegeta's targets, or a URL a line"),       \
		PLAN_ARGS_OPTION(0, "replay", OPTION_TEXT, "FILE", (a).replay,                     \
				 "requests at their own times: h2load's timing file"),             \
		PLAN_ARGS_OPTION(0, "speed", OPTION_TEXT, "X", (a).speed,                          \
				 "of the replay: 2 = twice as fast (1)"),                          \
		PLAN_ARGS_OPTION(0, "curl", OPTION_TEXT, "LINE", (a).curl,                         \
				 "the request of a pasted curl command line")

#define PLAN_ARGS_CONNECTION_OPTIONS(a)                                                            \
	PLAN_ARGS_HEADING("How it is sent"),                                                       \
		PLAN_ARGS_OPTION(0, "http1.1", OPTION_FLAG, NULL, (a).is_http1,                    \
				 "HTTP/1.1, also where TLS offers HTTP/2"),                        \
		PLAN_ARGS_OPTION(0, "http2", OPTION_FLAG, NULL, (a).is_http2,                      \
				 "HTTP/2, also without TLS"),                                      \
		PLAN_ARGS_OPTION('m', "streams", OPTION_COUNT, "N", (a).streams,                   \
				 "HTTP/2: requests in flight on one connection (1)"),              \
		PLAN_ARGS_OPTION(0, "pipeline", OPTION_COUNT, "N", (a).pipeline,                   \
				 "HTTP/1.1: the same"),                                            \
		PLAN_ARGS_OPTION(0, "close", OPTION_FLAG, NULL, (a).is_closing,                    \
				 "a new connection for each request"),                             \
		PLAN_ARGS_OPTION('k', "insecure", OPTION_FLAG, NULL, (a).is_insecure,              \
				 "do not verify the server's certificate"),                        \
		PLAN_ARGS_OPTION(0, "cacert", OPTION_TEXT, "FILE", (a).ca,                         \
				 "what it is verified with (PEM; the system's)"),                  \
		PLAN_ARGS_OPTION(0, "cert", OPTION_TEXT, "FILE", (a).cert,                         \
				 "the client's certificate (PEM)"),                                \
		PLAN_ARGS_OPTION(0, "key", OPTION_TEXT, "FILE", (a).key,                           \
				 "its key (in the same file)"),                                    \
		PLAN_ARGS_OPTION(0, "sni", OPTION_TEXT, "NAME", (a).server_name,                   \
				 "the server's name for TLS (the URL's host)"),                    \
		PLAN_ARGS_OPTION(0, "connect-to", OPTION_TEXT, "ADDR", (a).connect_to,             \
				 "connect to HOST:PORT, whatever the URL says"),                   \
		PLAN_ARGS_OPTION(0, "unix-socket", OPTION_TEXT, "PATH", (a).unix_socket,           \
				 "connect to a Unix socket, whatever the URL says"),               \
		PLAN_ARGS_OPTION(0, "source", OPTION_LIST, "ADDR", (a).sources,                    \
				 "a local address to connect from; may be repeated")

/*
 * What a pasted curl command line says becomes the options that were not typed; the rest of it is
 * in `notes`, sentences to be shown. Nothing without --curl.
 */
int plan_args_take_curl(struct plan_args *args, struct err *err);

/*
 * The URL's path becomes the request. With data but no ${column} in URL, headers or body, every
 * column becomes a query parameter of its name. -EINVAL and the like with a sentence. Release the
 * plan also after an error.
 */
int plan_args_make(struct plan *plan, const struct plan_args *args, struct err *err);

/* Whether any option was given that plan_args_override() lays over a plan. */
bool plan_args_has_load(const struct plan_args *args);

/* Whether any option of the request was given, which a plan has its own of. */
bool plan_args_has_request(const struct plan_args *args);

/* Lays how and how much is sent over a plan that was read from a file. */
int plan_args_override(struct plan *plan, const struct plan_args *args, struct err *err);

/*
 * The plan at `path` (NULL = the current folder's) with --var, --load and the options of
 * plan_args_override(). The caller releases it, also after an error.
 */
int plan_args_read_plan(struct plan *plan, const char *path, const struct option_list *vars,
			const char *load, const struct plan_args *args, struct err *err);

void plan_args_release(struct plan_args *args);

/* --var K=V: the arena's, and of the list's texts. -EINVAL in a sentence. */
int plan_args_read_vars(const struct option_list *list, struct arena *arena,
			struct plan_pair **ret_pairs, struct err *err);

#endif
