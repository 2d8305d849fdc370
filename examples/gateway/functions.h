/*
 * functions: the table from routes to functions, read from a file of lines such as
 *
 *	# route     runtime  module            handler
 *	/api/hello  native   hello             handler
 *	/api/now    exec     functions/now.sh  handler
 *
 * A module with a slash is a path from the function file's folder; one without is looked for in
 * `functions/` beside the function file (and a native one gets its `.so`). All mistakes are found
 * at the start: the table is only good when each module is there and each native handler is loaded.
 */
#ifndef GATEWAY_FUNCTIONS_H
#define GATEWAY_FUNCTIONS_H

#include <limits.h>
#include <stddef.h>

#include "function.h"
#include "http.h"
#include "trouble.h"

#define FUNCTIONS_MAX 64
#define FUNCTIONS_WORD_MAX_BYTES 256

enum function_runtime { FUNCTION_NATIVE, FUNCTION_EXEC };

struct function {
	char route[FUNCTIONS_WORD_MAX_BYTES];
	size_t route_size;
	enum function_runtime runtime;
	char handler[FUNCTIONS_WORD_MAX_BYTES];
	char path[PATH_MAX]; /* of the module */
	/* "runtime module handler": its name on a link */
	char target[3 * FUNCTIONS_WORD_MAX_BYTES];
	size_t target_size;
	function_handler call; /* native only */
};

struct functions {
	struct function items[FUNCTIONS_MAX];
	size_t count;
};

enum route { ROUTE_FUNCTION, ROUTE_HEALTH, ROUTE_UNKNOWN, ROUTE_METHOD };

/*
 * Returns 0 or a negative errno, with file and line in the sentence. Loads the native modules into
 * this process.
 */
int functions_load(struct functions *functions, const char *file, struct trouble *trouble);

/*
 * Where a request goes; `ret_function` is set for ROUTE_FUNCTION. ROUTE_METHOD: the path is known,
 * the method is not.
 */
enum route functions_route(const struct functions *functions, const struct http_request *request,
			   const char *bytes, const struct function **ret_function,
			   const char **ret_allow);

/* The function that goes by this name on a link; NULL if there is none. */
const struct function *functions_find_target(const struct functions *functions, const char *target,
					     size_t size);

#endif
