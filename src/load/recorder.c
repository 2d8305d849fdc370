#include "load/recorder.h"

#include <math.h>
#include <stdlib.h>

#include "load/cpu_window.h"
#include "stats/quantile.h"
#include "util/alloc.h"
#include "util/clock.h"

enum { ROWS_AT_ONCE = 4096 };

void recorder_init(struct recorder *recorder, const struct recorder_config *config)
{
	uint32_t name_count = config->name_count;

	*recorder = (struct recorder){
		.collector = config->collector,
		.name_count = name_count,
		.is_closed_loop = config->is_closed_loop,
		.is_raw = config->is_raw,
		.has_slots = config->has_slots,
		.begin_ns = UINT64_MAX,
		.counts = alloc_array(name_count, sizeof(struct load_counts)),
		.status = alloc_array((size_t)name_count * LOAD_STATUS_SLOTS, sizeof(uint64_t)),
		.first_byte = histogram_new(),
		.transfer = histogram_new(),
		.thread_second = {.thread = config->thread},
	};
	for (int i = 0; i < RECORDER_OPEN_SECONDS; i++) {
		struct recorder_second *open = &recorder->open[i];

		open->response = alloc_array(name_count, sizeof(open->response[0]));
		open->service = alloc_array(name_count, sizeof(open->service[0]));
		open->censored = alloc_array(name_count, sizeof(open->censored[0]));
		for (uint32_t name = 0; name < name_count; name++) {
			open->response[name] = histogram_new();
			open->service[name] = config->is_closed_loop ? NULL : histogram_new();
		}
	}
	if (config->is_closed_loop)
		return;
	recorder->send_lag = histogram_new();
	recorder->intended_gaps = histogram_new();
	recorder->sent_gaps = histogram_new();
	recorder->second_lag = histogram_new();
}

void recorder_release(struct recorder *recorder)
{
	for (int i = 0; i < RECORDER_OPEN_SECONDS; i++) {
		struct recorder_second *open = &recorder->open[i];

		for (uint32_t name = 0; open->response != NULL && name < recorder->name_count;
		     name++) {
			histogram_free(open->response[name]);
			histogram_free(open->service[name]);
			histogram_free(open->censored[name]);
		}
		free(open->response);
		free(open->service);
		free(open->censored);
	}
	histogram_free(recorder->send_lag);
	histogram_free(recorder->intended_gaps);
	histogram_free(recorder->sent_gaps);
	histogram_free(recorder->first_byte);
	histogram_free(recorder->transfer);
	histogram_free(recorder->second_lag);
	vec_release(&recorder->rows);
	free(recorder->counts);
	free(recorder->status);
	*recorder = (struct recorder){0};
}

void recorder_begin(struct recorder *recorder, uint64_t begin_ns)
{
	recorder->begin_ns = begin_ns;
	recorder->current_end_ns = begin_ns + NS_PER_S;
}

static void flush_counts(struct recorder *recorder)
{
	for (uint32_t name = 0; name < recorder->name_count; name++) {
		struct load_counts *counts = &recorder->counts[name];

		if (counts->offered == 0 && counts->completed == 0)
			continue;
		collector_add_counts(recorder->collector, recorder->current_second, name, counts);
		*counts = (struct load_counts){0};
	}
}

static uint32_t second_of(const struct recorder *recorder, uint64_t time_ns)
{
	return (uint32_t)((time_ns - recorder->begin_ns) / NS_PER_S);
}

static void flush_rows(struct recorder *recorder)
{
	if (recorder->rows.count > 0)
		collector_add_rows(recorder->collector, recorder->rows.items, recorder->rows.count);
	vec_clear(&recorder->rows);
}

/* A send is recorded once, in its second; the window's histogram is put together from them. */
static void flush_lag(struct recorder *recorder)
{
	struct histogram *lag = recorder->second_lag;

	if (lag == NULL || lag->count == 0)
		return;
	recorder->thread_second.lag_p50_ns = quantile_of_histogram(lag, 0.5);
	recorder->thread_second.lag_max_ns = lag->max_ns;
	histogram_merge(recorder->send_lag, lag);
	histogram_clear(lag);
}

