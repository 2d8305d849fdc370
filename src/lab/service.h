/*
 * The services of one run: spawned held, released in order, each waited for until it answers,
 * stopped in reverse. What they write is in a file of the store's output folder; its end goes into
 * the database and into error sentences.
 */
#ifndef LAB_SERVICE_H
#define LAB_SERVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lab/keeper.h"
#include "lab/plan.h"
#include "store/store.h"
#include "util/err.h"

struct service {
	const struct plan_service *plan; /* expanded; must outlive the service */
	pid_t pid;			 /* 0 = not spawned */
	bool is_attached;		 /* somebody else's: never stopped */
	bool has_ended;
	int status;	   /* wait status when it has ended */
	bool was_killed;   /* the grace was over */
	char *output_path; /* NULL = none */
};

enum { SERVICE_TAIL_BYTES = 64 * 1024, SERVICE_TAIL_LINES = 20 };

/*
 * Spawns it held (or resolves its TARGET). `name` is the output file's. With padding_bytes its
 * environment has a variable SONDE_PADDING of that length.
 */
int service_spawn(struct service *service, const struct plan *plan,
		  const struct plan_service *service_plan, struct keeper *keeper,
		  const struct store *store, const char *name, uint32_t padding_bytes,
		  struct err *err);

/*
 * Lets it go and waits until it is ready. -ECANCELED on an interrupt. The sentence of a failure
 * ends with its last lines.
 */
int service_start(struct service *service, const struct plan *plan, struct keeper *keeper,
		  struct err *err);

/* Whether it ended by itself; then has_ended and status are set. */
bool service_check_ended(struct service *service, struct keeper *keeper);

/* "ended with status 1", "was ended by signal 9 (Killed)". */
void service_format_end(const struct service *service, char *buffer, size_t size);

/* The plan's signal and grace, then SIGKILL; attached ones are left alone. */
void service_stop(struct service *service, struct keeper *keeper, bool is_at_once);

/*
 * The last `max_bytes` of its output, at most `max_lines` lines (0 = all). Caller frees; "" when
 * there is none.
 */
char *service_read_tail(const struct service *service, size_t max_bytes, uint32_t max_lines,
			uint64_t *ret_total_bytes);

void service_release(struct service *service);

/*
 * Runs `sh -c command` in the plan's folder and waits for it (a build). Its last lines stand in the
 * sentence of a failure.
 */
int service_run_build(const struct plan *plan, const char *command, struct keeper *keeper,
		      const struct store *store, const char *name, struct err *err);

#endif
