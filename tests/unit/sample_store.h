/*
 * A small store with known content, in a folder of its own under /tmp: what the tests of store/ and
 * view/ read. One experiment has the arms "proxy" (the base) and "zero-copy", six pairs, run in
 * shuffled order, each run with load, series, metrics, a profile and what the other lenses saw. The
 * constants below are what the tests expect back, times the number of runs.
 */
#ifndef SAMPLE_STORE_H
#define SAMPLE_STORE_H

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_load.h"
#include "store/store_machine.h"
#include "store/store_read.h"
#include "store/store_write.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/strbuf.h"

enum { SAMPLE_PAIRS = 6, SAMPLE_RUNS = 12, SAMPLE_SECONDS = 3, SAMPLE_WEIGHT_NS = 5000000 };

#define SAMPLE_ID "k7f3m9qa"
#define SAMPLE_SECOND_NS UINT64_C(1000000000)

/* CPU per request in us: the numbers that test_rank.c holds against R. */
static const double sample_base_cpu[SAMPLE_PAIRS] = {101.2, 99.8, 103.4, 98.7, 100.5, 102.2};
static const double sample_head_cpu[SAMPLE_PAIRS] = {104.9, 103.1, 107.7, 101.9, 106.0, 99.9};

/* By number: the arm's place. Of each pair, one of each. */
static const uint32_t sample_places[SAMPLE_RUNS] = {1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0};

struct sample_store {
	char folder[32];
	char path[48]; /* of the store, inside of the folder */
	struct store *store;
};

/* Making the sample must work; what is tested comes later. */
static inline void sample_check(int r, const struct err *err)
{
	if (r >= 0)
		return;
	printf("Bail out! making the sample failed: %s\n",
	       err != NULL ? err_text(err) : strerror(-r));
	exit(1);
}

static inline void sample_store_open(struct sample_store *sample)
{
	struct err err = {0};

	snprintf(sample->folder, sizeof(sample->folder), "/tmp/test_store.XXXXXX");
	if (mkdtemp(sample->folder) == NULL)
		sample_check(err_set(&err, -1, "mkdtemp"), &err);
	snprintf(sample->path, sizeof(sample->path), "%s/.sonde", sample->folder);
	sample_check(store_open(&sample->store, sample->path, NULL, &err), &err);
}

