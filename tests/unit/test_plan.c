/* The plan file: what is read, each kind of mistake with its whole sentence, variables and arms. */
#include "tap.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "lab/plan.h"
#include "lab/plan_service.h"
#include "lab/threshold.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/strbuf.h"

static const char gateway[] =
	"name: gateway\n"
	"services:                      # started in this order, stopped in reverse\n"
	"  - name: gateway\n"
	"    command: ./gateway --port ${port} --mode ${mode}      # or attach: TARGET\n"
	"    build: make -s gateway     # optional, run before the first start\n"
	"    env: {LOG: quiet}\n"
	"    cpus: \"0\"                  # pin\n"
	"    ready: {http: \"http://127.0.0.1:${port}/health\", status: 200, attempts: 30, every: "
	"500ms}\n"
	"    stop: {signal: INT, grace: 5s}\n"
	"    profile: true\n"
	"load:\n"
	"  target: http://127.0.0.1:${port}\n"
	"  connections: 100\n"
	"  warmup: 1s\n"
	"  duration: 6s\n"
	"  requests:\n"
	"    - {name: hello, path: /api/hello, weight: 3, expect: {status: 200}}\n"
	"    - {name: log, method: POST, path: \"/api/v1/logs?ip=${ip}\", body: '{\"n\": ${n}}', "
	"data: feeds/logs.csv}\n"
	"profile: {frequency: 199, stacks: auto}\n"
	"monitor: {interval: 1s}\n"
	"vars: {port: 8080, mode: proxy}\n"
	"arms:\n"
	"  proxy:     {mode: proxy}\n"
	"  zero-copy: {mode: zero-copy}\n"
	"repeat: 6\n"
	"primary: cpu_per_request\n"
	"thresholds: [\"failures == 0\", \"p99 < 50ms\", \"hello.p99.9 < 80ms\"]\n";

static int parse(struct plan *plan, const char *text, struct err *err)
{
	*err = (struct err){0};
	return plan_parse(plan, "p.yaml", text, strlen(text), "there", NULL, 0, err);
}

/* Reads a plan that must be refused with this sentence. */
static void is_refused(const char *text, const char *sentence)
{
	struct plan plan;
	struct err err;
	int r = parse(&plan, text, &err);

	if (r >= 0)
		ok(false, "refused");
	else
		is_str(err_text(&err), sentence, sentence);
	plan_release(&plan);
}

/* The same for lines of the load section, beside a target on line 2. */
static void load_is_refused(const char *lines, const char *sentence)
{
	scoped_free char *text = alloc_printf("load:\n  target: http://:80\n%s\n", lines);

	is_refused(text, sentence);
}

/* … and for lines of a service, beside its name and command on line 2. */
static void service_is_refused(const char *lines, const char *sentence)
{
	scoped_free char *text =
		alloc_printf("services:\n  - {name: a, command: b}\n  - name: c\n%s\n", lines);

	is_refused(text, sentence);
}

