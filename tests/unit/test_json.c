#include "export/json.h"
#include "export/json_compare.h"

#include <jansson.h>
#include <math.h>

#include "export/json_machine.h"
#include "tap.h"

static json_t *load_text(struct strbuf *text)
{
	json_t *document = json_loads(strbuf_text(text), 0, NULL);

	ok(document != NULL && text->data[text->length - 1] == '\n',
	   "a JSON document that ends with a newline");
	strbuf_release(text);
	return document;
}

static json_t *at(json_t *object, const char *path)
{
	char key[64];

	while (object != NULL && *path != '\0') {
		size_t length = strcspn(path, "/");

		snprintf(key, sizeof(key), "%.*s", (int)length, path);
		object = json_object_get(object, key);
		path += length + (path[length] == '/' ? 1 : 0);
	}
	return object;
}

static void has_keys(json_t *object, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		ok(at(object, *keys) != NULL, *keys);
}

static const char *const load_keys[] = {"schema",
					"url",
					"mode",
					"duration_ns",
					"offered",
					"requests",
					"errors/connect",
					"errors/timeout",
					"errors/protocol",
					"errors/unanswered",
					"errors/status",
					"errors/expect",
					"success_ratio",
					"rate_rps",
					"offered_rps",
					"bytes_in",
					"bytes_in_per_s",
					"latency/count",
					"latency/min_ns",
					"latency/mean_ns",
					"latency/max_ns",
					"latency/p50_ns",
					"latency/p75_ns",
					"latency/p90_ns",
					"latency/p95_ns",
					"latency/p99_ns",
					"latency/p999_ns",
					"latency/p9999_ns",
					"latency/effective_count",
					"lower_bounds",
					"service_time/p99_ns",
					"send_lag/p50_ns",
					"send_lag/p99_ns",
					"send_lag/max_ns",
					"intended_gap",
					"sent_gap",
					"schedule",
					"protocol",
					"tls/cipher",
					"tls/resumed",
					"depth",
					"connects",
					"reconnects",
					"resent",
					"warmup/cut_ns",
					"warmup/findings",
					"breakdown/resolve_ns",
					"breakdown/connect/p50_ns",
					"breakdown/tls",
					"breakdown/first_byte",
					"breakdown/transfer",
					"status",
					"client_cpu_ns",
					"verdict",
					"reasons",
					"names",
					"seconds",
					NULL};

/* What a plain closed loop does not have is null. */
static void test_closed_load(struct load_view *view)
{
	static const char *const nulls[] = {"tls", "warmup", "protocol", "send_lag", "target_rps"};
	struct strbuf text;
	json_t *document, *second;

	view->mode = "closed";
	view->protocol = view->tls_cipher = view->warmup = "";
	view->histograms[LOAD_HISTOGRAM_SEND_LAG] = NULL;
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	json_write_load(&text, view, NULL);
	document = load_text(&text);
	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		ok(json_is_null(at(document, nulls[i])), nulls[i]);
	second = json_array_get(at(document, "seconds"), 0);
	is_int(json_integer_value(at(second, "in_flight")), 3, "in flight is known");
	ok(json_is_null(at(second, "lag_max_ns")), "a lag is not");
	json_decref(document);
	view->has_generator = false;
	json_write_load(&text, view, NULL);
	document = load_text(&text);
	second = json_array_get(at(document, "seconds"), 0);
	ok(json_is_null(at(second, "in_flight")), "nothing known of the generator: null");
	json_decref(document);
}

/* Of the document of test_load(). */
static void check_open_load(json_t *document)
{
	json_t *second = json_array_get(at(document, "seconds"), 0);

	is_int(json_integer_value(at(document, "status/200")), 980, "status");
	is_int(json_array_size(at(document, "reasons")), 2, "a reason a line");
	is_str(json_string_value(at(document, "verdict")), "SUSPECT", "verdict");
	ok(json_is_null(at(document, "names/hello/success_ratio")), "nothing offered: no ratio");
	ok(json_is_null(at(second, "p99_ns")), "nothing in a second: null");
	is_int(json_integer_value(at(second, "in_flight")), 3, "the generator's second");
	is_int(json_integer_value(at(second, "lag_max_ns")), 70, "its lag");
	is_int(json_integer_value(at(document, "breakdown/connect/p50_ns")), 5000000, "connect");
	ok(json_is_null(at(document, "breakdown/tls")), "no handshake was timed: null");
	is_int(json_integer_value(at(document, "warmup/cut_ns")), 3000000000, "warm-up");
	is_int(json_integer_value(at(document, "tls/resumed")), 4, "TLS");
	is_int(json_integer_value(at(document, "resent")), 2, "sent again");
}

