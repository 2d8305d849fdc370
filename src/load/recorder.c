#include "load/recorder.h"

#include <stdlib.h>

#include "util/alloc.h"
#include "util/clock.h"

void recorder_init(struct recorder *recorder, struct collector *collector, uint32_t name_count,
		   bool is_closed_loop)
{
	*recorder = (struct recorder){
		.collector = collector,
		.name_count = name_count,
		.is_closed_loop = is_closed_loop,
		.begin_ns = UINT64_MAX,
		.counts = alloc_array(name_count, sizeof(struct load_counts)),
		.status = alloc_array((size_t)name_count * LOAD_STATUS_SLOTS, sizeof(uint64_t)),
	};
	for (int i = 0; i < RECORDER_OPEN_SECONDS; i++) {
		struct recorder_second *open = &recorder->open[i];

		open->response = alloc_array(name_count, sizeof(open->response[0]));
		open->service = alloc_array(name_count, sizeof(open->service[0]));
		for (uint32_t name = 0; name < name_count; name++) {
			open->response[name] = histogram_new();
			open->service[name] = is_closed_loop ? NULL : histogram_new();
		}
	}
}

void recorder_release(struct recorder *recorder)
{
	for (int i = 0; i < RECORDER_OPEN_SECONDS; i++) {
		struct recorder_second *open = &recorder->open[i];

		for (uint32_t name = 0; open->response != NULL && name < recorder->name_count;
		     name++) {
			histogram_free(open->response[name]);
			histogram_free(open->service[name]);
		}
		free(open->response);
		free(open->service);
	}
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

static void change_second(struct recorder *recorder, uint64_t now_ns)
{
	uint64_t answered = 0;

	for (uint32_t name = 0; name < recorder->name_count; name++)
		answered += recorder->counts[name].answered;
	flush_counts(recorder);
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

static void add_latency(struct recorder *recorder, const struct recorder_entry *entry)
{
	struct recorder_second *open = find_open(recorder, entry->intended_ns, entry->done_ns);

	histogram_record(open->response[entry->name], entry->done_ns - entry->intended_ns);
	if (!recorder->is_closed_loop)
		histogram_record(open->service[entry->name], entry->done_ns - entry->sent_ns);
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
	for (int i = 0; i < RECORDER_OPEN_SECONDS; i++)
		flush_second(recorder, &recorder->open[i]);
}
