#include "elf/debuginfod.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "util/fd.h"

#define LIBRARY "libdebuginfod.so.1"

/* As in elfutils/debuginfod.h; user data since elfutils 0.180. */
struct debuginfod_client;
typedef int (*progress_fn)(struct debuginfod_client *client, long done, long total);

struct library {
	struct debuginfod_client *(*begin)(void);
	void (*end)(struct debuginfod_client *client);
	int (*find_debuginfo)(struct debuginfod_client *client, const unsigned char *build_id,
			      int length, char **ret_path);
	void (*set_progress)(struct debuginfod_client *client, progress_fn progress);
	void (*set_user_data)(struct debuginfod_client *client, void *data);
	void *(*get_user_data)(struct debuginfod_client *client);
};

/* What the callback needs: it gets the client, whose user data this is. */
struct request {
	uint64_t deadline_ns;
	debuginfod_cancel_fn is_cancelled;
	void *arg;
	int reason; /* why it was given up: negative errno, 0 = it was not */
};

/* POSIX's dlsym() returns functions as data; a copy avoids the cast that C does not have. */
static void load_function(void *handle, const char *name, void *ret_function)
{
	void *function = dlsym(handle, name);

	memcpy(ret_function, &function, sizeof(function));
}

/* Never unloaded: libcurl and what that loads do not stand it. */
static int load_library(struct library *ret_library, struct err *err)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (handle == NULL) {
		err_set(err, -ENOTSUP, "debuginfod needs %s (Debian: install libdebuginfod1): %s",
			LIBRARY, dlerror());
		return -ENOTSUP;
	}
	load_function(handle, "debuginfod_begin", &ret_library->begin);
	load_function(handle, "debuginfod_end", &ret_library->end);
	load_function(handle, "debuginfod_find_debuginfo", &ret_library->find_debuginfo);
	load_function(handle, "debuginfod_set_progressfn", &ret_library->set_progress);
	load_function(handle, "debuginfod_set_user_data", &ret_library->set_user_data);
	load_function(handle, "debuginfod_get_user_data", &ret_library->get_user_data);
	if (ret_library->begin != NULL && ret_library->end != NULL &&
	    ret_library->find_debuginfo != NULL && ret_library->set_progress != NULL &&
	    ret_library->set_user_data != NULL && ret_library->get_user_data != NULL)
		return 0;
	err_set(err, -ENOTSUP, "%s is too old for debuginfod: elfutils 0.180 is needed", LIBRARY);
	return -ENOTSUP;
}

static bool should_stop(struct request *request)
{
	if (request->reason == 0 && request->is_cancelled != NULL &&
	    request->is_cancelled(request->arg))
		request->reason = -ECANCELED;
	if (request->reason == 0 && clock_now_ns() >= request->deadline_ns)
		request->reason = -ETIMEDOUT;
	return request->reason != 0;
}

/* Has nothing but the client to find its request by: the library is asked for it again. */
static int report_progress(struct debuginfod_client *client, long done, long total)
{
	struct library library = {0};

	(void)done;
	(void)total;
	return load_library(&library, NULL) == 0 && should_stop(library.get_user_data(client));
}

static int refuse_request(const struct request *request, int found, struct err *err)
{
	if (request->reason == -ETIMEDOUT)
		return err_set(err, -ETIMEDOUT,
			       "debuginfod: no answer from the servers of DEBUGINFOD_URLS in time");
	if (request->reason != 0)
		return err_set(err, request->reason, "debuginfod: interrupted");
	/*
	 * It also remembers what it did not get, in time or at all, and asks no more for a while.
	 */
	if (found == -ENOENT)
		return err_set(err, -ENOENT,
			       "debuginfod: the servers of DEBUGINFOD_URLS do not have it, or did "
			       "not answer within the last ten minutes");
	return err_set(err, found, "debuginfod: %s", strerror(-found));
}

int debuginfod_fetch(int *ret_fd, char **ret_path, const uint8_t *build_id, uint8_t build_id_length,
		     uint64_t deadline_ns, debuginfod_cancel_fn is_cancelled, void *arg,
		     struct err *err)
{
	struct request request = {
		.deadline_ns = deadline_ns, .is_cancelled = is_cancelled, .arg = arg};
	const char *urls = getenv("DEBUGINFOD_URLS");
	struct debuginfod_client *client;
	struct library library = {0};
	char *path = NULL;
	int found;

	if (deadline_ns == 0)
		return err_set(err, -ENOTSUP, "debuginfod was not asked for");
	if (urls == NULL || urls[strspn(urls, " ")] == '\0')
		return err_set(err, -ENOTSUP,
			       "debuginfod: DEBUGINFOD_URLS in the environment names no server");
	found = load_library(&library, err);
	if (found < 0)
		return found;
	if (should_stop(&request))
		return refuse_request(&request, 0, err);
	client = library.begin();
	if (client == NULL)
		return err_set(err, -EIO, "debuginfod: %s cannot start", LIBRARY);
	library.set_user_data(client, &request);
	library.set_progress(client, report_progress);
	found = library.find_debuginfo(client, build_id, build_id_length, &path);
	library.end(client);
	if (found < 0)
		return refuse_request(&request, found, err);
	*ret_fd = found;
	*ret_path = path;
	return 0;
}