static void test_load(void)
{
	struct load_view_name name = {.name = "hello", .method = "GET"};
	struct load_view_second second = {
		.second = 0, .p50_ns = 5000000, .in_flight = 3, .lag_max_ns = 70};
	struct load_view view = {.url = "http://x/",
				 .mode = "open",
				 .schedule = "500/s over at most 10 connections",
				 .protocol = "HTTP/2",
				 .tls_cipher = "TLSv1.3 TLS_AES_256_GCM_SHA384",
				 .tls_resumed = 4,
				 .depth = 1,
				 .connects = 12,
				 .resent = 2,
				 .cut_seconds = 3,
				 .warmup = "throughput after 2.4 s",
				 .has_generator = true,
				 .is_judged = true,
				 .duration_ns = 2000000000,
				 .names = &name,
				 .name_count = 1,
				 .seconds = &second,
				 .second_count = 1,
				 .run_count = 1,
				 .validity = VALIDITY_SUSPECT,
				 .reasons = "one\ntwo"};
	struct histogram *histogram = histogram_new();
	struct strbuf text;
	json_t *document;

	histogram_record_count(histogram, 5000000, 980);
	view.total = (struct load_view_name){
		.name = "", .method = "", .response = histogram, .service = histogram};
	view.total.counts =
		(struct load_counts){.offered = 1000, .answered = 985, .completed = 980};
	view.total.counts.errors[LOAD_ERROR_TIMEOUT] = 20;
	view.total.status[200] = 980;
	view.total.censored = histogram_new();
	histogram_record_count(view.total.censored, 30000000, 20);
	view.histograms[LOAD_HISTOGRAM_SEND_LAG] = histogram;
	view.histograms[LOAD_HISTOGRAM_CONNECT] = histogram;
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	json_write_load(&text, &view, NULL);
	document = load_text(&text);
	has_keys(document, load_keys);
	is_str(json_string_value(at(document, "schema")), "sonde.load/1", "the schema");
	ok(json_is_null(at(document, "run")), "stored nowhere: no run");
	is_near(json_real_value(at(document, "success_ratio")), 0.98, 1e-12, "success_ratio");
	is_near(json_real_value(at(document, "rate_rps")), 490, 1e-9,
		"rate_rps is of the answers that came in time");
	is_near(json_real_value(at(document, "offered_rps")), 500, 1e-9, "offered_rps");
	is_int(json_integer_value(at(document, "latency/p50_ns")), 5000000, "an earned quantile");
	ok(json_is_null(at(document, "latency/p99_ns")), "a censored one is null");
	is_near((double)json_integer_value(at(document, "lower_bounds/p99_ns")), 3e7, 3e4,
		"with its bound beside it");
	ok(json_is_null(at(document, "latency/p9999_ns")), "one of too few answers is null");
	ok(at(document, "lower_bounds/p9999_ns") == NULL, "and has no bound");
	check_open_load(document);
	json_decref(document);
	test_closed_load(&view);
	histogram_free(view.total.censored);
	histogram_free(histogram);
}

