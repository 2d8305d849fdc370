#include "load/load_result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

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

static void merge(struct load_result *result, enum load_histogram kind,
		  const struct histogram *from)
{
	if (result->histograms[kind] != NULL && from != NULL)
		histogram_merge(result->histograms[kind], from);
}

void load_result_add_worker(struct load_result *result, const struct worker *worker)
{
	for (uint32_t name = 0; name < result->name_count; name++) {
		const uint64_t *status = worker->recorder.status + (size_t)name * LOAD_STATUS_SLOTS;

		for (uint32_t i = 0; i < LOAD_STATUS_SLOTS; i++)
			result->totals[name].status[i] += status[i];
	}
	merge(result, LOAD_HISTOGRAM_SEND_LAG, worker->recorder.send_lag);
	merge(result, LOAD_HISTOGRAM_INTENDED_GAP, worker->recorder.intended_gaps);
	merge(result, LOAD_HISTOGRAM_SENT_GAP, worker->recorder.sent_gaps);
	merge(result, LOAD_HISTOGRAM_CONNECT, worker->connect_times);
	merge(result, LOAD_HISTOGRAM_TLS, worker->tls_times);
	merge(result, LOAD_HISTOGRAM_FIRST_BYTE, worker->recorder.first_byte);
	merge(result, LOAD_HISTOGRAM_TRANSFER, worker->recorder.transfer);
	merge_failures(result, &worker->recorder.failures);
	result->threads[worker->index] = (struct load_thread_usage){.cpu_ns = worker->cpu.cpu_ns,
								    .wait_ns = worker->cpu.wait_ns};
	result->client_cpu_ns += worker->cpu.cpu_ns;
	result->client_wait_ns += worker->cpu.wait_ns;
	result->in_flight_max += worker->in_flight_max;
	result->connects += worker->connects;
	result->reconnects_in_window += worker->reconnects_in_window;
	result->resent += worker->resent;
	result->tls_resumed += worker->tls_resumed;
	if (worker->protocol != NULL)
		snprintf(result->protocol, sizeof(result->protocol), "%s", worker->protocol);
	if (worker->tls_cipher[0] != '\0')
		snprintf(result->tls_cipher, sizeof(result->tls_cipher), "%s", worker->tls_cipher);
	if (worker->end_ns > result->drain_end_ns)
		result->drain_end_ns = worker->end_ns;
}

void load_result_init(struct load_result *result, uint32_t threads, bool is_open_loop)
{
	*result = (struct load_result){
		.thread_count = threads,
		.threads = alloc_array(threads, sizeof(result->threads[0])),
	};
	for (int i = is_open_loop ? 0 : LOAD_HISTOGRAM_CONNECT; i < LOAD_HISTOGRAM_COUNT; i++)
		result->histograms[i] = histogram_new();
}

void load_result_release(struct load_result *result)
{
	for (uint32_t i = 0; i < result->name_count && result->totals != NULL; i++) {
		histogram_free(result->totals[i].response);
		histogram_free(result->totals[i].service);
		histogram_free(result->totals[i].censored);
	}
	free(result->totals);
	for (int i = 0; i < LOAD_HISTOGRAM_COUNT; i++)
		histogram_free(result->histograms[i]);
	free(result->threads);
	vec_release(&result->failures);
	*result = (struct load_result){0};
}

void load_batch_release(struct load_batch *batch)
{
	for (size_t i = 0; i < batch->seconds.count; i++) {
		histogram_free(batch->seconds.items[i].response);
		histogram_free(batch->seconds.items[i].service);
		histogram_free(batch->seconds.items[i].censored);
	}
	vec_release(&batch->seconds);
	vec_release(&batch->threads);
	vec_release(&batch->rows);
}

void load_result_sum(const struct load_result *result, struct load_total *total)
{
	for (uint32_t i = 0; i < result->name_count; i++) {
		const struct load_total *name = &result->totals[i];

		load_counts_add(&total->counts, &name->counts);
		histogram_merge(total->response, name->response);
		histogram_merge(total->service, name->service);
		if (total->censored != NULL && name->censored != NULL)
			histogram_merge(total->censored, name->censored);
		for (int status = 0; status < LOAD_STATUS_SLOTS; status++)
			total->status[status] += name->status[status];
	}
}
