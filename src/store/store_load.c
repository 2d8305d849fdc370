#include "store/store_load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store/sql.h"
#include "util/strbuf.h"
#include "util/vec.h"

/* ---- writing ---- */

struct blob {
	struct strbuf bytes;
	int64_t sum_ns, min_ns, max_ns;
};

/* NULL and empty histograms become NULL blobs. */
static void blob_init(struct blob *blob, const struct histogram *histogram)
{
	*blob = (struct blob){0};
	strbuf_init(&blob->bytes, 1 << 22);
	if (histogram == NULL || histogram->count == 0)
		return;
	histogram_encode(histogram, &blob->bytes);
	blob->sum_ns = (int64_t)histogram->sum_ns;
	blob->min_ns = (int64_t)histogram->min_ns;
	blob->max_ns = (int64_t)histogram->max_ns;
}

static int write_second(struct store *store, int64_t run, const struct load_second *second,
			struct err *err)
{
	const struct load_counts *counts = &second->counts;
	struct blob response, service, censored;
	int r;

	blob_init(&response, second->response);
	blob_init(&service, second->service);
	blob_init(&censored, second->censored);
	r = sql_run(store, err,
		    "INSERT INTO load_second "
		    "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		    "iiiiiiiiiiiiiibiiibiiibiii", run, (int64_t)second->second,
		    (int64_t)second->name, (int64_t)counts->offered, (int64_t)counts->answered,
		    (int64_t)counts->completed, (int64_t)counts->errors[LOAD_ERROR_CONNECT],
		    (int64_t)counts->errors[LOAD_ERROR_TIMEOUT],
		    (int64_t)counts->errors[LOAD_ERROR_PROTOCOL],
		    (int64_t)counts->errors[LOAD_ERROR_UNANSWERED],
		    (int64_t)counts->errors[LOAD_ERROR_STATUS],
		    (int64_t)counts->errors[LOAD_ERROR_EXPECT], (int64_t)counts->bytes_in,
		    (int64_t)counts->bytes_out, response.bytes.data, response.bytes.length,
		    response.sum_ns, response.min_ns, response.max_ns, service.bytes.data,
		    service.bytes.length, service.sum_ns, service.min_ns, service.max_ns,
		    censored.bytes.data, censored.bytes.length, censored.sum_ns, censored.min_ns,
		    censored.max_ns);
	strbuf_release(&response.bytes);
	strbuf_release(&service.bytes);
	strbuf_release(&censored.bytes);
	return r;
}

int store_add_load_seconds(struct store *store, int64_t run, const struct load_second *seconds,
			   size_t count, struct err *err)
{
	int r;

	if (count == 0)
		return 0;
	r = sql_begin(store, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count && r == 0; i++)
		r = write_second(store, run, &seconds[i], err);
	return sql_end(store, r, err);
}

static int write_thread_second(struct store *store, int64_t run,
			       const struct load_thread_second *second, struct err *err)
{
	return sql_run(store, err, "INSERT INTO load_thread_second VALUES(?,?,?,?,?,?,?,?,?,?,?)",
		       "iiiiiiiiiii", run, (int64_t)second->second, (int64_t)second->thread,
		       (int64_t)second->sent, (int64_t)second->in_flight, (int64_t)second->waiting,
		       (int64_t)second->cpu_ns, (int64_t)second->wait_ns,
		       (int64_t)second->longest_pass_ns, (int64_t)second->lag_p50_ns,
		       (int64_t)second->lag_max_ns);
}

int store_add_load_thread_seconds(struct store *store, int64_t run,
				  const struct load_thread_second *seconds, size_t count,
				  struct err *err)
{
	int r;

	if (count == 0)
		return 0;
	r = sql_begin(store, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count && r == 0; i++)
		r = write_thread_second(store, run, &seconds[i], err);
	return sql_end(store, r, err);
}

int store_cut_load(struct store *store, int64_t run, uint32_t seconds, struct err *err)
{
	int r = sql_begin(store, err);

	if (r < 0)
		return r;
	r = sql_run(store, err, "UPDATE load_second SET second = second - ? WHERE run=?", "ii",
		    (int64_t)seconds, run);
	if (r == 0)
		r = sql_run(store, err,
			    "UPDATE load_thread_second SET second = second - ? WHERE run=?", "ii",
			    (int64_t)seconds, run);
	return sql_end(store, r, err);
}

