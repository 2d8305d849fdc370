/*
 * The profile's rows to tables (store_read.h). Nothing is believed: what refers to a row that is
 * not there, or does not decode, is -EBADMSG with the table's name, so that the views may index
 * freely.
 */
#include <errno.h>
#include <string.h>

#include "store/sql.h"
#include "store/store_read.h"

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

static int read_head(struct store *store, int64_t run, struct profile_data *data, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT sampler, stacks_from, frequency_hz, samples, complete, joined, truncated,"
		" audited, audit_mismatches, lost, throttled, kernel_hidden, kernel_hidden_ns,"
		" bytes_from_kernel, stack_bytes, cpu_ns, stops, stop_ns FROM profile WHERE run=?",
		"i", run);
	int r = sql_next(store, row, err);

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	data->sampler = string_table_intern(&data->strings, sql_text(row, 0));
	data->stacks_from = string_table_intern(&data->strings, sql_text(row, 1));
	data->frequency_hz = sqlite3_column_double(row, 2);
	data->quality = (struct profile_quality){.sample_count = sql_u64(row, 3),
						 .complete_count = sql_u64(row, 4),
						 .joined_count = sql_u64(row, 5),
						 .truncated_count = sql_u64(row, 6),
						 .audited_count = sql_u64(row, 7),
						 .audit_mismatch_count = sql_u64(row, 8),
						 .lost_count = sql_u64(row, 9),
						 .throttled_count = sql_u64(row, 10),
						 .is_kernel_hidden = sql_u64(row, 11) != 0,
						 .kernel_hidden_ns = sql_u64(row, 12),
						 .bytes_from_kernel = sql_u64(row, 13),
						 .stack_bytes = sql_u64(row, 14),
						 .cpu_ns = sql_u64(row, 15),
						 .stop_count = sql_u64(row, 16),
						 .stop_ns = sql_u64(row, 17)};
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
		store, err,
		"SELECT path, kind, build_id, flags, trouble FROM module WHERE run=? ORDER BY id",
		"i", run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct module module = {.path = (uint32_t)sqlite3_column_int64(row, 0)};
		int64_t kind = sqlite3_column_int64(row, 1);
		int length = sqlite3_column_bytes(row, 2);

		if (kind < MODULE_FILE || kind > MODULE_UNKNOWN || length > BUILD_ID_BYTES)
			return bad_row(err, run, "module");
		module.kind = (enum module_kind)kind;
		module.build_id_length = (uint8_t)length;
		module.flags = (uint8_t)sqlite3_column_int64(row, 3);
		module.trouble = (uint32_t)sqlite3_column_int64(row, 4);
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
		"SELECT module, svma, function, file, line, inline_depth FROM frame WHERE run=?"
		" ORDER BY id",
		"i", run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		int64_t module = sqlite3_column_int64(row, 0);
		struct frame frame = {.module = (uint32_t)module,
				      .svma = (uint64_t)sqlite3_column_int64(row, 1),
				      .function = (uint32_t)sqlite3_column_int64(row, 2),
				      .file = (uint32_t)sqlite3_column_int64(row, 3),
				      .line = (uint32_t)sqlite3_column_int64(row, 4),
				      .inline_depth = (uint32_t)sqlite3_column_int64(row, 5)};

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

static int read_events(struct store *store, int64_t run, struct profile_data *data, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT id, name, period, is_clock FROM profile_event WHERE run=? ORDER BY id", "i",
		run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct profile_event event = {
			.name = string_table_intern(&data->strings, sql_text(row, 1)),
			.period = sql_u64(row, 2),
			.is_clock = sqlite3_column_int64(row, 3) != 0};

		if (sql_u64(row, 0) != data->events.count || event.period == 0 ||
		    data->events.count == UINT16_MAX)
			return bad_row(err, run, "profile_event");
		vec_push(&data->events, event);
	}
	return r;
}

/* A reason of a version that knows more of them counts as unknown. */
static int read_truncations(struct store *store, int64_t run, struct profile_data *data,
			    struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err, "SELECT reason, count FROM profile_truncation WHERE run=?", "i", run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		int reason = 0;

		while (reason < TRUNCATION_COUNT &&
		       strcmp(profile_data_get_truncation((enum truncation)reason),
			      sql_text(row, 0)) != 0)
			reason++;
		if (reason == TRUNCATION_COUNT)
			reason = TRUNCATION_UNKNOWN;
		data->quality.truncations[reason] += sql_u64(row, 1);
	}
	return r;
}