static void test_gateway(void)
{
	struct plan plan;
	struct err err;
	const struct plan_service *service;
	const struct plan_request *log;

	is_int(parse(&plan, gateway, &err), 0, "the example reads");
	is_str(plan.name, "gateway", "name");
	is_str(plan.directory, "there", "directory");
	is_str(plan.source, gateway, "source is the text as read");
	is_int(plan.service_count, 1, "services");
	service = &plan.services[0];
	is_str(service->command, "./gateway --port ${port} --mode ${mode}", "command as written");
	is_str(service->build, "make -s gateway", "build");
	is_int(service->env_count, 1, "env");
	is_str(service->env[0].value, "quiet", "env value");
	is_str(service->cpus, "0", "cpus");
	is_int(service->ready.kind, PLAN_READY_HTTP, "ready");
	is_int(service->ready.attempts, 30, "attempts");
	is_int(service->ready.every_ns, 500 * (int64_t)NS_PER_MS, "every");
	is_int(service->stop_signal, SIGINT, "signal");
	is_int(service->stop_grace_ns, 5 * (int64_t)NS_PER_S, "grace");
	is_int(service->line, 3, "line of a service");
	ok(plan.has_load, "load");
	is_int(plan.load.connections, 100, "connections");
	is_int(plan.load.warmup_ns, NS_PER_S, "warmup");
	is_int(plan.load.duration_ns, 6 * (int64_t)NS_PER_S, "duration");
	is_int(plan.load.timeout_ns, 30 * (int64_t)NS_PER_S, "timeout by default");
	is_int(plan.load.request_count, 2, "requests");
	is_int(plan.load.requests[0].weight, 3, "weight");
	is_int(plan.load.requests[0].expect.status, 200, "expected status");
	log = &plan.load.requests[1];
	is_str(log->method, "POST", "method");
	is_str(log->body, "{\"n\": ${n}}", "body");
	is_str(log->data, "feeds/logs.csv", "data");
	is_int(log->weight, 1, "weight by default");
	is_int(log->line, 18, "line of a request");
	is_near(plan.profile_hz, 199, 0, "frequency");
	is_int(plan.stacks, PLAN_STACKS_AUTO, "stacks");
	is_int(plan.monitor_interval_ns, NS_PER_S, "interval");
	is_int(plan.arm_count, 2, "arms");
	is_str(plan.arms[1].name, "zero-copy", "an arm");
	is_str(plan.arms[1].vars[0].value, "zero-copy", "its variable");
	is_int(plan.repeat, 6, "repeat");
	is_str(plan.primary, "cpu_per_request", "primary");
	is_int(plan.threshold_count, 3, "thresholds");
	plan_release(&plan);
}

static void test_defaults(void)
{
	struct plan plan;
	struct err err;

	is_int(parse(&plan, "load: {target: ':8080'}", &err), 0, "the smallest plan");
	is_str(plan.name, "sonde", "name by default");
	is_int(plan.load.connections, 10, "connections by default");
	is_int(plan.load.threads, 0, "threads by default");
	is_near(plan.load.rate_hz, 0, 0, "closed loop by default");
	is_int(plan.load.duration_ns, 10 * (int64_t)NS_PER_S, "duration by default");
	is_int(plan.load.request_count, 1, "a request by default");
	is_str(plan.load.requests[0].name, "GET /", "its name");
	ok(plan.is_profiled, "profiled by default");
	is_int(plan.arm_count, 1, "one arm by default");
	is_str(plan.arms[0].name, "default", "its name");
	is_int(plan.repeat, 1, "repeat by default");
	is_str(plan.primary, "cpu_per_request", "primary by default");
	plan_release(&plan);

	is_int(parse(&plan, "services: [{name: a, command: b}]\nprofile: off\n", &err), 0,
	       "no load");
	ok(!plan.has_load && !plan.is_profiled, "neither load nor profile");
	is_int(plan.services[0].stop_signal, SIGTERM, "signal by default");
	is_int(plan.services[0].stop_grace_ns, 5 * (int64_t)NS_PER_S, "grace by default");
	is_int(plan.services[0].ready.kind, PLAN_READY_NONE, "ready at once by default");
	plan_release(&plan);

	is_int(parse(&plan,
		     "load:\n  target: :80\n  rate: 5k/s\n  requests:\n    - /a\n"
		     "    - {method: PUT, path: /a, headers: {X-A: '1'}}\n"
		     "    - {path: '/x?${c}', data: f.csv, separator: tab, name: fed}\n",
		     &err),
	       0, "requests in short");
	is_near(plan.load.rate_hz, 5000, 0, "rate");
	is_str(plan.load.requests[0].name, "GET /a", "the name of a path alone");
	is_str(plan.load.requests[1].name, "PUT /a", "the name of a method and a path");
	is_str(plan.load.requests[1].headers[0].name, "X-A", "a header");
	is_int(plan.load.requests[2].separator, '\t', "the separator");
	plan_release(&plan);

	is_int(parse(&plan,
		     "load: {target: ':80', iterations: once, requests: [{path: '/${a}', data: "
		     "f}]}",
		     &err),
	       0, "once");
	ok(plan.load.is_once && plan.load.duration_ns == 0, "once has no duration");
	plan_release(&plan);
}