static int write_histogram(struct store *store, int64_t run, enum load_histogram kind,
			   const struct histogram *histogram, struct err *err)
{
	struct blob blob;
	int r;

	if (histogram == NULL || histogram->count == 0)
		return 0;
	blob_init(&blob, histogram);
	r = sql_run(store, err, "INSERT OR REPLACE INTO load_histogram VALUES(?,?,?,?,?,?)",
		    "isbiii", run, load_histogram_name(kind), blob.bytes.data, blob.bytes.length,
		    blob.sum_ns, blob.min_ns, blob.max_ns);
	strbuf_release(&blob.bytes);
	return r;
}

static int write_failure(struct store *store, int64_t run, const struct load_failure *failure,
			 struct err *err)
{
	return sql_run(store, err, "INSERT INTO load_failure VALUES(?,?,?,?,?,?,?)", "iissiii", run,
		       (int64_t)failure->name, load_error_name(failure->error), failure->text,
		       (int64_t)failure->count, (int64_t)failure->first_ns,
		       (int64_t)failure->last_ns);
}

int store_add_load_summary(struct store *store, int64_t run,
			   const struct store_load_summary *summary,
			   const struct load_failure *failures, size_t failure_count,
			   struct err *err)
{
	int r = sql_begin(store, err);

	if (r < 0)
		return r;
	r = sql_run(store, err,
		    "INSERT OR REPLACE INTO load_summary "
		    "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		    "issiidiiiiiiisissiiiiis", run, summary->url, summary->mode,
		    (int64_t)summary->connections, (int64_t)summary->threads, summary->rate_hz,
		    (int64_t)summary->begin_ns, (int64_t)summary->end_ns,
		    (int64_t)summary->timeout_ns, (int64_t)summary->client_cpu_ns,
		    (int64_t)summary->client_wait_ns, (int64_t)summary->in_flight_max,
		    (int64_t)summary->reconnects, summary->schedule, (int64_t)summary->depth,
		    summary->protocol, summary->tls_cipher, (int64_t)summary->resolve_ns,
		    (int64_t)summary->connects, (int64_t)summary->tls_resumed,
		    (int64_t)summary->resent, (int64_t)summary->cut_seconds, summary->warmup);
	for (int i = 0; summary->histograms != NULL && i < LOAD_HISTOGRAM_COUNT && r == 0; i++)
		r = write_histogram(store, run, (enum load_histogram)i, summary->histograms[i],
				    err);
	for (size_t i = 0; i < failure_count && r == 0; i++)
		r = write_failure(store, run, &failures[i], err);
	return sql_end(store, r, err);
}

int store_add_load_status(struct store *store, int64_t run, uint32_t name,
			  const uint64_t status[LOAD_STATUS_SLOTS], struct err *err)
{
	int r = sql_begin(store, err);

	if (r < 0)
		return r;
	for (int i = 0; i < LOAD_STATUS_SLOTS && r == 0; i++)
		if (status[i] > 0)
			r = sql_run(store, err, "INSERT INTO load_status VALUES(?,?,?,?)", "iiii",
				    run, (int64_t)name, (int64_t)i, (int64_t)status[i]);
	return sql_end(store, r, err);
}

/* ---- reading ---- */

/* Columns blob, sum, min, max from `column` on. */
static int read_histogram(sqlite3_stmt *row, int column, struct histogram *histogram,
			  struct err *err)
{
	const void *bytes = sqlite3_column_blob(row, column);

	histogram_clear(histogram);
	if (bytes == NULL)
		return 0;
	return histogram_decode_add_exact(
		histogram, bytes, (size_t)sqlite3_column_bytes(row, column),
		sql_u64(row, column + 1), sql_u64(row, column + 2), sql_u64(row, column + 3), err);
}

