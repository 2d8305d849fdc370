#include "lab/load_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "util/fd.h"

enum { FILE_BYTES_MAX = 1 << 30, BODY_BYTES_MAX = 64 << 20 };

void load_files_init(struct load_files *files, const struct plan *plan, struct arena *arena)
{
	*files = (struct load_files){.plan = plan, .arena = arena};
	hashmap_init(&files->body_index);
}

void load_files_release(struct load_files *files)
{
	for (size_t i = 0; i < files->feeds.count; i++)
		feed_free(files->feeds.items[i].feed);
	vec_release(&files->feeds);
	vec_release(&files->bodies);
	hashmap_release(&files->body_index);
}

const char *load_files_get_path(const struct load_files *files, const char *path)
{
	const char *directory = files->plan->directory;

	if (path == NULL || path[0] == '/' || directory == NULL || strcmp(directory, ".") == 0)
		return path;
	return arena_printf(files->arena, "%s/%s", directory, path);
}

int load_files_read(const struct load_files *files, const char *path, const char *what,
		    struct strbuf *text, struct err *err)
{
	const char *opened = load_files_get_path(files, path);
	int r;

	strbuf_init(text, FILE_BYTES_MAX);
	r = fd_read_file(AT_FDCWD, opened, text);
	return r < 0 ? err_set(err, r, "cannot read %s %s: %s", what, opened, strerror(-r)) : 0;
}

static const struct load_file_body *find_body(const struct load_files *files, const char *path,
					      uint64_t hash)
{
	uint32_t slot;

	for (uint32_t i = hashmap_first(&files->body_index, hash, &slot); i != HASHMAP_NONE;
	     i = hashmap_next(&files->body_index, hash, &slot))
		if (strcmp(files->bodies.items[i].path, path) == 0)
			return &files->bodies.items[i];
	return NULL;
}

static int add_body(struct load_files *files, const char *path, struct err *err)
{
	scoped(strbuf_release) struct strbuf text = {0};
	char *bytes;
	int r = load_files_read(files, path, "the body file", &text, err);

	if (r < 0)
		return r;
	if (text.length > BODY_BYTES_MAX)
		return err_set(err, -EFBIG, "the body file %s has %zu bytes; the most is %d", path,
			       text.length, BODY_BYTES_MAX);
	bytes = arena_alloc(files->arena, text.length + 1, 1);
	memcpy(bytes, strbuf_text(&text), text.length);
	hashmap_insert(&files->body_index, hashmap_hash_bytes(path, strlen(path)),
		       (uint32_t)files->bodies.count);
	vec_push(&files->bodies, (struct load_file_body){path, bytes, text.length});
	return 0;
}

int load_files_read_body(struct load_files *files, const char *path, const char **ret_bytes,
			 size_t *ret_length, struct err *err)
{
	uint64_t hash = hashmap_hash_bytes(path, strlen(path));
	const struct load_file_body *body = find_body(files, path, hash);
	int r = body == NULL ? add_body(files, path, err) : 0;

	if (r < 0)
		return r;
	body = body != NULL ? body : &files->bodies.items[files->bodies.count - 1];
	*ret_bytes = body->bytes;
	*ret_length = body->length;
	return 0;
}

static int read_feed(struct load_files *files, const struct plan_request *request,
		     const struct feed **ret_feed, struct err *err)
{
	scoped(strbuf_release) struct strbuf text = {0};
	struct feed *feed = NULL;
	int r;

	for (size_t i = 0; i < files->feeds.count; i++) {
		const struct load_file_feed *known = &files->feeds.items[i];

		if (strcmp(known->data, request->data) == 0 &&
		    known->separator == request->separator) {
			*ret_feed = known->feed;
			return 0;
		}
	}
	r = load_files_read(files, request->data, "the data file", &text, err);
	if (r < 0)
		return err_prefix(err, r, "request '%s': ", request->name);
	r = feed_new(&feed, load_files_get_path(files, request->data), strbuf_text(&text),
		     text.length, request->separator, err);
	if (r < 0)
		return r;
	vec_push(&files->feeds, (struct load_file_feed){request->data, request->separator, feed});
	*ret_feed = feed;
	return 0;
}

/* Columns in a body from a file were not looked for when the plan was read. */
static int check_used(const struct load_request *request, struct err *err)
{
	bool is_used = strstr(request->path, "${") != NULL ||
		       (request->body != NULL &&
			memmem(request->body, request->body_length, "${", 2) != NULL);

	for (uint32_t i = 0; i < request->header_count && !is_used; i++)
		is_used = strstr(request->headers[i].value, "${") != NULL;
	if (is_used)
		return 0;
	return err_set(err, -EINVAL,
		       "request '%s' has 'data', but no ${column} of %s stands in its path, "
		       "headers or body",
		       request->name, feed_get_name(request->feed));
}

int load_files_read_request(struct load_files *files, const struct plan_request *from,
			    struct load_request *to, struct err *err)
{
	int r = 0;

	if (from->body_file != NULL)
		r = load_files_read_body(files, from->body_file, &to->body, &to->body_length, err);
	if (r < 0)
		return err_prefix(err, r, "request '%s': ", from->name);
	if (from->data == NULL)
		return 0;
	r = read_feed(files, from, &to->feed, err);
	return r < 0 ? r : check_used(to, err);
}
