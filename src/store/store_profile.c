/*
 * The profile's tables to rows and back (store_write.h, store_read.h). Samples go in chunks of
 * LEB128 triples.
 */
#include <errno.h>
#include <string.h>

#include "store/sql.h"
#include "store/store_read.h"
#include "store/store_write.h"
#include "util/strbuf.h"

enum { CHUNK_SAMPLES = 4096 };

static void add_leb(struct strbuf *bytes, uint64_t value)
{
	while (value >= 0x80) {
		strbuf_add_char(bytes, (char)(value | 0x80));
		value >>= 7;
	}
	strbuf_add_char(bytes, (char)value);
}

static bool get_leb(const unsigned char **at, const unsigned char *end, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
		unsigned char byte = *(*at)++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

static int write_chunk(struct store *store, int64_t run, const struct sample *samples, size_t count,
		       struct err *err)
{
	struct strbuf bytes;
	uint64_t before = samples[0].time_ns;
	int r;

	strbuf_init(&bytes, 1 << 20);
	for (size_t i = 0; i < count; i++) {
		add_leb(&bytes, samples[i].time_ns > before ? samples[i].time_ns - before : 0);
		add_leb(&bytes, samples[i].thread);
		add_leb(&bytes, samples[i].stack);
		before = samples[i].time_ns > before ? samples[i].time_ns : before;
	}
	r = sql_run(store, err, "INSERT INTO sample_chunk VALUES(?,?,?,?)", "iiib", run,
		    (int64_t)samples[0].time_ns, (int64_t)count, bytes.data, bytes.length);
	strbuf_release(&bytes);
	return r;
}

static int write_samples(struct store *store, int64_t run, const struct profile_data *data,
			 struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < data->samples.count && r == 0; i += CHUNK_SAMPLES) {
		size_t left = data->samples.count - i;

		r = write_chunk(store, run, data->samples.items + i,
				left < CHUNK_SAMPLES ? left : CHUNK_SAMPLES, err);
	}
	return r;
}

static int write_modules(struct store *store, int64_t run, const struct profile_data *data,
			 struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < data->modules.count && r == 0; i++) {
		const struct module *module = &data->modules.items[i];

		r = sql_run(store, err, "INSERT INTO module VALUES(?,?,?,?,?)", "iiiib", run,
			    (int64_t)i, (int64_t)module->path, (int64_t)module->kind,
			    module->build_id_length > 0 ? module->build_id : NULL,
			    (size_t)module->build_id_length);
	}
	return r;
}

static int write_frames(struct store *store, int64_t run, const struct profile_data *data,
			struct err *err)
{
	scoped_statement sqlite3_stmt *statement =
		sql_query(store, err, "INSERT INTO frame VALUES(?,?,?,?,?,?,?)", "");
	int r = statement != NULL ? 0 : sql_next(store, NULL, err);

	for (size_t i = 0; i < data->frames.count && r == 0; i++) {
		const struct frame *frame = &data->frames.items[i];

		r = sql_rerun(store, statement, err, "iiiiiii", run, (int64_t)i,
			      (int64_t)frame->module, (int64_t)frame->svma,
			      (int64_t)frame->function, (int64_t)frame->file, (int64_t)frame->line);
	}
	return r;
}

static int write_stacks(struct store *store, int64_t run, const struct profile_data *data,
			struct err *err)
{
	scoped_statement sqlite3_stmt *statement =
		sql_query(store, err, "INSERT INTO stack VALUES(?,?,?,?)", "");
	int r = statement != NULL ? 0 : sql_next(store, NULL, err);

	for (size_t i = STACK_FIRST; i < data->stacks.nodes.count && r == 0; i++)
		r = sql_rerun(store, statement, err, "iiii", run, (int64_t)i,
			      (int64_t)data->stacks.nodes.items[i].parent,
			      (int64_t)data->stacks.nodes.items[i].frame);
	return r;
}

static int write_strings_and_threads(struct store *store, int64_t run,
				     const struct profile_data *data, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < data->strings.texts.count && r == 0; i++)
		r = sql_run(store, err, "INSERT INTO profile_string VALUES(?,?,?)", "iis", run,
			    (int64_t)i, data->strings.texts.items[i]);
	for (size_t i = 0; i < data->threads.count && r == 0; i++) {
		const struct profile_thread *thread = &data->threads.items[i];

		r = sql_run(store, err, "INSERT INTO thread VALUES(?,?,?,?,?,?)", "iiiiii", run,
			    (int64_t)i, (int64_t)thread->pid, (int64_t)thread->tid,
			    (int64_t)thread->comm, (int64_t)thread->role);
	}
	return r;
}