static void test_yaml_errors(void)
{
	is_refused("", "p.yaml: the plan is empty; it needs 'services', 'load' or both");
	is_refused("# nothing\n", "p.yaml: the plan is empty; it needs 'services', 'load' or both");
	is_refused("- a\n",
		   "p.yaml:1:1: a plan is a mapping of keys (name: …, load: …), not a list");
	is_refused("load\n",
		   "p.yaml:1:1: a plan is a mapping of keys (name: …, load: …), not a text");
	is_refused(
		"load: {target: x\nname: y\n",
		"p.yaml:2:5: not valid YAML: did not find expected ',' or '}' while parsing a flow "
		"mapping");
	is_refused("load:\n\ttarget: x\n",
		   "p.yaml:2:1: not valid YAML: found character that cannot start any token while "
		   "scanning for the next token; indent with spaces, not with a tab");
	is_refused("load: {target: ':80', connections: ${c}}\n",
		   "p.yaml:1:37: not valid YAML: did not find expected ',' or '}' while parsing a "
		   "flow "
		   "mapping; inside {…} or […] a text with ${…} needs quotes");
	is_refused("name: a\nload:\n  target: \"caf\xe9\"\n",
		   "p.yaml:3:15: the text is not valid UTF-8");
	is_refused("name: a\001b\n", "p.yaml:1:8: a control character; a plan is plain text");
	is_refused("name: \"a\\0b\"\n", "p.yaml:1:7: a text cannot hold a NUL character");
	is_refused("name: a\nload: {}\nname: b\n",
		   "p.yaml:3:1: key 'name' stands twice; the first is on line 1");
	is_refused("load: &l {target: ':80'}\nx:\n  <<: *l\n",
		   "p.yaml:3:3: merge keys (<<) are not supported; write the keys out");
	is_refused("name: !!str a\n", "p.yaml:1:7: tags (tag:yaml.org,2002:str) are not supported");
	is_refused("name: a\n---\nname: b\n",
		   "p.yaml:2:1: a second document ('---'); a plan is one document");
	is_refused("? [a]\n: b\n", "p.yaml:1:3: a key must be a text, not a list or a mapping");
	is_refused("name: *a\n", "p.yaml:1:7: alias *a has no anchor &a before it");
	is_refused("load: &l\n  target: *l\n",
		   "p.yaml:2:11: alias *l stands inside of what it names");
}