static void flush_thread_second(struct recorder *recorder)
{
	struct load_thread_second *second = &recorder->thread_second;
	uint64_t cpu_ns, wait_ns;

	flush_lag(recorder);
	if (!recorder->is_begun)
		return;
	cpu_window_read(&cpu_ns, &wait_ns);
	second->second = recorder->current_second;
	second->cpu_ns = cpu_ns - recorder->cpu_ns;
	second->wait_ns = wait_ns - recorder->wait_ns;
	recorder->cpu_ns = cpu_ns;
	recorder->wait_ns = wait_ns;
	collector_add_thread_second(recorder->collector, second);
	*second = (struct load_thread_second){.thread = second->thread};
}

static void change_second(struct recorder *recorder, uint64_t now_ns)
{
	uint64_t answered = 0;

	for (uint32_t name = 0; name < recorder->name_count; name++)
		answered += recorder->counts[name].answered;
	flush_counts(recorder);
	flush_thread_second(recorder);
	flush_rows(recorder);
	collector_close_second(recorder->collector, recorder->current_second, answered);
	recorder->current_second = second_of(recorder, now_ns);
	recorder->current_end_ns =
		recorder->begin_ns + (recorder->current_second + 1ull) * NS_PER_S;
}

/* Hands over one name's latencies; false when there is nothing left of this second. */
static bool flush_name(struct recorder *recorder, struct recorder_second *open)
{
	for (uint32_t name = 0; name < recorder->name_count; name++) {
		struct histogram *response = open->response[name];
		struct histogram *service =
			recorder->is_closed_loop ? response : open->service[name];

		if (open->censored[name] != NULL && open->censored[name]->count > 0) {
			collector_add_censored(recorder->collector, open->second, name,
					       open->censored[name]);
			histogram_clear(open->censored[name]);
		}
		if (response->count == 0)
			continue;
		collector_add_latency(recorder->collector, open->second, name, response, service);
		histogram_clear(response);
		if (service != response)
			histogram_clear(service);
		return true;
	}
	open->is_open = false;
	return false;
}

static void flush_second(struct recorder *recorder, struct recorder_second *open)
{
	while (open->is_open && flush_name(recorder, open))
		;
}

static struct recorder_second *find_open(struct recorder *recorder, uint64_t intended_ns,
					 uint64_t now_ns)
{
	uint32_t second = second_of(recorder, intended_ns);
	struct recorder_second *open = &recorder->open[second % RECORDER_OPEN_SECONDS];
	uint64_t complete_ns = recorder->begin_ns + (second + 2ull) * NS_PER_S;

	if (open->is_open && open->second == second)
		return open;
	flush_second(recorder, open);
	open->is_open = true;
	open->second = second;
	open->flush_ns = complete_ns > now_ns ? complete_ns : now_ns + NS_PER_S;
	return open;
}

static void add_to_slot(struct recorder *recorder, uint64_t done_ns, uint64_t response_ns)
{
	uint64_t since_ns =
		done_ns - recorder->begin_ns - recorder->current_second * (uint64_t)NS_PER_S;
	uint64_t slot = since_ns / (NS_PER_S / LOAD_SLOTS_PER_SECOND);

	if (slot >= LOAD_SLOTS_PER_SECOND)
		return;
	recorder->thread_second.slots[slot].answered++;
	recorder->thread_second.slots[slot].log_sum += log((double)(response_ns | 1));
}

static void add_latency(struct recorder *recorder, const struct recorder_entry *entry)
{
	struct recorder_second *open = find_open(recorder, entry->intended_ns, entry->done_ns);

	uint64_t response_ns = entry->done_ns - entry->intended_ns;

	histogram_record(open->response[entry->name], response_ns);
	if (!recorder->is_closed_loop)
		histogram_record(open->service[entry->name], entry->done_ns - entry->sent_ns);
	histogram_record(recorder->first_byte, entry->first_byte_ns - entry->sent_ns);
	histogram_record(recorder->transfer, entry->done_ns - entry->first_byte_ns);
	if (recorder->has_slots)
		add_to_slot(recorder, entry->done_ns, response_ns);
}

