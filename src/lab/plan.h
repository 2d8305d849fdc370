/*
 * The plan file (docs/formats/plan.md): what is run, how it is loaded, in which arms. Read with
 * libyaml into one tree of plain structs; everything lives in the plan's arena. Errors name file,
 * line, column, what is wrong, and what would be right (the nearest known key). A key whose
 * capability is not built yet is refused with "not supported yet".
 *
 * Variables: ${name} in any text value. An arm overrides variables and nothing else; plan_read()
 * keeps the texts unexpanded, and plan_expand() gives the plan as one arm sees it. The order of
 * precedence: --var, matrix, arm, vars.
 *
 * Matrix: `matrix` holds variables with several values each; the arms are then all combinations of
 * them (and of the plan's arms), or those that `only` chooses (lab/plan_matrix.h).
 *
 * Named loads: `loads` holds alternatives to the load section; plan_choose_load() gives the plan
 * with one of them. All of them are checked with the plan.
 */
#ifndef LAB_PLAN_H
#define LAB_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/hypothesis.h"
#include "load/load.h"
#include "util/arena.h"
#include "util/err.h"
#include "util/scoped.h"

struct plan_pair {
	const char *name, *value;
};

enum plan_ready_kind {
	PLAN_READY_NONE,
	PLAN_READY_HTTP,
	PLAN_READY_TCP,
	PLAN_READY_LOG,
	PLAN_READY_EXEC
};

struct plan_ready {
	enum plan_ready_kind kind;
	/* URL, host:port or :port, text that a line of output contains, command */
	const char *what;
	uint16_t status;   /* http: 200 unless stated */
	uint32_t attempts; /* 30 */
	uint64_t every_ns; /* 500 ms */
};

struct plan_service {
	const char *name;
	/* split like a shell does, without a shell (util of lab/command_line.h) */
	const char *command;
	const char *attach; /* instead of a command: TARGET, never stopped */
	/* run by sh -c in the plan's folder before the first start; NULL = none */
	const char *build;
	const char *directory; /* working directory, relative to the plan's; NULL = the plan's */
	const struct plan_pair *env;
	uint32_t env_count;
	const char *cpus; /* "0", "0-3,6"; NULL = not pinned */
	struct plan_ready ready;
	int stop_signal;	/* SIGTERM unless stated */
	uint64_t stop_grace_ns; /* 5 s unless stated; then SIGKILL */
	bool is_profiled;	/* true unless stated */
	uint32_t line; /* in the plan file, for sentences; 0 = made from the command line */
};

/* What an answer must be to count as good (struct load_expect). */
struct plan_expect {
	uint16_t status; /* 0 = not checked, and 400 and above fail */
	/* the answer's header contains the value; NULL: it is there at all */
	const struct plan_pair *headers;
	uint32_t header_count;
	const char *body;    /* contains; NULL = not checked */
	const char *matches; /* a POSIX extended regular expression; NULL = not checked */
	bool has_size;
	uint64_t size_min, size_max; /* of the body, bytes */
};

struct plan_request {
	const char *name; /* "METHOD path" unless stated */
	const char *method;
	const char *path;
	const struct plan_pair *headers;
	uint32_t header_count;
	const char *body;      /* NULL = none */
	const char *body_file; /* instead of a body; relative to the plan's folder; NULL = none */
	const char *data;      /* feed file, relative to the plan's folder; NULL = none */
	char separator;	       /* of the feed; 0 = guessed */
	enum load_feed_order order;
	uint32_t weight; /* 1 */
	struct plan_expect expect;
	uint32_t line;
};

/* Files are PEM, relative to the plan's folder. */
struct plan_tls {
	bool verifies, resumes;	 /* true unless stated */
	const char *ca;		 /* NULL = the system's */
	const char *cert, *key;	 /* of the client; NULL = none, and in `cert` */
	const char *server_name; /* NULL = the target's host */
};

struct plan_load {
	const char *target;	/* "http://127.0.0.1:8080" */
	const char *connect_to; /* "HOST:PORT" or "unix:/path"; NULL = the target */
	const char **sources;	/* local addresses */
	uint32_t source_count;
	enum load_protocol protocol; /* LOAD_HTTP_BY_ALPN */
	uint32_t depth;		     /* `pipeline` or `streams`: 1 */
	bool is_closing;
	struct plan_tls tls; /* of an https target */
	uint32_t threads;    /* 0 = chosen by the lab */
	/* 10; with users the most there can be: each has a connection of its own */
	uint32_t connections;
	bool is_open;	/* requests are due by a schedule of rates or of a `replay` */
	double rate_hz; /* a constant one; 0 = none, or it is in the stages */
	enum load_arrivals arrivals;
	bool is_users;
	struct load_think think;
	/* of rates, or of users (also what `users` alone makes), from stage_begin on */
	struct load_stage *stages;
	uint32_t stage_count;
	double stage_begin;
	/*
	 * Files, relative to the plan's folder; NULL = none. With one of them request 0 has the
	 * headers and expectations, with a script also method, path and body.
	 */
	const char *targets, *replay, *script;
	double replay_speed; /* 1 */
	const char **script_args;
	uint32_t script_arg_count;
	uint64_t warmup_ns; /* 0 */
	/* 0 = as long as the replay, the iterations or the data; 10 s unless any of it is stated */
	uint64_t duration_ns;
	uint64_t timeout_ns;   /* 30 s */
	bool is_warmup_auto;   /* where the warm-up ends is found in what was measured */
	uint64_t iterations;   /* requests in all; 0 = as many as there is time for */
	bool is_once;	       /* iterations: once */
	const char **abort_on; /* thresholds: breaking one ends the run; checked for form */
	uint32_t abort_count;
	struct plan_request *requests; /* at least one: "/" unless stated */
	uint32_t request_count;
};