static void test_report(void)
{
	static const char *const keys[] = {"schema",
					   "run",
					   "profile/samples",
					   "profile/weight_ns",
					   "profile/complete",
					   "profile/joined",
					   "profile/truncated",
					   "profile/lost",
					   "profile/frames",
					   "profile/frames_unsymbolized",
					   "profile/kernel_hidden_ns",
					   "profile/bytes_from_kernel",
					   "profile/frequency_hz",
					   "profile/event",
					   "profile/sampler",
					   "profile/stacks",
					   "profile/cpu_ns",
					   "functions",
					   "threads",
					   NULL};
	struct hot_function functions[2] = {
		{.name = "f\xff", .module = "m", .file = "", .self = 3, .total = 4},
		{.name = "[kernel, hidden]", .module = "", .file = "", .self = 1.5}};
	struct hot_functions view = {.functions = functions, .function_count = 2};
	struct strbuf text;
	json_t *document, *function;

	view.summary = (struct profile_summary){
		.event = "cpu-clock", .sampler = "perf_event", .frequency_hz = 199};
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	json_write_report(&text, &view, NULL, NULL);
	document = load_text(&text);
	has_keys(document, keys);
	function = json_array_get(at(document, "functions"), 0);
	is_str(json_string_value(at(function, "name")), "f\xef\xbf\xbd", "any bytes are a name");
	ok(json_is_null(at(function, "file")) && json_is_null(at(function, "line")),
	   "no file known");
	ok(json_is_integer(at(function, "self")) && json_integer_value(at(function, "self")) == 3,
	   "samples are integers");
	is_near(json_real_value(at(json_array_get(at(document, "functions"), 1), "self")), 1.5, 0,
		"but hidden time's");
	ok(json_is_null(at(document, "profile/cpu_ns")), "unknown CPU time is null");
	json_decref(document);
}

static void test_report_parts(void)
{
	struct hot_function row = {
		.name = "a.c:3", .module = "m", .file = "a.c", .line = 3, .self = 1};
	struct hot_module module = {.name = "m",
				    .path = "/m",
				    .flags = MODULE_SANITIZED | MODULE_WITHOUT_LINES,
				    .trouble = "install m-dbg",
				    .self = 1};
	struct hot_functions view = {.functions = &row, .function_count = 1};
	struct source_line line = {.line = 3, .text = "x = 1;", .self = 0.5, .total = 2};
	struct source_lines lines = {
		.file = "a.c", .first = 3, .last = 9, .lines = &line, .line_count = 1};
	struct call_node nodes[2] = {{.name = "all", .module = "", .parent = CALL_TREE_NONE},
				     {.name = "f", .module = "m", .is_inlined = true, .total = 2}};
	struct call_tree tree = {.nodes = nodes, .count = 2};
	struct json_report_parts parts = {.group = HOT_LINES, .tree = &tree, .lines = &lines};
	struct strbuf text;
	json_t *document;

	view.summary = (struct profile_summary){.quality = {.truncated_count = 4,
							    .truncations = {[TRUNCATION_COPY] = 4},
							    .audited_count = 9,
							    .audit_mismatch_count = 2,
							    .stop_ns = 5},
						.event = "cycles",
						.sampler = "ptrace",
						.modules = &module,
						.module_count = 1};
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	json_write_report(&text, &view, &parts, NULL);
	document = load_text(&text);
	is_str(json_string_value(at(document, "by")), "line", "what a row is");
	ok(at(document, "functions") == NULL && json_array_size(at(document, "rows")) == 1, "rows");
	is_int(json_integer_value(at(document, "profile/truncations/copy")), 4, "reasons");
	is_int(json_integer_value(at(document, "profile/audit_mismatches")), 2, "the audit");
	is_int(json_integer_value(at(document, "profile/stop_ns")), 5, "cost of stopping");
	ok(json_is_null(at(document, "profile/stacks_from")), "not known: null");
	is_str(json_string_value(
		       json_array_get(at(json_array_get(at(document, "modules"), 0), "flags"), 0)),
	       "sanitized", "flags of a module");
	is_str(json_string_value(at(json_array_get(at(document, "modules"), 0), "trouble")),
	       "install m-dbg", "and what it lacks");
	is_int(json_integer_value(at(json_array_get(at(document, "tree"), 1), "parent")), 0,
	       "tree");
	ok(json_is_null(at(json_array_get(at(document, "tree"), 0), "parent")), "its root");
	is_str(json_string_value(at(json_array_get(at(document, "source/lines"), 0), "text")),
	       "x = 1;", "source");
	json_decref(document);
}

