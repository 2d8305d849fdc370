/* The files that the requests of a load section name: data and bodies, each read once. */
#ifndef LAB_LOAD_FILES_H
#define LAB_LOAD_FILES_H

#include "lab/plan.h"
#include "load/feed.h"
#include "load/load.h"
#include "util/arena.h"
#include "util/err.h"
#include "util/hashmap.h"
#include "util/strbuf.h"
#include "util/vec.h"

struct load_file_feed {
	const char *data;
	char separator;
	struct feed *feed;
};

struct load_file_body {
	const char *path;
	const char *bytes;
	size_t length;
};

struct load_files {
	const struct plan *plan; /* borrowed: where relative paths begin */
	struct arena *arena;	 /* borrowed: of paths and bodies */
	VEC(struct load_file_feed) feeds;
	VEC(struct load_file_body) bodies;
	struct hashmap body_index; /* by path */
};

void load_files_init(struct load_files *files, const struct plan *plan, struct arena *arena);
void load_files_release(struct load_files *files);

/* The path as it is opened: relative to the plan's folder. NULL stays NULL. In the arena. */
const char *load_files_get_path(const struct load_files *files, const char *path);

/* Appends a whole file (at most 1 GiB) to `text`; `what` is "the target file" in the sentence. */
int load_files_read(const struct load_files *files, const char *path, const char *what,
		    struct strbuf *text, struct err *err);

/* A request's body from a file, at most 64 MiB, in the arena. */
int load_files_read_body(struct load_files *files, const char *path, const char **ret_bytes,
			 size_t *ret_length, struct err *err);

/* Data file and body of one request, into `to`. Sentences name the file and the request. */
int load_files_read_request(struct load_files *files, const struct plan_request *from,
			    struct load_request *to, struct err *err);

#endif