/* Exactly `count` samples in `length` bytes, in the form of a version of the store. */
static int decode_chunk(struct profile_data *data, int64_t form, struct sample sample,
			int64_t count, const unsigned char *at, size_t length)
{
	const unsigned char *end = at + length;
	uint64_t step, thread, stack, event = 0, cpu = 0;

	for (int64_t i = 0; i < count; i++) {
		if (!get_leb(&at, end, &step) || !get_leb(&at, end, &thread) ||
		    !get_leb(&at, end, &stack))
			return -EBADMSG;
		if (form >= 3 && (!get_leb(&at, end, &event) || !get_leb(&at, end, &cpu)))
			return -EBADMSG;
		if (thread >= data->threads.count || stack >= data->stacks.nodes.count ||
		    event >> 1 >= data->events.count || cpu > UINT16_MAX)
			return -EBADMSG;
		sample.time_ns += step;
		sample.thread = (uint32_t)thread;
		sample.stack = (uint32_t)stack;
		sample.event = (uint16_t)(event >> 1);
		sample.cpu = (uint16_t)(cpu - 1);
		sample.period = data->events.items[sample.event].period;
		if ((event & 1) != 0 && (!get_leb(&at, end, &sample.period) || sample.period == 0))
			return -EBADMSG;
		vec_push(&data->samples, sample);
	}
	return at == end ? 0 : -EBADMSG;
}

static int read_samples(struct store *store, int64_t run, struct profile_data *data,
			struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(store, err,
						       "SELECT begin_ns, count, data, form FROM "
						       "sample_chunk WHERE run=? ORDER BY begin_ns",
						       "i", run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		const unsigned char *bytes = sqlite3_column_blob(row, 2);
		struct sample begin = {.time_ns = sql_u64(row, 0)};

		if (bytes == NULL || decode_chunk(data, sqlite3_column_int64(row, 3), begin,
						  sqlite3_column_int64(row, 1), bytes,
						  (size_t)sqlite3_column_bytes(row, 2)) < 0)
			return bad_row(err, run, "sample_chunk");
	}
	return r;
}

static int read_codes(struct store *store, int64_t run, struct profile_data *data, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT module, function, svma, code FROM profile_code WHERE run=? ORDER BY id",
		"i", run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct profile_code code = {.module = (uint32_t)sqlite3_column_int64(row, 0),
					    .function = (uint32_t)sqlite3_column_int64(row, 1),
					    .svma = sql_u64(row, 2),
					    .size = (uint32_t)sqlite3_column_bytes(row, 3),
					    .offset = data->code_bytes.count};
		const uint8_t *bytes = sqlite3_column_blob(row, 3);

		if (code.module >= data->modules.count || code.svma + code.size < code.svma)
			return bad_row(err, run, "profile_code");
		vec_reserve(&data->code_bytes, data->code_bytes.count + code.size);
		if (code.size > 0)
			memcpy(data->code_bytes.items + code.offset, bytes, code.size);
		data->code_bytes.count += code.size;
		vec_push(&data->codes, code);
	}
	return r;
}

static int read_code_lines(struct store *store, int64_t run, struct profile_data *data,
			   struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT code, offset, function, file, line FROM profile_code_line WHERE run=?"
		" ORDER BY id",
		"i", run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct profile_code_line line = {.code = (uint32_t)sqlite3_column_int64(row, 0),
						 .offset = (uint32_t)sqlite3_column_int64(row, 1),
						 .function = (uint32_t)sqlite3_column_int64(row, 2),
						 .file = (uint32_t)sqlite3_column_int64(row, 3),
						 .line = (uint32_t)sqlite3_column_int64(row, 4)};
		const struct profile_code_line *before =
			data->code_lines.count > 0
				? &data->code_lines.items[data->code_lines.count - 1]
				: &line;

		if (line.code >= data->codes.count || line.code < before->code ||
		    (line.code == before->code && line.offset < before->offset))
			return bad_row(err, run, "profile_code_line");
		vec_push(&data->code_lines, line);
	}
	return r;
}

static int read_sources(struct store *store, int64_t run, struct profile_data *data,
			struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT file, first_line, text FROM profile_source WHERE run=? ORDER BY id", "i",
		run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct profile_source source = {.file = (uint32_t)sqlite3_column_int64(row, 0),
						.first_line =
							(uint32_t)sqlite3_column_int64(row, 1),
						.text = (uint32_t)sqlite3_column_int64(row, 2)};

		if (source.text >= data->strings.texts.count)
			return bad_row(err, run, "profile_source");
		vec_push(&data->sources, source);
	}
	return r;
}

int store_read_profile(struct store *store, int64_t run, struct profile_data *data, struct err *err)
{
	static int (*const readers[])(struct store *, int64_t, struct profile_data *,
				      struct err *) = {
		read_strings, read_head,   read_truncations, read_events,
		read_modules, read_frames, read_stacks,	     read_threads,
		read_samples, read_codes,  read_code_lines,  read_sources};
	int r = 0;

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]) && r == 0; i++)
		r = readers[i](store, run, data, err);
	return r;
}