int store_read_seconds(struct store *store, int64_t run, store_second_fn callback, void *context,
		       struct err *err)
{
	scoped_statement sqlite3_stmt *row =
		sql_query(store, err,
			  "SELECT second, name, offered, answered, completed, connect, "
			  "timeout, protocol, unanswered, status, expect,"
			  " bytes_in, bytes_out, response, response_sum_ns, response_min_ns, "
			  "response_max_ns, service,"
			  " service_sum_ns, service_min_ns, service_max_ns, censored, "
			  "censored_sum_ns, censored_min_ns, censored_max_ns FROM load_second "
			  "WHERE run=? AND second >= 0 ORDER BY second, name",
			  "i", run);
	scoped(histogram_cleanup) struct histogram *response = histogram_new();
	scoped(histogram_cleanup) struct histogram *service = histogram_new();
	scoped(histogram_cleanup) struct histogram *censored = histogram_new();
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct load_second second = {.second = (uint32_t)sqlite3_column_int64(row, 0),
					     .name = (uint32_t)sqlite3_column_int64(row, 1),
					     .response = response,
					     .service = service,
					     .censored = censored};

		second.counts.offered = sql_u64(row, 2);
		second.counts.answered = sql_u64(row, 3);
		second.counts.completed = sql_u64(row, 4);
		for (int i = 0; i < LOAD_ERROR_COUNT; i++)
			second.counts.errors[i] = sql_u64(row, 5 + i);
		second.counts.bytes_in = sql_u64(row, 11);
		second.counts.bytes_out = sql_u64(row, 12);
		r = read_histogram(row, 13, response, err);
		if (r == 0)
			r = read_histogram(row, 17, service, err);
		if (r == 0)
			r = read_histogram(row, 21, censored, err);
		if (r == 0)
			r = callback(context, &second);
		if (r < 0)
			return r;
	}
	return r;
}

int store_list_status(struct store *store, struct arena *arena, int64_t run,
		      struct stored_status **ret_status, uint32_t *ret_count, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err, "SELECT name, status, count FROM load_status WHERE run=?", "i", run);
	VEC(struct stored_status) list = {0};
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err))
		vec_push(&list,
			 (struct stored_status){.name = (uint32_t)sqlite3_column_int64(row, 0),
						.status = (uint32_t)sqlite3_column_int64(row, 1),
						.count = sql_u64(row, 2)});
	sql_move_to_arena(arena, list, ret_status, ret_count);
	return r;
}

static enum load_error parse_load_error(const char *text)
{
	for (int i = 0; i < LOAD_ERROR_COUNT; i++)
		if (strcmp(load_error_name((enum load_error)i), text) == 0)
			return (enum load_error)i;
	return LOAD_ERROR_PROTOCOL;
}

int store_list_failures(struct store *store, struct arena *arena, int64_t run,
			struct load_failure **ret_failures, uint32_t *ret_count, struct err *err)
{
	scoped_statement sqlite3_stmt *row =
		sql_query(store, err,
			  "SELECT name, class, text, count, first_ns, last_ns FROM load_failure "
			  "WHERE run=? ORDER BY count DESC",
			  "i", run);
	VEC(struct load_failure) list = {0};
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		struct load_failure failure = {.name = (uint32_t)sqlite3_column_int64(row, 0),
					       .error = parse_load_error(sql_text(row, 1)),
					       .count = sql_u64(row, 3),
					       .first_ns = sql_u64(row, 4),
					       .last_ns = sql_u64(row, 5)};

		snprintf(failure.text, sizeof(failure.text), "%s", sql_text(row, 2));
		vec_push(&list, failure);
	}
	sql_move_to_arena(arena, list, ret_failures, ret_count);
	return r;
}

