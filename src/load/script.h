/*
 * wrk's Lua scripts, unchanged (LuaJIT): setup, init, delay, request, response, done, wrk.format,
 * wrk.lookup, wrk.connect, thread:get/set/stop and the objects of done(), as in wrk's SCRIPTING and
 * src/wrk.lua. One Lua state for the program (setup, done) and one for each thread.
 *
 * Life: script_program_new() runs the file in the main state and setup() for each thread, then
 * makes the threads' states with init(); from then on each struct script belongs to its worker
 * thread; after the workers have ended script_program_done() runs done() in the main state.
 */
#ifndef LOAD_SCRIPT_H
#define LOAD_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/histogram.h"
#include "util/err.h"
#include "util/scoped.h"
#include "wire/url.h"

struct script_config {
	const char *path; /* of the Lua file */
	const struct url *url;
	const char *url_text;	      /* args[0] of init() */
	const char *const *arguments; /* behind `--` */
	uint32_t argument_count;
	const char *const *headers; /* "Name: value" of -H, into wrk.headers */
	uint32_t header_count;
	const char *method; /* NULL = GET */
	const char *body;   /* NULL = none */
	uint32_t threads;
	/* "127.0.0.1:8080" of the chosen address: thread.addr as shown */
	const char *address;
};

struct script_program;
struct script; /* of one thread */

/*
 * -EINVAL with "file:line: what" for errors of Lua; -ENOENT and the like when the file cannot be
 * read. After it, script_program_get_depth() requests come in each call of request(): wrk's
 * pipelining.
 */
int script_program_new(struct script_program **ret_program, const struct script_config *config,
		       struct err *err);
void script_program_free(struct script_program *program);
SCOPED_POINTER(script_program, script_program_free)

uint32_t script_program_get_depth(const struct script_program *program);
struct script *script_program_get_thread(struct script_program *program, uint32_t thread);

/* What one call of request() gave: whole requests one after the other. */
struct script_request {
	const char *bytes; /* valid until the next call with this script */
	size_t length;
	uint32_t count;	     /* requests in it, >= 1, at most the depth */
	const bool *is_head; /* count of them: answered without a body */
};

/*
 * -EINVAL: Lua's error, no complete request in it, or more of them than the depth; the sentence is
 * kept: script_get_error(). Then the script is not to be called again.
 */
int script_next_request(struct script *script, struct script_request *ret_request);

bool script_has_delay(const struct script *script);
int script_next_delay(struct script *script, uint64_t *ret_ns); /* delay() is in ms */

bool script_wants_response(const struct script *script);
/* headers: "name\0value\0" pairs, header_count of them. */
int script_take_response(struct script *script, uint16_t status, const char *headers,
			 uint32_t header_count, const char *body, size_t body_length);

bool script_is_stopped(const struct script *script); /* thread:stop() was called */

/*
 * "127.0.0.1:8081" when the script has set thread.addr to another address than config.address; else
 * NULL. Valid until the script's next call.
 */
const char *script_get_address(const struct script *script);

const char *script_get_error(const struct script *script); /* "" = none */

/* For done(); as wrk counts: `read` are protocol errors, `status` answers of 400 and above. */
struct script_summary {
	uint64_t duration_ns, requests, bytes;
	uint64_t connect, read, write, status, timeout;
	const struct histogram *latency; /* ns; done() sees microseconds */
	const double *rates;		 /* answers per second: of each second and thread */
	uint32_t rate_count;
};

bool script_program_has_done(const struct script_program *program);
/* What done() prints goes to stdout, as in wrk. -EINVAL with Lua's error. */
int script_program_done(struct script_program *program, const struct script_summary *summary,
			struct err *err);

#endif