int store_add_profile(struct store *store, int64_t run, const struct profile_data *data,
		      struct err *err)
{
	const struct profile_quality *quality = &data->quality;
	int r = sql_begin(store, err);

	if (r < 0)
		return r;
	r = sql_run(store, err, "INSERT INTO profile VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		    "issdiiiiiiiiiii", run, string_table_get(&data->strings, data->event),
		    string_table_get(&data->strings, data->sampler), data->frequency_hz,
		    (int64_t)data->weight_ns, (int64_t)quality->sample_count,
		    (int64_t)quality->complete_count, (int64_t)quality->joined_count,
		    (int64_t)quality->truncated_count, (int64_t)quality->lost_count,
		    (int64_t)quality->throttled_count, (int64_t)quality->is_kernel_hidden,
		    (int64_t)quality->kernel_hidden_ns, (int64_t)quality->bytes_from_kernel,
		    (int64_t)quality->cpu_ns);
	if (r == 0)
		r = write_strings_and_threads(store, run, data, err);
	if (r == 0)
		r = write_modules(store, run, data, err);
	if (r == 0)
		r = write_frames(store, run, data, err);
	if (r == 0)
		r = write_stacks(store, run, data, err);
	if (r == 0)
		r = write_samples(store, run, data, err);
	return sql_end(store, r, err);
}

static int read_head(struct store *store, int64_t run, struct profile_data *data, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT event, sampler, frequency_hz, weight_ns, samples, complete, "
		"joined, truncated, lost,"
		" throttled, kernel_hidden, kernel_hidden_ns, bytes_from_kernel, cpu_ns FROM "
		"profile WHERE run=?",
		"i", run);
	struct profile_quality *quality = &data->quality;
	int r = sql_next(store, row, err);

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	data->event = string_table_intern(&data->strings, sql_text(row, 0));
	data->sampler = string_table_intern(&data->strings, sql_text(row, 1));
	data->frequency_hz = sqlite3_column_double(row, 2);
	data->weight_ns = (uint64_t)sqlite3_column_int64(row, 3);
	quality->sample_count = (uint64_t)sqlite3_column_int64(row, 4);
	quality->complete_count = (uint64_t)sqlite3_column_int64(row, 5);
	quality->joined_count = (uint64_t)sqlite3_column_int64(row, 6);
	quality->truncated_count = (uint64_t)sqlite3_column_int64(row, 7);
	quality->lost_count = (uint64_t)sqlite3_column_int64(row, 8);
	quality->throttled_count = (uint64_t)sqlite3_column_int64(row, 9);
	quality->is_kernel_hidden = sqlite3_column_int64(row, 10) != 0;
	quality->kernel_hidden_ns = (uint64_t)sqlite3_column_int64(row, 11);
	quality->bytes_from_kernel = (uint64_t)sqlite3_column_int64(row, 12);
	quality->cpu_ns = (uint64_t)sqlite3_column_int64(row, 13);
	return 0;
}

/* Every id that rows refer to must exist; a store from elsewhere may be damaged. */
static int bad_row(struct err *err, int64_t run, const char *table)
{
	return err_set(
		err, -EBADMSG,
		"the profile of run %lld is damaged: table %s refers to rows that are not there",
		(long long)run, table);
}

static int read_strings(struct store *store, int64_t run, struct profile_data *data,
			struct err *err)
{
	scoped_statement sqlite3_stmt *row =
		sql_query(store, err, "SELECT id, text FROM profile_string WHERE run=? ORDER BY id",
			  "i", run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err))
		if (string_table_intern(&data->strings, sql_text(row, 1)) !=
		    (uint32_t)sqlite3_column_int64(row, 0))
			return bad_row(err, run, "profile_string");
	return r;
}

static int read_modules(struct store *store, int64_t run, struct profile_data *data,
			struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err, "SELECT path, kind, build_id FROM module WHERE run=? ORDER BY id", "i",
		run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct module module = {.path = (uint32_t)sqlite3_column_int64(row, 0)};
		int64_t kind = sqlite3_column_int64(row, 1);
		int length = sqlite3_column_bytes(row, 2);

		if (kind < MODULE_FILE || kind > MODULE_UNKNOWN || length > BUILD_ID_BYTES)
			return bad_row(err, run, "module");
		module.kind = (enum module_kind)kind;
		module.build_id_length = (uint8_t)length;
		if (length > 0)
			memcpy(module.build_id, sqlite3_column_blob(row, 2), (size_t)length);
		vec_push(&data->modules, module);
	}
	return r;
}