int store_read_load_thread_seconds(struct store *store, struct arena *arena, int64_t run,
				   struct load_thread_second **ret_seconds, uint32_t *ret_count,
				   struct err *err)
{
	scoped_statement sqlite3_stmt *row =
		sql_query(store, err,
			  "SELECT second, thread, sent, in_flight, waiting, cpu_ns, wait_ns, "
			  "longest_pass_ns, lag_p50_ns, lag_max_ns FROM load_thread_second "
			  "WHERE run=? AND second >= 0 ORDER BY second, thread",
			  "i", run);
	VEC(struct load_thread_second) list = {0};
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err))
		vec_push(&list, (struct load_thread_second){
					.second = (uint32_t)sql_u64(row, 0),
					.thread = (uint32_t)sql_u64(row, 1),
					.sent = sql_u64(row, 2),
					.in_flight = sql_u64(row, 3),
					.waiting = sql_u64(row, 4),
					.cpu_ns = sql_u64(row, 5),
					.wait_ns = sql_u64(row, 6),
					.longest_pass_ns = sql_u64(row, 7),
					.lag_p50_ns = sql_u64(row, 8),
					.lag_max_ns = sql_u64(row, 9),
				});
	sql_move_to_arena(arena, list, ret_seconds, ret_count);
	return r;
}

static int read_histograms(struct store *store, int64_t run, struct stored_load_summary *summary,
			   struct err *err)
{
	scoped_statement sqlite3_stmt *row =
		sql_query(store, err,
			  "SELECT kind, data, sum_ns, min_ns, max_ns FROM load_histogram "
			  "WHERE run=?",
			  "i", run);
	int r = sql_next(store, row, err);

	for (; r == 1; r = sql_next(store, row, err)) {
		for (int i = 0; i < LOAD_HISTOGRAM_COUNT && r >= 0; i++) {
			if (strcmp(sql_text(row, 0), load_histogram_name((enum load_histogram)i)) !=
			    0)
				continue;
			if (summary->histograms[i] == NULL)
				summary->histograms[i] = histogram_new();
			r = read_histogram(row, 1, summary->histograms[i], err);
		}
		if (r < 0)
			return r;
	}
	return r;
}

void store_release_load_summary(struct stored_load_summary *summary)
{
	for (int i = 0; i < LOAD_HISTOGRAM_COUNT; i++) {
		histogram_free(summary->histograms[i]);
		summary->histograms[i] = NULL;
	}
}

int store_read_load_summary(struct store *store, struct arena *arena, int64_t run,
			    struct stored_load_summary *ret_summary, struct err *err)
{
	scoped_statement sqlite3_stmt *row = sql_query(
		store, err,
		"SELECT url, mode, connections, threads, rate_hz, begin_ns, end_ns, timeout_ns, "
		"client_cpu_ns, client_wait_ns, in_flight_max, reconnects, schedule, depth, "
		"protocol, tls_cipher, resolve_ns, connects, tls_resumed, resent, cut_seconds, "
		"warmup FROM load_summary WHERE run=?",
		"i", run);
	struct stored_load_summary summary = {0};
	int r = sql_next(store, row, err);

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	summary.url = arena_strdup(arena, sql_text(row, 0));
	summary.mode = arena_strdup(arena, sql_text(row, 1));
	summary.connections = (uint32_t)sql_u64(row, 2);
	summary.threads = (uint32_t)sql_u64(row, 3);
	summary.rate_hz = sqlite3_column_double(row, 4);
	summary.begin_ns = sql_u64(row, 5);
	summary.end_ns = sql_u64(row, 6);
	summary.timeout_ns = sql_u64(row, 7);
	summary.client_cpu_ns = sql_u64(row, 8);
	summary.client_wait_ns = sql_u64(row, 9);
	summary.in_flight_max = sql_u64(row, 10);
	summary.reconnects = sql_u64(row, 11);
	summary.schedule = arena_strdup(arena, sql_text(row, 12));
	summary.depth = (uint32_t)sql_u64(row, 13);
	summary.protocol = arena_strdup(arena, sql_text(row, 14));
	summary.tls_cipher = arena_strdup(arena, sql_text(row, 15));
	summary.resolve_ns = sql_u64(row, 16);
	summary.connects = sql_u64(row, 17);
	summary.tls_resumed = sql_u64(row, 18);
	summary.resent = sql_u64(row, 19);
	summary.cut_seconds = (uint32_t)sql_u64(row, 20);
	summary.warmup = arena_strdup(arena, sql_text(row, 21));
	r = read_histograms(store, run, &summary, err);
	if (r < 0)
		store_release_load_summary(&summary);
	else
		*ret_summary = summary;
	return r;
}
