/*
 * The profile's tables to rows (store_write.h). Samples go in chunks of LEB128 numbers, of which
 * docs/formats/store.md has the form; store_profile_read.c reads them back.
 */
#include "store/sql.h"
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

/* Whether a sample's period has to be said: else it is its event's. */
static bool has_period(const struct profile_data *data, const struct sample *sample)
{
	return sample->event >= data->events.count ||
	       sample->period != data->events.items[sample->event].period;
}

static int write_chunk(struct store *store, int64_t run, const struct profile_data *data,
		       const struct sample *samples, size_t count, struct err *err)
{
	struct strbuf bytes;
	uint64_t before = samples[0].time_ns;
	int r;

	strbuf_init(&bytes, 1 << 20);
	for (size_t i = 0; i < count; i++) {
		const struct sample *sample = &samples[i];
		bool is_odd = has_period(data, sample);

		add_leb(&bytes, sample->time_ns > before ? sample->time_ns - before : 0);
		add_leb(&bytes, sample->thread);
		add_leb(&bytes, sample->stack);
		add_leb(&bytes, (uint64_t)sample->event << 1 | is_odd);
		/* 0 = unknown, the greatest of its type */
		add_leb(&bytes, (uint16_t)(sample->cpu + 1));
		if (is_odd)
			add_leb(&bytes, sample->period);
		before = sample->time_ns > before ? sample->time_ns : before;
	}
	r = sql_run(store, err, "INSERT INTO sample_chunk VALUES(?,?,?,?,3)", "iiib", run,
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

		r = write_chunk(store, run, data, data->samples.items + i,
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

		r = sql_run(store, err, "INSERT INTO module VALUES(?,?,?,?,?,?,?)", "iiiibii", run,
			    (int64_t)i, (int64_t)module->path, (int64_t)module->kind,
			    module->build_id_length > 0 ? module->build_id : NULL,
			    (size_t)module->build_id_length, (int64_t)module->flags,
			    (int64_t)module->trouble);
	}
	return r;
}

static int write_frames(struct store *store, int64_t run, const struct profile_data *data,
			struct err *err)
{
	scoped_statement sqlite3_stmt *statement =
		sql_query(store, err, "INSERT INTO frame VALUES(?,?,?,?,?,?,?,?)", "");
	int r = statement != NULL ? 0 : sql_next(store, NULL, err);

	for (size_t i = 0; i < data->frames.count && r == 0; i++) {
		const struct frame *frame = &data->frames.items[i];

		r = sql_rerun(store, statement, err, "iiiiiiii", run, (int64_t)i,
			      (int64_t)frame->module, (int64_t)frame->svma,
			      (int64_t)frame->function, (int64_t)frame->file, (int64_t)frame->line,
			      (int64_t)frame->inline_depth);
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

static int write_strings(struct store *store, int64_t run, const struct profile_data *data,
			 struct err *err)
{
	scoped_statement sqlite3_stmt *statement =
		sql_query(store, err, "INSERT INTO profile_string VALUES(?,?,?)", "");
	int r = statement != NULL ? 0 : sql_next(store, NULL, err);

	for (size_t i = 0; i < data->strings.texts.count && r == 0; i++)
		r = sql_rerun(store, statement, err, "iis", run, (int64_t)i,
			      data->strings.texts.items[i]);
	return r;
}

static int write_threads(struct store *store, int64_t run, const struct profile_data *data,
			 struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < data->threads.count && r == 0; i++) {
		const struct profile_thread *thread = &data->threads.items[i];

		r = sql_run(store, err, "INSERT INTO thread VALUES(?,?,?,?,?,?)", "iiiiii", run,
			    (int64_t)i, (int64_t)thread->pid, (int64_t)thread->tid,
			    (int64_t)thread->comm, (int64_t)thread->role);
	}
	return r;
}

static int write_events(struct store *store, int64_t run, const struct profile_data *data,
			struct err *err)
{
	const uint64_t *counts = data->quality.truncations;
	int r = 0;

	for (size_t i = 0; i < data->events.count && r == 0; i++) {
		const struct profile_event *event = &data->events.items[i];

		r = sql_run(store, err, "INSERT INTO profile_event VALUES(?,?,?,?,?)", "iisii", run,
			    (int64_t)i, string_table_get(&data->strings, event->name),
			    (int64_t)event->period, (int64_t)event->is_clock);
	}
	for (int i = 0; i < TRUNCATION_COUNT && r == 0; i++)
		if (counts[i] > 0)
			r = sql_run(store, err, "INSERT INTO profile_truncation VALUES(?,?,?)",
				    "isi", run, profile_data_get_truncation((enum truncation)i),
				    (int64_t)counts[i]);
	return r;
}

static int write_codes(struct store *store, int64_t run, const struct profile_data *data,
		       struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < data->codes.count && r == 0; i++) {
		const struct profile_code *code = &data->codes.items[i];
		const void *bytes =
			code->size > 0 ? data->code_bytes.items + code->offset : (const void *)"";

		r = sql_run(store, err, "INSERT INTO profile_code VALUES(?,?,?,?,?,?)", "iiiiib",
			    run, (int64_t)i, (int64_t)code->module, (int64_t)code->function,
			    (int64_t)code->svma, bytes, (size_t)code->size);
	}
	for (size_t i = 0; i < data->sources.count && r == 0; i++) {
		const struct profile_source *source = &data->sources.items[i];

		r = sql_run(store, err, "INSERT INTO profile_source VALUES(?,?,?,?,?)", "iiiii",
			    run, (int64_t)i, (int64_t)source->file, (int64_t)source->first_line,
			    (int64_t)source->text);
	}
	return r;
}

static int write_code_lines(struct store *store, int64_t run, const struct profile_data *data,
			    struct err *err)
{
	scoped_statement sqlite3_stmt *statement =
		sql_query(store, err, "INSERT INTO profile_code_line VALUES(?,?,?,?,?,?,?)", "");
	int r = statement != NULL ? 0 : sql_next(store, NULL, err);

	for (size_t i = 0; i < data->code_lines.count && r == 0; i++) {
		const struct profile_code_line *line = &data->code_lines.items[i];

		r = sql_rerun(store, statement, err, "iiiiiii", run, (int64_t)i,
			      (int64_t)line->code, (int64_t)line->offset, (int64_t)line->function,
			      (int64_t)line->file, (int64_t)line->line);
	}
	return r;
}

static int write_head(struct store *store, int64_t run, const struct profile_data *data,
		      struct err *err)
{
	const struct profile_quality *quality = &data->quality;

	return sql_run(
		store, err, "INSERT INTO profile VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		"issdiiiiiiiiiiiiiii", run, string_table_get(&data->strings, data->sampler),
		string_table_get(&data->strings, data->stacks_from), data->frequency_hz,
		(int64_t)quality->sample_count, (int64_t)quality->complete_count,
		(int64_t)quality->joined_count, (int64_t)quality->truncated_count,
		(int64_t)quality->audited_count, (int64_t)quality->audit_mismatch_count,
		(int64_t)quality->lost_count, (int64_t)quality->throttled_count,
		(int64_t)quality->is_kernel_hidden, (int64_t)quality->kernel_hidden_ns,
		(int64_t)quality->bytes_from_kernel, (int64_t)quality->stack_bytes,
		(int64_t)quality->cpu_ns, (int64_t)quality->stop_count, (int64_t)quality->stop_ns);
}

int store_add_profile(struct store *store, int64_t run, const struct profile_data *data,
		      struct err *err)
{
	static int (*const writers[])(struct store *, int64_t, const struct profile_data *,
				      struct err *) = {
		write_head,   write_strings, write_threads, write_events, write_modules,
		write_frames, write_stacks,  write_samples, write_codes,  write_code_lines};
	int r = sql_begin(store, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]) && r == 0; i++)
		r = writers[i](store, run, data, err);
	return sql_end(store, r, err);
}