static int read_frames(struct store *store, int64_t run, struct profile_data *data, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT module, svma, function, file, line FROM frame WHERE run=? ORDER BY id", "i",
		run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		int64_t module = sqlite3_column_int64(row, 0);
		struct frame frame = {.module = (uint32_t)module,
				      .svma = (uint64_t)sqlite3_column_int64(row, 1),
				      .function = (uint32_t)sqlite3_column_int64(row, 2),
				      .file = (uint32_t)sqlite3_column_int64(row, 3),
				      .line = (uint32_t)sqlite3_column_int64(row, 4)};

		if (module < 0 || module >= (int64_t)data->modules.count)
			return bad_row(err, run, "frame");
		vec_push(&data->frames, frame);
	}
	return r;
}

static int read_stacks(struct store *store, int64_t run, struct profile_data *data, struct err *err)
{
	scoped_statement sqlite3_stmt *row =
		sql_query(store, err, "SELECT id, parent, frame FROM stack WHERE run=? ORDER BY id",
			  "i", run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		int64_t id = sqlite3_column_int64(row, 0), parent = sqlite3_column_int64(row, 1);
		int64_t frame = sqlite3_column_int64(row, 2);

		if (id != (int64_t)data->stacks.nodes.count || parent < 0 || parent >= id ||
		    frame < 0 || frame >= (int64_t)data->frames.count)
			return bad_row(err, run, "stack");
		if (stack_table_intern(&data->stacks, (uint32_t)parent, (uint32_t)frame) !=
		    (uint32_t)id)
			return bad_row(err, run, "stack");
	}
	return r;
}

static int read_threads(struct store *store, int64_t run, struct profile_data *data,
			struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err, "SELECT pid, tid, comm, role FROM thread WHERE run=? ORDER BY id", "i",
		run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err))
		vec_push(&data->threads,
			 (struct profile_thread){.pid = (uint32_t)sqlite3_column_int64(row, 0),
						 .tid = (uint32_t)sqlite3_column_int64(row, 1),
						 .comm = (uint32_t)sqlite3_column_int64(row, 2),
						 .role = (uint32_t)sqlite3_column_int64(row, 3)});
	return r;
}

/* Exactly `count` samples in `length` bytes. */
static int decode_chunk(struct profile_data *data, uint64_t begin_ns, int64_t count,
			const unsigned char *at, size_t length)
{
	const unsigned char *end = at + length;
	uint64_t time_ns = begin_ns, step, thread, stack;

	for (int64_t i = 0; i < count; i++) {
		if (!get_leb(&at, end, &step) || !get_leb(&at, end, &thread) ||
		    !get_leb(&at, end, &stack))
			return -EBADMSG;
		if (thread >= data->threads.count || stack >= data->stacks.nodes.count)
			return -EBADMSG;
		time_ns += step;
		vec_push(&data->samples, (struct sample){.time_ns = time_ns,
							 .thread = (uint32_t)thread,
							 .stack = (uint32_t)stack});
	}
	return at == end ? 0 : -EBADMSG;
}

static int read_samples(struct store *store, int64_t run, struct profile_data *data,
			struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT begin_ns, count, data FROM sample_chunk WHERE run=? ORDER BY rowid", "i",
		run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		const unsigned char *bytes = sqlite3_column_blob(row, 2);

		if (bytes == NULL || decode_chunk(data, (uint64_t)sqlite3_column_int64(row, 0),
						  sqlite3_column_int64(row, 1), bytes,
						  (size_t)sqlite3_column_bytes(row, 2)) < 0)
			return bad_row(err, run, "sample_chunk");
	}
	return r;
}

int store_read_profile(struct store *store, int64_t run, struct profile_data *data, struct err *err)
{
	int r = read_strings(store, run, data, err);

	if (r == 0)
		r = read_head(store, run, data, err);
	if (r == 0)
		r = read_modules(store, run, data, err);
	if (r == 0)
		r = read_frames(store, run, data, err);
	if (r == 0)
		r = read_stacks(store, run, data, err);
	if (r == 0)
		r = read_threads(store, run, data, err);
	if (r == 0)
		r = read_samples(store, run, data, err);
	return r;
}
