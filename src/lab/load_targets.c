#include "lab/load_targets.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lab/plan_request.h"
#include "load/target_file.h"
#include "load/timing_file.h"
#include "util/clock.h"
#include "wire/url.h"

/* What the requests of one file have in common. */
struct target_reader {
	struct load_files *files;
	const char *file; /* as opened, for sentences */
	const struct load_request *common;
	struct url target;
	char origin[URL_ORIGIN_BYTES];
	const char *names[LOAD_TARGETS_NAMES_MAX];
	uint32_t name_count;
};

static int init_reader(struct target_reader *reader, struct load_files *files, const char *path,
		       const struct load_request *common, struct err *err)
{
	int r;

	*reader = (struct target_reader){
		.files = files, .file = load_files_get_path(files, path), .common = common};
	r = url_parse(&reader->target, files->plan->load.target, err);
	if (r == 0)
		url_format_origin(&reader->target, reader->origin);
	return r;
}

/* One of a bounded number of names: a file may have a path for each of its lines. */
static const char *choose_name(struct target_reader *reader, const char *method, const char *path)
{
	char name[PLAN_REQUEST_NAME_BYTES + 1];

	plan_request_format_name(name, method, path, strcspn(path, "?"));
	for (uint32_t i = 0; i < reader->name_count; i++)
		if (strcmp(reader->names[i], name) == 0)
			return reader->names[i];
	if (reader->name_count == LOAD_TARGETS_NAMES_MAX)
		return "other";
	reader->names[reader->name_count] = arena_strdup(reader->files->arena, name);
	return reader->names[reader->name_count++];
}

/* Puts file and line before the sentence; a URI of a timing file stands on many lines (0). */
static int fail_at(const struct target_reader *reader, uint32_t line, int code, struct err *err)
{
	return line > 0 ? err_prefix(err, code, "%s:%u: ", reader->file, line)
			: err_prefix(err, code, "%s: ", reader->file);
}

/* The path of a URL, which is of the plan's target when it names a server. */
static int read_url(const struct target_reader *reader, const char *text, uint32_t line,
		    const char **ret_path, struct err *err)
{
	char origin[URL_ORIGIN_BYTES];
	struct url url;
	int r;

	if (text[0] == '/') {
		*ret_path = text;
		r = url_check_path(text, strlen(text), err);
		return r < 0 ? fail_at(reader, line, r, err) : 0;
	}
	r = url_parse(&url, text, err);
	if (r == 0 && strcmp(url_format_origin(&url, origin), reader->origin) != 0)
		r = err_set(err, -EINVAL,
			    "'%.100s' is not of the target %s: one server at a time; write paths "
			    "alone, or take another target",
			    text, reader->origin);
	if (r < 0)
		return fail_at(reader, line, r, err);
	*ret_path = arena_strdup(reader->files->arena, url.path);
	return 0;
}

static bool has_header(const struct load_header *headers, uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcasecmp(headers[i].name, name) == 0)
			return true;
	return false;
}

/* Its own headers, and those of all requests that it does not have. */
static void join_headers(const struct target_reader *reader, const struct load_header *own,
			 uint32_t own_count, struct load_request *request)
{
	const struct load_request *common = reader->common;
	struct load_header *headers;

	request->headers = own_count > 0 ? own : common->headers;
	request->header_count = own_count > 0 ? own_count : common->header_count;
	if (own_count == 0 || common->header_count == 0)
		return;
	headers = arena_alloc(reader->files->arena, own_count + common->header_count,
			      sizeof(*headers));
	memcpy(headers, own, own_count * sizeof(*own));
	for (uint32_t i = 0; i < common->header_count; i++)
		if (!has_header(own, own_count, common->headers[i].name))
			headers[request->header_count++] = common->headers[i];
	request->headers = headers;
}

static int read_target(struct target_reader *reader, const struct target_entry *entry,
		       struct load_request *request, struct err *err)
{
	int r;

	*request = (struct load_request){.method = entry->method,
					 .body = entry->body,
					 .body_length = entry->body_length,
					 .weight = 1,
					 .expect = reader->common->expect};
	join_headers(reader, entry->headers, entry->header_count, request);
	r = read_url(reader, entry->url, entry->line, &request->path, err);
	if (r < 0)
		return r;
	request->name = choose_name(reader, request->method, request->path);
	if (entry->body_file == NULL)
		return 0;
	r = load_files_read_body(reader->files, entry->body_file, &request->body,
				 &request->body_length, err);
	return r < 0 ? fail_at(reader, entry->line, r, err) : 0;
}

static int read_targets(struct load_files *files, struct load_config *config, struct err *err)
{
	const char *path = files->plan->load.targets;
	scoped(strbuf_release) struct strbuf text = {0};
	struct load_request *requests;
	struct target_reader reader;
	struct target_list list;
	int r = load_files_read(files, path, "the target file", &text, err);

	if (r == 0)
		r = init_reader(&reader, files, path, &config->requests[0], err);
	if (r == 0)
		r = target_file_parse(&list, files->arena, reader.file, strbuf_text(&text),
				      text.length, err);
	if (r < 0)
		return r;
	requests = arena_alloc(files->arena, list.count, sizeof(*requests));
	for (uint32_t i = 0; i < list.count && r == 0; i++)
		r = read_target(&reader, &list.entries[i], &requests[i], err);
	config->requests = requests;
	config->request_count = list.count;
	config->is_in_order = true;
	return r;
}

/* The times as the speed makes them; a window without a length of its own ends behind the last. */
static void set_times(struct load_files *files, const struct timing_list *list,
		      struct load_config *config)
{
	double speed = files->plan->load.replay_speed;
	uint64_t last_ns, gap_ns;

	config->replay = list->items;
	config->replay_count = list->count;
	if (speed != 1) {
		struct load_replay_item *items =
			arena_alloc(files->arena, list->count, sizeof(*items));

		for (uint64_t i = 0; i < list->count; i++)
			items[i] = (struct load_replay_item){
				(uint64_t)((double)list->items[i].offset_ns / speed),
				list->items[i].request};
		config->replay = items;
	}
	last_ns = config->replay[list->count - 1].offset_ns;
	gap_ns = list->count > 1 ? last_ns / (list->count - 1) : 0;
	if (config->duration_ns == 0)
		config->duration_ns = last_ns + (gap_ns > NS_PER_MS ? gap_ns : NS_PER_MS);
}

static int read_replay(struct load_files *files, struct load_config *config, struct err *err)
{
	const char *path = files->plan->load.replay;
	scoped(strbuf_release) struct strbuf text = {0};
	struct load_request *requests;
	struct target_reader reader;
	struct timing_list list;
	int r = load_files_read(files, path, "the timing file", &text, err);

	if (r == 0)
		r = init_reader(&reader, files, path, &config->requests[0], err);
	if (r == 0)
		r = timing_file_parse(&list, files->arena, reader.file, strbuf_text(&text),
				      text.length, err);
	if (r < 0)
		return r;
	requests = arena_alloc(files->arena, list.uri_count, sizeof(*requests));
	for (uint32_t i = 0; i < list.uri_count && r == 0; i++) {
		const struct target_entry entry = {.method = "GET", .url = list.uris[i]};

		r = read_target(&reader, &entry, &requests[i], err);
	}
	config->requests = requests;
	config->request_count = list.uri_count;
	set_times(files, &list, config);
	return r;
}

int load_targets_read(struct load_files *files, struct load_config *config, struct err *err)
{
	const struct plan_load *load = &files->plan->load;

	if (load->targets != NULL)
		return read_targets(files, config, err);
	return load->replay != NULL ? read_replay(files, config, err) : 0;
}