/* It waited at least this long. Rare: the memory is made when it is needed. */
static void add_censored(struct recorder *recorder, const struct recorder_entry *entry)
{
	struct recorder_second *open = find_open(recorder, entry->intended_ns, entry->done_ns);
	struct histogram **censored = &open->censored[entry->name];

	if (*censored == NULL)
		*censored = histogram_new();
	histogram_record(*censored, entry->done_ns - entry->intended_ns);
}

static void add_row(struct recorder *recorder, const struct recorder_entry *entry)
{
	vec_push(&recorder->rows,
		 (struct load_row){
			 .intended_ns = entry->intended_ns,
			 .sent_ns = entry->sent_ns,
			 .first_byte_ns = entry->first_byte_ns,
			 .last_byte_ns =
				 entry->failure.error >= LOAD_ERROR_STATUS ? entry->done_ns : 0,
			 .name = entry->name,
			 .status = entry->status,
			 .error = (uint8_t)entry->failure.error,
		 });
	if (recorder->rows.count >= ROWS_AT_ONCE)
		flush_rows(recorder);
}

void recorder_add_send(struct recorder *recorder, uint64_t intended_ns, uint64_t sent_ns,
		       uint64_t end_ns)
{
	uint64_t lag_ns = sent_ns - intended_ns;

	if (intended_ns < recorder->begin_ns || intended_ns >= end_ns)
		return;
	recorder->thread_second.sent++;
	if (recorder->is_closed_loop)
		return;
	histogram_record(recorder->second_lag, lag_ns);
	if (recorder->last_sent_ns > 0) {
		histogram_record(recorder->intended_gaps, intended_ns - recorder->last_intended_ns);
		histogram_record(recorder->sent_gaps, sent_ns - recorder->last_sent_ns);
	}
	recorder->last_intended_ns = intended_ns;
	recorder->last_sent_ns = sent_ns;
}

void recorder_add(struct recorder *recorder, const struct recorder_entry *entry, uint64_t end_ns)
{
	struct load_counts *counts = &recorder->counts[entry->name];
	enum load_error error = entry->failure.error;

	bool is_due = entry->intended_ns >= recorder->begin_ns && entry->intended_ns < end_ns;
	bool is_completed = error >= LOAD_ERROR_STATUS && entry->done_ns >= recorder->begin_ns &&
			    entry->done_ns < end_ns;

	if (!is_due && !is_completed)
		return;
	if (entry->done_ns >= recorder->current_end_ns)
		change_second(recorder, entry->done_ns);
	counts->completed += is_completed;
	if (!is_due)
		return;
	counts->offered++;
	counts->bytes_in += entry->bytes_in;
	counts->bytes_out += entry->bytes_out;
	if (error < LOAD_ERROR_COUNT) {
		counts->errors[error]++;
		failure_table_add(&recorder->failures, entry->name, &entry->failure,
				  entry->done_ns);
	}
	if (recorder->is_raw)
		add_row(recorder, entry);
	if (error == LOAD_ERROR_TIMEOUT || error == LOAD_ERROR_UNANSWERED)
		add_censored(recorder, entry);
	if (error < LOAD_ERROR_STATUS) /* STATUS and EXPECT are answers */
		return;
	counts->answered++;
	recorder->status[entry->name * LOAD_STATUS_SLOTS + entry->status]++;
	add_latency(recorder, entry);
}

void recorder_tick(struct recorder *recorder, uint64_t now_ns)
{
	if (now_ns < recorder->begin_ns)
		return;
	if (!recorder->is_begun) {
		recorder->is_begun = true;
		cpu_window_read(&recorder->cpu_ns, &recorder->wait_ns);
	}
	if (now_ns >= recorder->current_end_ns)
		change_second(recorder, now_ns);
	for (int i = 0; i < RECORDER_OPEN_SECONDS; i++) {
		struct recorder_second *open = &recorder->open[i];

		if (open->is_open && now_ns >= open->flush_ns && flush_name(recorder, open))
			return; /* one at a time: requests wait meanwhile */
	}
}

void recorder_finish(struct recorder *recorder)
{
	flush_counts(recorder);
	flush_thread_second(recorder);
	flush_rows(recorder);
	for (int i = 0; i < RECORDER_OPEN_SECONDS; i++)
		flush_second(recorder, &recorder->open[i]);
}