static void test_annotate(void)
{
	static const char *const keys[] = {"schema", "run",	     "profile",	    "function",
					   "module", "self",	     "total",	    "sources",
					   "code",   "inlined_into", "why_no_code", NULL};
	struct code_line line = {.line = 7, .self = 1, .total = 1.5};
	struct code_source source = {
		.function = "f", .file = "a.c", .lines = &line, .line_count = 1};
	struct code_place place = {.function = "g", .file = "b.h", .line = 2, .is_inlined = true};
	struct code_instruction instruction = {.offset = 4, .size = 2, .text = "nop", .self = 3};
	struct code_block block = {.module = "/m",
				   .svma = 0x1000,
				   .size = 8,
				   .places = &place,
				   .place_count = 1,
				   .instructions = &instruction,
				   .instruction_count = 1};
	struct code_view view = {.function = "f",
				 .module = "m",
				 .sources = &source,
				 .source_count = 1,
				 .blocks = &block,
				 .block_count = 1};
	struct profile_summary summary = {.event = "", .sampler = ""};
	struct strbuf text;
	json_t *document, *row;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	json_write_annotate(&text, &view, &summary, NULL);
	document = load_text(&text);
	has_keys(document, keys);
	row = json_array_get(at(json_array_get(at(document, "sources"), 0), "lines"), 0);
	ok(json_is_null(at(row, "text")) && json_integer_value(at(row, "line")) == 7,
	   "a line without text");
	row = json_array_get(at(json_array_get(at(document, "code"), 0), "instructions"), 0);
	is_int(json_integer_value(at(row, "svma")), 0x1004, "an instruction's address");
	ok(json_is_true(at(row, "is_inlined")) && json_integer_value(at(row, "self")) == 3,
	   "where it came from, and its samples");
	json_decref(document);
}

/* Of the document of test_compare(). */
static void check_series(json_t *series)
{
	static const char *const keys[] = {"name",  "scope",	  "unit",   "base",
					   "head",  "difference", "lo",	    "hi",
					   "level", "n_base",	  "n_head", NULL};
	json_t *row = json_array_get(series, 0);

	is_int(json_array_size(series), 2, "series");
	has_keys(row, keys);
	is_near(json_real_value(at(row, "difference")), 0.25, 0, "a difference");
	is_near(json_real_value(at(row, "hi")), 0.375, 0, "its interval");
	row = json_array_get(series, 1);
	ok(json_is_null(at(row, "base")) && json_is_null(at(row, "difference")) &&
		   json_is_null(at(row, "lo")),
	   "a side without it");
}

static void test_compare(void)
{
	static const char *const keys[] = {"schema",  "base",	"head",	   "design", "primary",
					   "metrics", "series", "verdict", NULL};
	static const char *const metric_keys[] = {"name",   "unit",   "better",	 "base",  "head",
						  "ratio",  "lo",     "hi",	 "level", "n_base",
						  "n_head", "method", "verdict", NULL};
	struct run_diff_metric metrics[2] = {{.info = metric_find("cpu_per_request"),
					      .scope = "",
					      .base = 2,
					      .head = 1,
					      .n_base = 6,
					      .n_head = 6,
					      .has_estimate = true,
					      .has_interval = true,
					      .estimate = 0.5,
					      .lo = 0.4,
					      .hi = 0.6,
					      .level = 0.96,
					      .method = "paired Hodges-Lehmann",
					      .verdict = VERDICT_IMPROVED},
					     {.info = metric_find("cpu_per_request"),
					      .scope = "",
					      .base = (double)NAN,
					      .head = 1}};
	struct run_diff diff = {.base_label = "a",
				.head_label = "b",
				.design = "paired",
				.primary = "cpu_per_request",
				.metrics = metrics,
				.metric_count = 2,
				.verdict = VERDICT_NONE,
				.why_none = "too few"};
	struct series_diff_row rows[2] = {{.name = "process.cpu_ratio",
					   .scope = "gateway",
					   .unit = SERIES_RATIO,
					   .change = {.base = 0.5,
						      .head = 0.75,
						      .n_base = 6,
						      .n_head = 6,
						      .has_estimate = true,
						      .has_interval = true,
						      .difference = 0.25,
						      .lo = 0.125,
						      .hi = 0.375,
						      .level = 0.96}},
					  {.name = "process.rss",
					   .scope = "",
					   .unit = SERIES_BYTES,
					   .change = {.base = (double)NAN, .head = 1}}};
	struct series_diff series = {.rows = rows, .row_count = 2};
	const struct json_compare compare = {.diff = &diff, .series = &series};
	struct strbuf text;
	json_t *document, *metric;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	json_compare_write(&text, &compare);
	document = load_text(&text);
	has_keys(document, keys);
	metric = json_array_get(at(document, "metrics"), 0);
	has_keys(metric, metric_keys);
	is_near(json_real_value(at(metric, "ratio")), 0.5, 0, "the ratio");
	is_str(json_string_value(at(metric, "better")), "lower", "which way is better");
	is_str(json_string_value(at(metric, "verdict")), "IMPROVED", "the verdict");
	metric = json_array_get(at(document, "metrics"), 1);
	ok(json_is_null(at(metric, "base")) && json_is_null(at(metric, "ratio")), "no value: null");
	ok(json_is_null(at(document, "verdict")), "no verdict: null");
	is_str(json_string_value(at(document, "why_none")), "too few", "and why");
	check_series(at(document, "series"));
	json_decref(document);
}

