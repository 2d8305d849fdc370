#include "load/load_result.h"

#include <stdlib.h>
#include <string.h>

static void merge_failures(struct load_result *result, const struct failure_table *table)
{
	for (uint32_t i = 0; i < table->count; i++) {
		const struct load_failure *from = &table->failures[i];
		size_t at = 0;

		while (at < result->failures.count &&
		       (result->failures.items[at].name != from->name ||
			result->failures.items[at].error != from->error ||
			strcmp(result->failures.items[at].text, from->text) != 0))
			at++;
		if (at == result->failures.count) {
			vec_push(&result->failures, *from);
			continue;
		}
		result->failures.items[at].count += from->count;
		if (from->first_ns < result->failures.items[at].first_ns)
			result->failures.items[at].first_ns = from->first_ns;
		if (from->last_ns > result->failures.items[at].last_ns)
			result->failures.items[at].last_ns = from->last_ns;
	}
}

void load_result_add_worker(struct load_result *result, const struct worker *worker)
{
	for (uint32_t name = 0; name < result->request_count; name++) {
		const uint64_t *status = worker->recorder.status + (size_t)name * LOAD_STATUS_SLOTS;

		for (uint32_t i = 0; i < LOAD_STATUS_SLOTS; i++)
			result->totals[name].status[i] += status[i];
	}
	if (result->send_lag != NULL)
		histogram_merge(result->send_lag, worker->send_lag);
	merge_failures(result, &worker->recorder.failures);
	result->client_cpu_ns += worker->cpu.cpu_ns;
	result->client_wait_ns += worker->cpu.wait_ns;
	result->in_flight_max += worker->in_flight_max;
	result->connects += worker->connects;
	result->reconnects_in_window += worker->reconnects_in_window;
	if (worker->end_ns > result->drain_end_ns)
		result->drain_end_ns = worker->end_ns;
}

void load_result_release(struct load_result *result)
{
	for (uint32_t i = 0; i < result->request_count && result->totals != NULL; i++) {
		histogram_free(result->totals[i].response);
		histogram_free(result->totals[i].service);
	}
	free(result->totals);
	histogram_free(result->send_lag);
	vec_release(&result->failures);
	*result = (struct load_result){0};
}

void load_batch_release(struct load_batch *batch)
{
	for (size_t i = 0; i < batch->seconds.count; i++) {
		histogram_free(batch->seconds.items[i].response);
		histogram_free(batch->seconds.items[i].service);
	}
	vec_release(&batch->seconds);
}