/* A few hundred bytes that would be gigabytes, a tree without end, and one that is too wide. */
static void test_yaml_bounds(void)
{
	struct strbuf text;
	struct plan plan;
	struct err err;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	strbuf_add_text(&text, "a0: &a0 laugh\n");
	for (int i = 1; i < 12; i++)
		strbuf_addf(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i,
			    i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	is_int(parse(&plan, strbuf_text(&text), &err), -EINVAL, "a billion laughs");
	ok(strstr(err_text(&err), "with its aliases written out the plan is larger than 1 MB") !=
		   NULL,
	   "… with their sentence");
	plan_release(&plan);

	strbuf_clear(&text);
	strbuf_add_text(&text, "name: ");
	for (int i = 0; i < 40; i++)
		strbuf_add_char(&text, '[');
	is_int(parse(&plan, strbuf_text(&text), &err), -EINVAL, "too deep");
	is_str(err_text(&err), "p.yaml:1:38: nested deeper than 32 levels", "… with its sentence");
	plan_release(&plan);

	strbuf_clear(&text);
	strbuf_add_text(&text, "a: &a [[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]\n"
			       "b: [[[[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]]]\n");
	is_int(parse(&plan, strbuf_text(&text), &err), -EINVAL, "too deep by an alias");
	plan_release(&plan);

	strbuf_clear(&text);
	strbuf_add_text(&text, "services: [");
	for (int i = 0; i < 1001; i++)
		strbuf_add_text(&text, "1,");
	strbuf_add_text(&text, "]");
	is_int(parse(&plan, strbuf_text(&text), &err), -EINVAL, "too wide");
	is_str(err_text(&err), "p.yaml:1:2012: more than 1000 entries in one list or mapping",
	       "… with its sentence");
	plan_release(&plan);

	strbuf_clear(&text);
	for (int i = 0; i <= 1 << 20; i++)
		strbuf_add_char(&text, '#');
	is_int(parse(&plan, strbuf_text(&text), &err), -EINVAL, "too long");
	plan_release(&plan);
	strbuf_release(&text);
}

static void test_key_errors(void)
{
	load_is_refused(
		"  conections: 5",
		"p.yaml:3:3: unknown key 'conections' in load; did you mean 'connections'?");
	is_refused("profile: {freq: 1, stack: fp}\n",
		   "p.yaml:1:11: unknown key 'freq' in 'profile'; known are frequency, stacks");
	is_refused("profile: {stack: fp}\n",
		   "p.yaml:1:11: unknown key 'stack' in 'profile'; did you mean 'stacks'?");
	is_refused("profile: {stacks: lbr}\n",
		   "p.yaml:1:19: 'stacks: lbr' is not supported; use auto, dwarf, fp or none");
	is_refused("name: a\n",
		   "p.yaml:1:1: nothing to do: the plan has neither 'services' nor 'load'");
}

static void test_value_errors(void)
{
	load_is_refused("  warmup: soon",
			"p.yaml:3:11: 'warmup' must be a duration like 500ms or 2s, not 'soon'");
	load_is_refused(
		"  duration: 0s",
		"p.yaml:3:13: 'duration' must be a duration from 1.00 ms to 8784h00m, not '0s'");
	load_is_refused(
		"  connections: 0",
		"p.yaml:3:16: 'connections' must be a whole number from 1 to 1000000, not '0'");
	load_is_refused("  connections: [1]",
			"p.yaml:3:16: 'connections' must be a text, not a list");
	load_is_refused("  connections:",
			"p.yaml:3:15: 'connections' has no value; write \"\" for an empty text");
	load_is_refused("  connections: \"\"",
			"p.yaml:3:16: 'connections' must be a text on one line, not ''");
	load_is_refused("  rate: fast",
			"p.yaml:3:9: 'rate' must be a rate like 5000/s, not 'fast'");
	load_is_refused("  connections: 2\n  threads: 3",
			"p.yaml:4:12: 3 'threads' cannot share 2 'connections': each needs "
			"one");
	is_refused("load: 5\n", "p.yaml:1:7: load must be a mapping (key: value), not '5'");
	is_refused("load:\n", "p.yaml:1:6: load must be a mapping (key: value), not nothing");
	is_refused("load: {connections: 5}\n",
		   "p.yaml:1:7: 'load' needs a 'target' like http://127.0.0.1:8080");
	is_refused("load: {target: 'http://a/b'}\n",
		   "p.yaml:1:16: 'target' is the server alone; '/b' belongs into 'requests'");
	is_refused("repeat: 0\n",
		   "p.yaml:1:9: 'repeat' must be a whole number from 1 to 10000, not '0'");
	is_refused("repeat: ${n}\n",
		   "p.yaml:1:9: 'repeat' is the same for all arms: it cannot hold a "
		   "variable or a '$'");
	is_refused("profile: {frequency: 0}\n",
		   "p.yaml:1:22: 'frequency' must be a number from 1 to 10000, not '0'");
	is_refused("profile: maybe\n", "p.yaml:1:10: 'profile' must be true or false, not 'maybe'");
	is_refused("profile: {stacks: deep}\n",
		   "p.yaml:1:19: 'stacks' must be auto, dwarf, fp or none, not 'deep'");
	is_refused("primary: cpu_per_requests\nload: {target: ':80'}\n",
		   "p.yaml:1:10: 'primary' is no metric: 'cpu_per_requests'; did you mean "
		   "'cpu_per_request'?");
	is_refused("primary: speed\nload: {target: ':80'}\n",
		   "p.yaml:1:10: 'primary' is no metric: 'speed'; for example cpu_per_request or "
		   "latency_p99");
	is_refused("name: \"a\\e[2Jb\"\nload: \"\\e[2J\"\n",
		   "p.yaml:2:7: load must be a mapping (key: value), not ' [2J'");
}

static void test_service_errors(void)
{
	is_refused("services: {a: b}\n", "p.yaml:1:11: 'services' must be a list, not a mapping");
	is_refused("services: [5]\n",
		   "p.yaml:1:12: a service must be a mapping (key: value), not '5'");
	is_refused("services: [{command: b}]\n", "p.yaml:1:12: a service needs a 'name'");
	is_refused("services:\n - {name: a, command: b}\n - {name: a, command: c}\n",
		   "p.yaml:3:4: two services are named 'a'");
	is_refused("services: [{name: a b, command: c}]\n",
		   "p.yaml:1:19: the name of a service has up to 63 letters, digits, '_', '.' and "
		   "'-'; "
		   "'a b' is not such a name");
	service_is_refused("    cpus: '1'",
			   "p.yaml:3:5: service 'c' needs a 'command' (or 'attach')");
	service_is_refused(
		"    command: a\n    attach: ':80'",
		"p.yaml:3:5: service 'c' has a 'command' and 'attach'; it takes one of them");
	service_is_refused(
		"    attach: ':80'\n    env: {A: b}",
		"p.yaml:5:10: 'env' needs a 'command'; what 'c' attaches to already runs");
	service_is_refused(
		"    command: a | b",
		"p.yaml:4:14: 'command': '|' at column 3 is shell syntax, and no shell runs "
		"this: quote it, or use sh -c '…'");
	service_is_refused(
		"    command: a\n    cpus: 0-",
		"p.yaml:5:11: 'cpus' must be a list of CPUs like \"0\" or \"0,2-3\", each "
		"once, not '0-'");
	service_is_refused("    command: a\n    env: {A=B: c}",
			   "p.yaml:5:16: 'A=B' cannot be the name of an environment variable");
	service_is_refused("    command: a\n    env: {A: [c]}",
			   "p.yaml:5:14: 'A' must be a text, not a list");
	service_is_refused(
		"    command: a\n    stop: {signal: STOP}",
		"p.yaml:5:20: 'signal' must be TERM, INT, QUIT, HUP, KILL, USR1 or USR2, not "
		"'STOP'");
	service_is_refused(
		"    command: a\n    ready: {every: 1s}",
		"p.yaml:5:12: 'ready' needs what to ask: 'http', 'tcp', 'log' or 'exec'");
	service_is_refused("    command: a\n    ready: {tcp: ':80', log: up}",
			   "p.yaml:5:12: 'ready' asks one thing: 'tcp' or 'log', not both");
	service_is_refused("    command: a\n    ready: {tcp: ':80', status: 200}",
			   "p.yaml:5:33: 'status' in 'ready' needs 'http'");
	service_is_refused("    command: a\n    ready: {tcp: 'localhost'}",
			   "p.yaml:5:18: 'tcp' must be an address like 127.0.0.1:5432, :5432 or "
			   "unix:/run/x.sock, not 'localhost'");
	service_is_refused("    command: a\n    ready: {http: 'https://a'}",
			   "p.yaml:5:19: 'http': readiness is not asked over https; wait for the "
			   "port with 'tcp', or ask with 'exec'");
}

static void test_request_errors(void)
{
	load_is_refused("  requests: []",
			"p.yaml:3:13: 'requests' is empty; without the key the request is GET /");
	load_is_refused("  requests: [hello]",
			"p.yaml:3:14: 'path' must be a path that begins with '/', not 'hello'");
	load_is_refused("  requests: [/a b]",
			"p.yaml:3:14: 'path': the space at offset 2 must be written as %20");
	load_is_refused(
		"  requests: [/a, {path: /a}]",
		"p.yaml:3:18: two requests are named 'GET /a'; give each a 'name' of its own");
	load_is_refused("  requests: [{weight: 0}]",
			"p.yaml:3:23: 'weight' must be a whole number from 1 to 1000000, not '0'");
	load_is_refused("  requests: [{method: 'GET /'}]",
			"p.yaml:3:23: 'method' must be a method like GET or POST, not 'GET /'");
	load_is_refused(
		"  requests: [{path: /a, data: f.csv}]",
		"p.yaml:3:14: 'data' is named, but no ${column} of it is used in path, headers "
		"or body");
	load_is_refused("  requests: [{separator: ';'}]",
			"p.yaml:3:26: 'separator' is of a data file; the request has no 'data'");
	load_is_refused(
		"  requests: [{data: f, path: '/${a}', separator: ';;'}]",
		"p.yaml:3:50: 'separator' must be one character like ';', or tab, not ';;'");
	load_is_refused("  requests: [{expect: {state: 200}}]",
			"p.yaml:3:24: unknown key 'state' in 'expect'; did you mean 'status'?");
	load_is_refused(
		"  requests: [{path: '/${a}'}]",
		"p.yaml:3:21: unknown variable 'a'; set it in 'vars', or write $$ for a dollar "
		"sign");
	load_is_refused(
		"  iterations: once",
		"p.yaml:3:15: 'iterations: once' sends each line of 'data' once, but request "
		"'GET /' has no 'data'");
	load_is_refused(
		"thresholds: [p98 < 1ms]",
		"p.yaml:3:14: threshold 'p98 < 1ms': unknown metric 'p98'; did you mean 'p90'?");
	load_is_refused(
		"thresholds: [helo.p99 < 1ms]\n  requests: [{name: hello}]",
		"p.yaml:4:3: not valid YAML: did not find expected key while parsing a block "
		"mapping");
	load_is_refused(
		"  requests: [{name: hello}]\nthresholds: [helo.p99 < 1ms]",
		"p.yaml:4:14: threshold 'helo.p99 < 1ms': no request is named 'helo'; did you "
		"mean 'hello'?");
	is_refused("services: [{name: a, command: b}]\nthresholds: [p99 < 1ms]\n",
		   "p.yaml:2:13: 'thresholds' are of the load; the plan has no 'load'");
}

static void test_variable_errors(void)
{
	load_is_refused("  connections: ${count}\nvars: {cuont: 5}",
			"p.yaml:3:16: unknown variable 'count'; did you mean 'cuont'?");
	load_is_refused(
		"  connections: ${c}\nvars: {c: many}",
		"p.yaml:3:16: 'connections' must be a whole number from 1 to 1000000, not 'many' "
		"(from '${c}')");
	load_is_refused(
		"  connections: ${c}\nvars: {c: 5}\narms: {low: {c: 5}, high: {c: many}}",
		"p.yaml:3:16: 'connections' must be a whole number from 1 to 1000000, not 'many' "
		"(from '${c}' in arm 'high')");
	load_is_refused(
		"  connections: ${c}\narms: {low: {c: 5}, high: }",
		"p.yaml:3:16: unknown variable 'c' in arm 'high'; set it in 'vars', or write $$ "
		"for a dollar sign");
	load_is_refused("  connections: ${a}\nvars: {z: '${a}', a: '1${b}', b: '${a}'}",
			"p.yaml:3:16: variables go in a circle: ${a} → ${b} → ${a}");
	load_is_refused("  requests: ['/${']",
			"p.yaml:3:14: '${' without a name and '}'; write $$ for a dollar sign");
	load_is_refused("  connections: ${mode}\nvars: {mode: 5}\narms: {a: {mdoe: 3}}",
			"p.yaml:5:18: arm 'a' sets 'mdoe', but nothing uses ${mdoe}; did you mean "
			"'mode'?");
	load_is_refused("vars: {mode: 5}\narms: {a: {mode: 3}}",
			"p.yaml:4:18: arm 'a' sets 'mode', but nothing uses ${mode}");
	load_is_refused(
		"arms: {a b: {}}",
		"p.yaml:3:13: the name of an arm has up to 63 letters, digits, '_', '.' and '-'; "
		"'a b' is not such a name");
	load_is_refused("arms: [a]",
			"p.yaml:3:7: 'arms' must be a mapping (arm: {variable: value}), "
			"not a list");
	/* services have data and path in their environment, and it is no request */
	is_refused("services: [{name: a, command: b, env: {data: x, path: '${p}'}}]\n",
		   "p.yaml:1:55: unknown variable 'p'; set it in 'vars', or write $$ for a dollar "
		   "sign");
}

static void test_expand(void)
{
	struct plan plan, proxy, zero_copy;
	struct err err;

	is_int(parse(&plan, gateway, &err), 0, "read");
	is_int(plan_expand(&plan, 0, &proxy, &err), 0, "the first arm");
	is_int(plan_expand(&plan, 1, &zero_copy, &err), 0, "the second arm");
	plan_release(&plan); /* what was expanded stands alone */
	is_str(proxy.services[0].command, "./gateway --port 8080 --mode proxy", "vars");
	is_str(zero_copy.services[0].command, "./gateway --port 8080 --mode zero-copy", "arm");
	is_str(zero_copy.load.target, "http://127.0.0.1:8080", "inside of a text");
	is_str(zero_copy.load.requests[1].path, "/api/v1/logs?ip=${ip}", "a column stays");
	is_str(zero_copy.load.requests[1].body, "{\"n\": ${n}}", "in a body, too");
	is_str(zero_copy.path, "p.yaml", "the file's name");
	plan_release(&proxy);
	plan_release(&zero_copy);

	is_int(parse(&plan,
		     "vars: {a: '${b}${b}', b: '[${c}]', c: '$$', e: ''}\n"
		     "load:\n  target: :80\n  connections: 1${e}2\n  duration: ${c}${e}s\n"
		     "  requests: [{path: '/${a}', body: '$x $$ 5$ ${e}', headers: {Y: '${e}'}}]\n"
		     "arms: {x: {c: 7}}\n",
		     &err),
	       0, "variables of variables");
	is_int(plan.load.connections, 10, "a number with a variable waits");
	is_int(plan_expand(&plan, 0, &proxy, &err), 0, "expanded");
	is_int(proxy.load.connections, 12, "a number");
	is_int(proxy.load.duration_ns, 7 * (int64_t)NS_PER_S, "a duration, an arm over a default");
	is_str(proxy.load.requests[0].path, "/[7][7]", "nested");
	is_str(proxy.load.requests[0].body, "$x $ 5$ ", "dollar signs");
	is_str(proxy.load.requests[0].headers[0].value, "", "an empty value is an empty text");
	is_str(proxy.load.requests[0].name, "GET /${a}", "a name is the same in all arms");
	plan_release(&plan);
	plan_release(&proxy);
}

/* Doubling forty times: neither the size nor the time may explode, whatever the value. */
static void test_expand_bounds(void)
{
	static const char *const leaves[] = {
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		""};
	static const char *const sentences[] = {
		"p.yaml:1:34: variables make the plan larger than 4 MB",
		"p.yaml:1:34: variables refer to variables more than 32 deep or 100000 times",
	};

	for (size_t leaf = 0; leaf < 2; leaf++) {
		struct strbuf text;
		struct plan plan;
		struct err err;

		strbuf_init(&text, STRBUF_MAX_DEFAULT);
		strbuf_addf(&text,
			    "load: {target: ':80', requests: ['/${v30}']}\nvars:\n  v0: '%s'\n",
			    leaves[leaf]);
		for (int i = 1; i <= 30; i++)
			strbuf_addf(&text, "  v%d: ${v%d}${v%d}\n", i, i - 1, i - 1);
		is_int(parse(&plan, strbuf_text(&text), &err), -EINVAL, "doubling is bounded");
		is_str(err_text(&err), sentences[leaf], "… and said");
		plan_release(&plan);
		strbuf_release(&text);
	}
}

static void test_overrides(void)
{
	struct plan_pair mode = {"mode", "bare"}, typo = {"prot", "81"}, port = {"port", "81"};
	struct plan plan, expanded, again;
	struct err err = {0};

	is_int(plan_parse(&plan, "p.yaml", gateway, strlen(gateway), ".", &typo, 1, &err), -EINVAL,
	       "an unknown variable");
	is_str(err_text(&err), "p.yaml has no variable 'prot'; did you mean 'port'?", "named");
	plan_release(&plan);

	is_int(plan_parse(&plan, "p.yaml", gateway, strlen(gateway), ".",
			  (struct plan_pair[]){mode, port}, 2, &err),
	       0, "two overrides");
	is_int(plan_expand(&plan, 1, &expanded, &err), 0, "expanded");
	is_str(expanded.services[0].command, "./gateway --port 81 --mode bare",
	       "over vars and arm");
	plan_release(&expanded);
	is_int(parse(&again, plan.source, &err), 0, "the source holds the overrides");
	is_int(plan_expand(&again, 1, &expanded, &err), 0, "… and expands");
	is_str(expanded.services[0].command, "./gateway --port 81 --mode bare", "… to the same");
	plan_release(&expanded);
	plan_release(&again);
	plan_release(&plan);

	mode.name = "token";
	is_int(plan_parse(&plan, "p.yaml", "load: {target: ':80', requests: ['/${token}']}", 46,
			  ".", &mode, 1, &err),
	       0, "a variable that only the command line sets");
	plan_release(&plan);
}

static void test_read(void)
{
	char folder[] = "/tmp/sonde-plan-XXXXXX";
	struct plan plan;
	struct err err = {0};
	FILE *file;

	if (!ok(mkdtemp(folder) != NULL, "a folder"))
		return;
	scoped_free char *path = alloc_printf("%s/sonde.yaml", folder);
	scoped_free char *missing =
		alloc_printf("no plan at %s; 'sonde run --url URL -- CMD' runs without one", path);

	is_int(plan_read(&plan, folder, NULL, 0, &err), -ENOENT, "a folder without a plan");
	is_str(err_text(&err), missing, "… says what else there is");
	plan_release(&plan);
	is_int(plan_read(&plan, path, NULL, 0, &err), -ENOENT, "no such file");
	is_str(err_text(&err), missing, "… says the same");
	plan_release(&plan);
	file = fopen(path, "w");
	if (ok(file != NULL, "a file")) {
		fputs("load: {target: ':80'}\n", file);
		fclose(file);
	}
	is_int(plan_read(&plan, folder, NULL, 0, &err), 0, "the folder's plan");
	is_str(plan.path, path, "its path");
	is_str(plan.directory, folder, "its folder");
	plan_release(&plan);
	unlink(path);
	rmdir(folder);
}

static void test_cpus(void)
{
	uint32_t cpus[8];

	is_int(plan_service_parse_cpus("0", cpus, 8), 1, "one CPU");
	is_int(plan_service_parse_cpus("0,2-4,7", cpus, 8), 5, "a list");
	ok(cpus[0] == 0 && cpus[1] == 2 && cpus[3] == 4 && cpus[4] == 7, "its CPUs");
	is_int(plan_service_parse_cpus("0-3", cpus, 3), -ERANGE, "more than there is room for");
	is_int(plan_service_parse_cpus("4096", cpus, 8), -ERANGE, "a number too large");
	is_int(plan_service_parse_cpus("0-4095", NULL, 4096), 4096, "all");
	static const char *const bad[] = {"",	 ",",	"0,",	 "1-", "-1",
					  "3-1", "1,1", "0-2,1", "a",  "0 1"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(plan_service_parse_cpus(bad[i], cpus, 8), -EINVAL, bad[i]);
}

int main(void)
{
	test_gateway();
	test_defaults();
	test_yaml_errors();
	test_yaml_bounds();
	test_key_errors();
	test_value_errors();
	test_service_errors();
	test_request_errors();
	test_variable_errors();
	test_expand();
	test_expand_bounds();
	test_overrides();
	test_read();
	test_cpus();
	return tap_done();
}