/* The part of sonde.show/1 that is of monitors and other lenses. */
static void test_machine(void)
{
	double values[2] = {1, 2};
	struct series_view_row row = {.name = "process.cpu_ratio",
				      .scope = "gateway",
				      .unit = SERIES_RATIO,
				      .mean = 1.5,
				      .min = 1,
				      .max = 2,
				      .max_time_ns = 12000000000,
				      .max_run = 3,
				      .per_request = 31000,
				      .values = values,
				      .point_count = 2};
	struct task_usage task = {
		.pid = 1, .tid = 2, .name = "w\xff", .role = "gateway", .wait_ns = SAMPLE_UNKNOWN};
	struct counter counter = {.name = "cycles", .state = COUNTER_NOT_SUPPORTED};
	struct machine_view_syscall call = {.name = "futex",
					    .calls = 10.5,
					    .cpu_ns = (double)NAN,
					    .top_error = "EAGAIN",
					    .top_error_count = 3};
	struct lens lens = {.name = "monitors", .is_on = true, .cpu_ns = 9, .text = "1 s"};
	struct machine_view machine = {.series = {.rows = &row, .row_count = 1},
				       .tasks = &task,
				       .task_count = 1,
				       .counters = &counter,
				       .counter_count = 1,
				       .syscalls = &call,
				       .syscall_count = 1,
				       .has_syscalls = true,
				       .syscall_method = "bpf",
				       .lenses = &lens,
				       .lens_count = 1};
	json_t *document = json_object(), *object;

	json_machine_set(document, &machine);
	object = json_object_get(at(document, "monitors"), "process.cpu_ratio/gateway");
	is_str(json_string_value(at(object, "unit")), "ratio", "a series by its name and scope");
	is_int(json_integer_value(at(object, "max_at_ns")), 12000000000, "when it peaked");
	is_int(json_integer_value(at(object, "max_run")), 3, "and in which run");
	is_near(json_real_value(at(object, "per_request")), 31000, 0, "per request");
	object = json_array_get(at(document, "tasks"), 0);
	is_str(json_string_value(at(object, "name")), "w\xef\xbf\xbd", "any bytes are a thread");
	ok(json_is_null(at(object, "wait_ns")) && json_is_null(at(object, "cpus")) &&
		   json_integer_value(at(object, "cpu_ns")) == 0,
	   "what is unknown of it is null");
	object = json_array_get(at(document, "counters"), 0);
	ok(json_is_null(at(object, "value")), "a counter that was not counted");
	is_str(json_string_value(at(document, "syscalls/method")), "bpf", "how calls were counted");
	object = json_array_get(at(document, "syscalls/calls"), 0);
	ok(json_is_null(at(object, "cpu_ns")), "CPU time of calls that is not known");
	is_str(json_string_value(at(object, "top_error")), "EAGAIN", "most of the errors");
	object = json_array_get(at(document, "lenses"), 0);
	ok(json_is_true(at(object, "is_on")) && json_integer_value(at(object, "cpu_ns")) == 9,
	   "a lens");
	json_object_clear(document);
	json_machine_set(document, NULL);
	ok(json_object_size(at(document, "monitors")) == 0 &&
		   json_array_size(at(document, "tasks")) == 0 &&
		   json_is_null(at(document, "syscalls")),
	   "nothing known: nothing there");
	json_decref(document);
}

int main(void)
{
	test_load();
	test_report();
	test_report_parts();
	test_annotate();
	test_compare();
	test_machine();
	return tap_done();
}