static inline int sample_remove_one(const char *path, const struct stat *status, int type,
				    struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static inline void sample_store_close(struct sample_store *sample)
{
	store_close(sample->store);
	nftw(sample->folder, sample_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* SQL behind the store's back: damage, and states that take a crash. `file` is a database. */
static inline void sample_sql(const char *file, const char *sql)
{
	struct err err = {0};
	char *message = NULL;
	sqlite3 *db;

	if (sqlite3_open(file, &db) != SQLITE_OK ||
	    sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		sample_check(err_set(&err, -1, "%s: %s", sql, message != NULL ? message : file),
			     &err);
	sqlite3_close(db);
}

static inline void sample_store_sql(const struct sample_store *sample, const char *sql)
{
	scoped_free char *file = alloc_printf("%s/sonde.db", sample->path);

	sample_sql(file, sql);
}

static inline const char *sample_arm(uint32_t place)
{
	return place == 0 ? "proxy" : "zero-copy";
}

/* The begin of a run's measured window, CLOCK_MONOTONIC. */
static inline uint64_t sample_begin_ns(uint32_t number)
{
	return (1000 + 100 * (uint64_t)number) * SAMPLE_SECOND_NS;
}

/* A run that is done, its window SAMPLE_SECONDS long. */
static inline struct run_record sample_run(const char *id, uint32_t number, uint32_t place,
					   uint32_t pair)
{
	uint64_t begin_ns = sample_begin_ns(number);
	struct run_record run = {.number = number,
				 .arm_place = place,
				 .pair = pair,
				 .state = RUN_DONE,
				 .started_wall_ns = 1700000000 * SAMPLE_SECOND_NS + number};

	snprintf(run.experiment, sizeof(run.experiment), "%s", id);
	snprintf(run.arm, sizeof(run.arm), "%s", sample_arm(place));
	run.phase_begin_ns[PHASE_START] = begin_ns - 2 * SAMPLE_SECOND_NS;
	run.phase_end_ns[PHASE_START] = begin_ns;
	run.phase_begin_ns[PHASE_MEASURE] = begin_ns;
	run.phase_end_ns[PHASE_MEASURE] = begin_ns + SAMPLE_SECONDS * SAMPLE_SECOND_NS;
	return run;
}

static inline void sample_add_experiment(struct sample_store *sample, const char *id,
					 uint64_t created_wall_ns)
{
	struct err err = {0};
	struct store_experiment experiment = {.id = id,
					      .kind = "run",
					      .name = "gateway",
					      .command_line = "sonde run gateway",
					      .plan = "name: gateway\n",
					      .plan_path = "/srv/gateway/sonde.yaml",
					      .environment = "{\"host\": \"here\"}",
					      .primary_metric = "cpu_per_request",
					      .created_wall_ns = created_wall_ns,
					      .seed = UINT64_MAX - 5};

	sample_check(store_add_experiment(sample->store, &experiment, &err), &err);
}

/* A run that is done, without anything measured. */
static inline int64_t sample_add_run(struct sample_store *sample, const char *id, uint32_t number,
				     uint32_t place, uint32_t pair)
{
	struct run_record run = sample_run(id, number, place, pair);
	struct err err = {0};
	int64_t key = 0;

	sample_check(store_add_run(sample->store, &run, &key, &err), &err);
	sample_check(store_update_run(sample->store, key, &run, &err), &err);
	return key;
}

static inline void sample_add_metric(struct sample_store *sample, int64_t key, const char *name,
				     const char *scope, double value)
{
	struct metric_value metric = {.value = value};
	struct err err = {0};

	snprintf(metric.name, sizeof(metric.name), "%s", name);
	snprintf(metric.scope, sizeof(metric.scope), "%s", scope);
	sample_check(store_add_metrics(sample->store, key, &metric, 1, &err), &err);
}

/* `pair` from 1. */
static inline void sample_add_metrics(struct sample_store *sample, int64_t key, uint32_t place,
				      uint32_t pair)
{
	const double *cpu = place == 0 ? sample_base_cpu : sample_head_cpu;
	double head = place;

	sample_add_metric(sample, key, "cpu_per_request", "", cpu[pair - 1] * 1000.0);
	sample_add_metric(sample, key, "cpu_per_request", "workers", cpu[pair - 1] * 500.0);
	sample_add_metric(sample, key, "rate_rps", "", (1000.0 + 3 * pair) * (1.0 + 0.1 * head));
	sample_add_metric(sample, key, "requests", "", 360.0);
	sample_add_metric(sample, key, "success_ratio", "", 1.0 - 0.01 * head);
	sample_add_metric(sample, key, "failures_per_request", "", 0.0);
	sample_add_metric(sample, key, "switches_voluntary_per_request", "", 0.5 * head);
	sample_add_metric(sample, key, "wait_per_request", "", 1000.0 + 10.0 * head);
	if (pair >= 3) /* a quantile that short runs did not earn */
		sample_add_metric(sample, key, "latency_p99", "request:hello", 5e6 + 1e5 * head);
	if (place == 0)
		sample_add_metric(sample, key, "rss_peak", "", 1e8 + pair);
	sample_add_metric(sample, key, "of_a_later_sonde", "", 1.0);
}

/*
 * Of each second: hello 100 answers of 102 (2 of them 500), upload 20 of 21. One latency of the
 * first second comes in a later record of its own. Names have another order in every second run.
 */
static inline void sample_add_seconds(struct sample_store *sample, int64_t key, uint32_t number,
				      uint32_t place)
{
	scoped(histogram_cleanup) struct histogram *hello = histogram_new();
	scoped(histogram_cleanup) struct histogram *upload = histogram_new();
	scoped(histogram_cleanup) struct histogram *first = histogram_new();
	scoped(histogram_cleanup) struct histogram *late = histogram_new();
	scoped(histogram_cleanup) struct histogram *service = histogram_new();
	struct load_second seconds[2 * SAMPLE_SECONDS + 1];
	struct err err = {0};
	uint32_t count = 0;

	for (uint32_t second = 0; second < SAMPLE_SECONDS; second++) {
		seconds[count++] = (struct load_second){.second = second,
							.name = number % 2,
							.response = hello,
							.service = service};
		seconds[count - 1].counts =
			(struct load_counts){.offered = 102,
					     .answered = 100,
					     .completed = 100,
					     .errors = {[LOAD_ERROR_CONNECT] = 1,
							[LOAD_ERROR_TIMEOUT] = 1,
							[LOAD_ERROR_STATUS] = 2},
					     .bytes_in = 10000,
					     .bytes_out = 5000};
		seconds[count++] = (struct load_second){
			.second = second, .name = 1 - number % 2, .response = upload};
		seconds[count - 1].counts =
			(struct load_counts){.offered = 21,
					     .answered = 20,
					     .completed = 20,
					     .errors = {[LOAD_ERROR_PROTOCOL] = 1}};
	}
	seconds[0].response = first;
	seconds[count++] = (struct load_second){.name = number % 2, .response = late};
	histogram_record_count(hello, 1000000 * (place + 1), 90);
	histogram_record_count(hello, 5000000 * (place + 1), 10);
	histogram_record_count(first, 1000000 * (place + 1), 90);
	histogram_record_count(first, 5000000 * (place + 1), 9);
	histogram_record_count(upload, 8000000, 20);
	histogram_record_count(late, 1500000000, 1);
	if (place == 1) /* in the closed loop it is the response */
		histogram_record_count(service, 500000, 100);
	sample_check(store_add_load_seconds(sample->store, key, seconds, count, &err), &err);
}

/* Of each second: two threads of the generator. */
static inline void sample_add_thread_seconds(struct sample_store *sample, int64_t key,
					     uint32_t place)
{
	struct load_thread_second seconds[2 * SAMPLE_SECONDS];
	struct err err = {0};

	for (uint32_t i = 0; i < 2 * SAMPLE_SECONDS; i++)
		seconds[i] = (struct load_thread_second){.second = i / 2,
							 .thread = i % 2,
							 .sent = 60 + i,
							 .in_flight = 4,
							 .waiting = place == 0 ? 0 : i,
							 .cpu_ns = 10000000 + i,
							 .wait_ns = 100000,
							 .longest_pass_ns = 300000,
							 .lag_p50_ns = place == 0 ? 0 : 20000,
							 .lag_max_ns = place == 0 ? 0 : 90000};
	sample_check(store_add_load_thread_seconds(sample->store, key, seconds, 2 * SAMPLE_SECONDS,
						   &err),
		     &err);
}

static inline void sample_add_load(struct sample_store *sample, int64_t key, uint32_t number,
				   uint32_t place)
{
	static const struct store_request_name names[3] = {
		{"hello", "GET"}, {"upload", "POST"}, {"hello", "GET"}};
	scoped(histogram_cleanup) struct histogram *lag = histogram_new();
	struct histogram *histograms[LOAD_HISTOGRAM_COUNT] = {[LOAD_HISTOGRAM_SEND_LAG] =
								      place == 0 ? NULL : lag};
	uint64_t begin_ns = sample_begin_ns(number);
	uint32_t hello = number % 2, upload = 1 - hello;
	uint64_t status[LOAD_STATUS_SLOTS] = {[200] = 294, [500] = 6};
	struct load_failure failures[] = {
		{hello, LOAD_ERROR_TIMEOUT, 3, begin_ns + 5, begin_ns + 9, "no answer within 1 s"},
		{upload, LOAD_ERROR_PROTOCOL, 3, begin_ns + 6, begin_ns + 7, "closed in the body"},
		{hello, LOAD_ERROR_CONNECT, 3, begin_ns + 2, begin_ns + 3, "connection refused"},
		{hello, LOAD_ERROR_STATUS, 6, begin_ns + 1, begin_ns + 8, "500 Oh, no"},
	};
	struct store_load_summary summary = {.url = "http://127.0.0.1:8080",
					     .mode = place == 0 ? "closed" : "open",
					     .connections = 10,
					     .threads = 2,
					     .rate_hz = place == 0 ? 0.0 : 123.5,
					     .begin_ns = begin_ns,
					     .end_ns = begin_ns + SAMPLE_SECONDS * SAMPLE_SECOND_NS,
					     .client_cpu_ns = 100000000 + number,
					     .client_wait_ns = 1000000,
					     .in_flight_max = 8 + number,
					     .reconnects = 2,
					     .schedule = place == 0 ? "10 connections" : "123/s",
					     .depth = 1,
					     .protocol = "HTTP/1.1",
					     .tls_cipher = "",
					     .warmup = "",
					     .histograms = histograms};
	struct err err = {0};

	histogram_record_count(lag, 20000, 369);
	sample_check(store_add_request_names(sample->store, key, names + hello, 2, &err), &err);
	sample_check(store_add_load_summary(sample->store, key, &summary, failures, 4, &err), &err);
	sample_check(store_add_load_status(sample->store, key, hello, status, &err), &err);
	memset(status, 0, sizeof(status));
	status[201] = 60;
	sample_check(store_add_load_status(sample->store, key, upload, status, &err), &err);
	sample_add_seconds(sample, key, number, place);
	sample_add_thread_seconds(sample, key, place);
	sample_check(store_set_validity(sample->store, key, VALIDITY_VALID, "", &err), &err);
}

/* A point at the window's begin, which tells of the time before it, and one a second. */
static inline void sample_make_series(struct series_list *list, uint32_t number, uint32_t place)
{
	for (uint32_t second = 0; second <= SAMPLE_SECONDS; second++) {
		uint64_t time_ns = sample_begin_ns(number) + second * SAMPLE_SECOND_NS;

		series_list_add(list, "process.cpu_ratio", "", SERIES_RATIO, time_ns,
				second == 0 ? 99.0 : 0.5 * second + place);
		series_list_add(list, "process.rss", "gateway", SERIES_BYTES, time_ns, 1e8);
	}
}

static inline void sample_add_series(struct sample_store *sample, int64_t key, uint32_t number,
				     uint32_t place)
{
	struct store_series_cursor cursor = {0};
	struct series_list list = {0};
	struct err err = {0};

	sample_make_series(&list, number, place);
	sample_check(store_add_series(sample->store, key, &list, &cursor, &err), &err);
	vec_release(&cursor.written);
	series_list_release(&list);
}

static inline uint32_t sample_add_frame(struct profile_data *data, uint32_t module, uint64_t svma,
					const char *function, const char *file, uint32_t line)
{
	struct frame frame = {.module = module, .svma = svma, .line = line};

	frame.function = string_table_intern(&data->strings, function);
	frame.file = string_table_intern(&data->strings, file);
	vec_push(&data->frames, frame);
	return (uint32_t)data->frames.count - 1;
}

static inline void sample_add_samples(struct profile_data *data, uint64_t begin_ns, uint32_t thread,
				      uint32_t stack, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		vec_push(&data->samples,
			 (struct sample){.time_ns =
						 begin_ns + data->samples.count * SAMPLE_WEIGHT_NS,
					 .period = SAMPLE_WEIGHT_NS,
					 .thread = thread,
					 .stack = stack,
					 .cpu = (uint16_t)thread});
}

/*
 * 16 bytes around a frame's address, of whose second half the first 4 are of an inlined function,
 * and the source of it all.
 */
static inline void sample_add_code(struct profile_data *data, uint32_t frame_id)
{
	static const uint8_t bytes[16] = {0x55, 0x48, 0x89, 0xe5, 0x8b, 0x07, 0x01, 0xc0,
					  0x83, 0xc0, 0x01, 0x90, 0x5d, 0xc3, 0x90, 0x90};
	const struct frame *frame = &data->frames.items[frame_id];
	uint32_t skip = string_table_intern(&data->strings, "skip_blank");

	vec_push(&data->codes, (struct profile_code){.module = frame->module,
						     .function = frame->function,
						     .svma = frame->svma - 8,
						     .size = sizeof(bytes),
						     .offset = data->code_bytes.count});
	for (size_t i = 0; i < sizeof(bytes); i++)
		vec_push(&data->code_bytes, bytes[i]);
	vec_push(&data->code_lines,
		 (struct profile_code_line){0, 0, frame->function, frame->file, 39});
	vec_push(&data->code_lines, (struct profile_code_line){0, 8, skip, frame->file, 38});
	vec_push(&data->code_lines,
		 (struct profile_code_line){0, 12, frame->function, frame->file, 41});
	vec_push(&data->sources,
		 (struct profile_source){
			 frame->file, 38,
			 string_table_intern(&data->strings,
					     "skip_blank();\nint parse(int *at)\n{\n}\n")});
}

/*
 * Samples by stack (of the second arm, when it differs): main→parse 4 (6), main→walk→walk→walk 3,
 * main→[kernel]write 2, and on the second thread 1 truncated one at an address of libc without a
 * symbol. Hidden kernel time is worth 2 more.
 */
static inline void sample_make_profile(struct profile_data *data, uint32_t number, uint32_t place)
{
	struct string_table *strings = &data->strings;
	uint32_t server = string_table_intern(strings, "/srv/bin/server");
	uint32_t kernel = string_table_intern(strings, "[kernel]");
	uint32_t libc = string_table_intern(strings, "/lib/libc.so.6");
	uint64_t at_ns = sample_begin_ns(number);
	uint32_t main_, parse, walk, deeper, write_, unnamed, in_main, in_walk;
	struct module module = {.path = server, .build_id_length = BUILD_ID_BYTES};

	for (uint8_t i = 0; i < BUILD_ID_BYTES; i++)
		module.build_id[i] = (uint8_t)(i * 13);
	vec_push(&data->modules, module);
	vec_push(&data->modules, (struct module){.path = kernel, .kind = MODULE_KERNEL});
	vec_push(&data->modules, (struct module){.path = libc, .build_id_length = 1});
	main_ = sample_add_frame(data, 0, 0x1000, "main", "main.c", 12);
	parse = sample_add_frame(data, 0, 0x2000, "parse", "parse.c", 40);
	walk = sample_add_frame(data, 0, 0x3000, "walk", "tree.c", 7);
	deeper = sample_add_frame(data, 0, 0x3010, "walk", "tree.c", 9);
	write_ = sample_add_frame(data, 1, UINT64_MAX - 0xfff, "write", "", 0);
	unnamed = sample_add_frame(data, 2, 0x1a2b, "", "", 0);
	vec_push(&data->threads,
		 (struct profile_thread){100, 100, string_table_intern(strings, "server"),
					 string_table_intern(strings, "gateway")});
	vec_push(&data->threads,
		 (struct profile_thread){101, 102, string_table_intern(strings, "helper"),
					 string_table_intern(strings, "workers")});
	in_main = stack_table_intern(&data->stacks, STACK_COMPLETE, main_);
	in_walk = stack_table_intern(&data->stacks, in_main, walk);
	in_walk = stack_table_intern(&data->stacks, in_walk, deeper);
	sample_add_samples(data, at_ns, 0, stack_table_intern(&data->stacks, in_main, parse),
			   place == 0 ? 4 : 6);
	sample_add_samples(data, at_ns, 0, stack_table_intern(&data->stacks, in_walk, deeper), 3);
	sample_add_samples(data, at_ns, 0, stack_table_intern(&data->stacks, in_main, write_), 2);
	sample_add_samples(data, at_ns, 1,
			   stack_table_intern(&data->stacks, STACK_TRUNCATED, unnamed), 1);
	data->quality = (struct profile_quality){.sample_count = data->samples.count,
						 .complete_count = data->samples.count - 1,
						 .truncated_count = 1,
						 .truncations = {[TRUNCATION_FRAME_POINTERS] = 1},
						 .lost_count = 4,
						 .throttled_count = 5,
						 .kernel_hidden_ns = UINT64_C(2) * SAMPLE_WEIGHT_NS,
						 .bytes_from_kernel = 777,
						 .is_kernel_hidden = true,
						 .cpu_ns = 61000000};
	data->frequency_hz = 200.0;
	vec_push(&data->events,
		 (struct profile_event){.name = string_table_intern(strings, "cpu-clock"),
					.period = SAMPLE_WEIGHT_NS,
					.is_clock = true});
	data->sampler = string_table_intern(strings, "perf_event");
	data->stacks_from = string_table_intern(strings, "fp");
	sample_add_code(data, parse);
}

static inline void sample_add_profile(struct sample_store *sample, int64_t key, uint32_t number,
				      uint32_t place)
{
	struct profile_data data;
	struct err err = {0};

	profile_data_init(&data);
	sample_make_profile(&data, number, place);
	sample_check(store_add_profile(sample->store, key, &data, &err), &err);
	profile_data_release(&data);
}

/* Two threads of a service, of which little is known of the second, and one of sonde's own. */
static inline void sample_make_tasks(struct task_usages *tasks, uint32_t number)
{
	vec_push(tasks, (struct task_usage){.pid = 100,
					    .tid = 100,
					    .name = "server",
					    .role = "gateway",
					    .cpus = "0-1",
					    .cpu_ns = 1000000000 + number,
					    .user_ns = 600000000,
					    .system_ns = 400000000 + number,
					    .wait_ns = 50000000,
					    .switches_voluntary = 720,
					    .switches_involuntary = 36,
					    .faults_minor = 12,
					    .faults_major = 0,
					    .read_bytes = 4096,
					    .write_bytes = 8192});
	vec_push(tasks, (struct task_usage){.pid = 101,
					    .tid = 102,
					    .name = "helper",
					    .role = "workers",
					    .cpu_ns = 2000000000,
					    .user_ns = SAMPLE_UNKNOWN,
					    .system_ns = SAMPLE_UNKNOWN,
					    .wait_ns = SAMPLE_UNKNOWN,
					    .switches_voluntary = SAMPLE_UNKNOWN,
					    .switches_involuntary = SAMPLE_UNKNOWN,
					    .faults_minor = SAMPLE_UNKNOWN,
					    .faults_major = SAMPLE_UNKNOWN,
					    .read_bytes = SAMPLE_UNKNOWN,
					    .write_bytes = SAMPLE_UNKNOWN});
	vec_push(tasks, (struct task_usage){.pid = 7, .tid = 8, .name = "load", .role = "sonde"});
}

static inline void sample_make_counters(struct counters *counters, uint32_t place)
{
	vec_push(counters, (struct counter){.name = "task-clock",
					    .is_time = true,
					    .value = 3e9,
					    .enabled_ns = 3000000000,
					    .running_ns = 3000000000});
	vec_push(counters, (struct counter){.name = "instructions:u",
					    .value = 9e9 + place,
					    .enabled_ns = 3000000000,
					    .running_ns = 1500000000});
	vec_push(counters, (struct counter){.name = "cycles", .state = COUNTER_NOT_SUPPORTED});
}

/*
 * futex of two threads, of which one refuses; a read that never returned, of which neither CPU time
 * nor limits are known.
 */
static inline void sample_make_syscalls(struct syscall_table *table, uint32_t number)
{
	*table = (struct syscall_table){.method = "bpf",
					.window_ns = SAMPLE_SECONDS * SAMPLE_SECOND_NS,
					.lost = 3,
					.cost_per_call_ns = 180.5};
	vec_push(&table->rows, (struct syscall_row){.pid = 100,
						    .tid = 100,
						    .comm = "server",
						    .role = "gateway",
						    .number = 202,
						    .name = "futex",
						    .calls = 720,
						    .errors = 40,
						    .wall_ns = 900000000 + number,
						    .cpu_ns = 7200000,
						    .min_ns = 800,
						    .max_ns = 25000000});
	vec_push(&table->rows, (struct syscall_row){.pid = 101,
						    .tid = 102,
						    .comm = "helper",
						    .role = "workers",
						    .number = 0,
						    .name = "read",
						    .open = 1,
						    .wall_ns = 3000000000,
						    .cpu_ns = UINT64_MAX,
						    .min_ns = UINT64_MAX,
						    .max_ns = 0});
	vec_push(&table->rows, (struct syscall_row){.pid = 101,
						    .tid = 102,
						    .comm = "helper",
						    .role = "workers",
						    .number = 202,
						    .name = "futex",
						    .calls = 80,
						    .errors = 10,
						    .wall_ns = 100000000,
						    .cpu_ns = 800000,
						    .min_ns = 500,
						    .max_ns = 75000000});
	vec_push(&table->errors, (struct syscall_error_row){100, 202, 11, 30});
	vec_push(&table->errors, (struct syscall_error_row){100, 202, 110, 10});
	vec_push(&table->errors, (struct syscall_error_row){102, 202, 110, 10});
}

static inline void sample_make_lenses(struct lenses *lenses)
{
	vec_push(lenses, (struct lens){.name = "monitors",
				       .is_on = true,
				       .cpu_ns = 9000000,
				       .text = "1 s, 214 series"});
	vec_push(lenses, (struct lens){.name = "syscalls",
				       .is_on = true,
				       .cpu_ns = 1000000,
				       .stop_ns = 5,
				       .service_cpu_ns = 144400.0,
				       .text = "bpf"});
	vec_push(lenses, (struct lens){.name = "counters", .text = "not asked for: --counters"});
}

static inline void sample_add_machine(struct sample_store *sample, int64_t key, uint32_t number,
				      uint32_t place)
{
	struct task_usages tasks = {0};
	struct counters counters = {0};
	struct lenses lenses = {0};
	struct syscall_table table;
	struct err err = {0};

	sample_make_tasks(&tasks, number);
	sample_check(store_add_tasks(sample->store, key, &tasks, &err), &err);
	vec_release(&tasks);
	sample_make_counters(&counters, place);
	sample_check(store_add_counters(sample->store, key, &counters, &err), &err);
	vec_release(&counters);
	sample_make_syscalls(&table, number);
	sample_check(store_add_syscalls(sample->store, key, &table, &err), &err);
	syscall_table_release(&table);
	sample_make_lenses(&lenses);
	sample_check(store_add_lenses(sample->store, key, &lenses, &err), &err);
	vec_release(&lenses);
}

/* The whole experiment; its runs have the numbers 1 to SAMPLE_RUNS. */
static inline void sample_fill(struct sample_store *sample, const char *id,
			       uint64_t created_wall_ns)
{
	uint32_t pairs[2] = {0, 0};
	struct err err = {0};

	sample_add_experiment(sample, id, created_wall_ns);
	for (uint32_t number = 1; number <= SAMPLE_RUNS; number++) {
		uint32_t place = sample_places[number - 1], pair = ++pairs[place];
		int64_t key = sample_add_run(sample, id, number, place, pair);

		sample_add_metrics(sample, key, place, pair);
		sample_add_load(sample, key, number, place);
		sample_add_series(sample, key, number, place);
		sample_add_profile(sample, key, number, place);
		sample_add_machine(sample, key, number, place);
	}
	sample_check(store_end_experiment(sample->store, id, RUN_DONE, &err), &err);
}

/* The store's key of run `number`. */
static inline int64_t sample_get_key(struct sample_store *sample, const char *id, uint32_t number)
{
	struct stored_run *runs;
	struct arena arena;
	struct err err = {0};
	uint32_t count;
	int64_t key = 0;

	arena_init(&arena);
	sample_check(store_list_runs(sample->store, &arena, id, &runs, &count, &err), &err);
	for (uint32_t i = 0; i < count; i++)
		if (runs[i].record.number == number)
			key = runs[i].key;
	arena_release(&arena);
	return key;
}

#endif