/* What combinations are made of: a variable of `matrix`, or "arm", the plan's own arms. */
struct plan_axis {
	const char *name;
	const char **values; /* as written, at least one, each once */
	uint32_t value_count;
};

struct plan_arm {
	/* "zero-copy", "workers=1 cpus=0", "zero-copy workers=1": at most ARM_BYTES - 1 bytes */
	const char *name;
	/* its own and those of `matrix`: all that it sets */
	const struct plan_pair *vars;
	uint32_t var_count;
};

enum plan_stacks { PLAN_STACKS_AUTO, PLAN_STACKS_DWARF, PLAN_STACKS_FP, PLAN_STACKS_NONE };

/* Which way system calls are counted (capture/syscall_trace.h). */
enum plan_syscalls { PLAN_SYSCALLS_OFF, PLAN_SYSCALLS_ON, PLAN_SYSCALLS_PTRACE };

struct plan_node;

struct plan {
	struct arena arena;
	/* the file's tree: everything below is read from it; NULL in an expanded plan */
	struct plan_node *root;
	/* of the file, or the name given to plan_parse(); NULL when made from a command line */
	const char *path;
	const char *directory; /* where relative paths and commands begin */
	const char *source;    /* the text as read (or as plan_write() would write it) */
	const char *name;
	struct plan_service *services;
	uint32_t service_count;
	bool has_load;
	struct plan_load load;
	/*
	 * the alternatives in `loads`, in the file's order, and which one `load` is (NULL = itself)
	 */
	const char **load_names;
	uint32_t load_count;
	const char *load_name;
	bool is_profiled;  /* profile: present or default true */
	double profile_hz; /* 199 */
	enum plan_stacks stacks;
	uint64_t monitor_interval_ns; /* 1 s */
	enum plan_syscalls syscalls;
	/* events to count, perf's names with commas; "" = perf stat's own; NULL = none */
	const char *counters;
	const struct plan_pair *vars;
	uint32_t var_count;
	/* at least one: "default" with no variables when the plan has none */
	struct plan_arm *arms;
	uint32_t arm_count;
	/*
	 * the first varies slowest; none in a plan without arms and matrix, and in an expanded one
	 */
	struct plan_axis *axes;
	uint32_t axis_count;
	bool has_matrix;
	/* of all combinations, also those that `only` leaves out; arm_count without a matrix */
	const char **combinations;
	uint32_t combination_count;
	uint32_t repeat;     /* runs per arm: 1 unless stated */
	const char *primary; /* a metric of model/metric.h: "cpu_per_request" */
	/* as written, those on changes included; checked for form when read */
	const char **thresholds;
	uint32_t threshold_count;
	/* those on changes between arms, among `combinations`; none in an expanded plan */
	struct hypothesis *hypotheses;
	uint32_t hypothesis_count;
};

/*
 * `overrides` are --var k=v; they take the place of the same variables in `vars` and in every arm.
 * `path` may be a folder: its sonde.yaml. Every arm is expanded once, so that a plan that reads
 * without an error expands without one. The caller releases the plan also after an error.
 */
int plan_read(struct plan *plan, const char *path, const struct plan_pair *overrides,
	      uint32_t override_count, struct err *err);

/* The same from text; `name` is for sentences. `directory` as above. */
int plan_parse(struct plan *plan, const char *name, const char *text, size_t length,
	       const char *directory, const struct plan_pair *overrides, uint32_t override_count,
	       struct err *err);

/*
 * What a command line changes or, after plan_init(), makes: edits of the tree, then one
 * plan_update() that reads it again, with the same checks and sentences as for a file, and renews
 * `source`.
 *
 *	plan_init(&plan, ".");
 *	plan_set(&plan, "services/0/name", "service", err);
 *	plan_set(&plan, "services/0/command", plan_escape(&plan, command), err);
 *	plan_set(&plan, "load/target", url, err);
 *	plan_update(&plan, err);
 *
 * `key` is a path of keys and list positions; what is missing on the way is made, and a position
 * one past the end appends. `value` is a text as it would stand in the file, so ${name} is a
 * variable; NULL removes the key. Pointers into the plan that were taken before plan_update() stay
 * valid, but show the plan as it was.
 */
void plan_init(struct plan *plan, const char *directory);
int plan_set(struct plan *plan, const char *key, const char *value, struct err *err);
int plan_update(struct plan *plan, struct err *err);

/* The text with every '$' doubled, so that it stands for itself. In the plan's arena. */
const char *plan_escape(struct plan *plan, const char *text);

/*
 * The plan with every ${variable} replaced as `arm` (< arm_count) sees it. Loops and unknown
 * variables: -EINVAL, named with the line. ${column} of a request with `data` stays when it is no
 * variable. The result stands alone; its `root` is NULL: it is neither expanded again nor written.
 */
int plan_expand(const struct plan *plan, uint32_t arm, struct plan *ret_expanded, struct err *err);

/*
 * The plan with its load as `loads: NAME` makes it: the keys that stand there in the place of the
 * load section's, a key without a value taken away. The result stands alone and can be expanded,
 * changed and written; its `loads` are still there. -EINVAL when there is no such load; otherwise a
 * plan that reads without an error has no error here.
 */
int plan_choose_load(const struct plan *plan, const char *name, struct plan *ret_plan,
		     struct err *err);

/*
 * YAML that reads back as the same plan: for --save and for runs without a file. Comments are not
 * kept.
 */
char *plan_write(const struct plan *plan); /* caller frees */

void plan_release(struct plan *plan);
static inline void plan_cleanup(struct plan *plan)
{
	plan_release(plan);
}

#endif
