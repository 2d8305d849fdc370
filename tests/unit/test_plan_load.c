/*
 * The load section of a plan: what each key becomes, which keys exclude or need each other, with
 * the whole sentence, and the named loads.
 */
#include "tap.h"

#include <errno.h>

#include "lab/plan.h"
#include "util/alloc.h"
#include "util/clock.h"

static int parse(struct plan *plan, const char *text, struct err *err)
{
	*err = (struct err){0};
	return plan_parse(plan, "p.yaml", text, strlen(text), "there", NULL, 0, err);
}

/* Lines of the load section beside a target on line 2, as the first arm sees them. */
static const struct plan_load *read_load(struct plan *expanded, const char *lines)
{
	scoped_free char *text = alloc_printf("load:\n  target: http://:80\n%s\n", lines);
	struct plan plan;
	struct err err;
	int r = parse(&plan, text, &err);

	*expanded = (struct plan){0};
	if (r == 0)
		r = plan_expand(&plan, 0, expanded, &err);
	if (!ok(r == 0, lines))
		printf("# %s\n", err_text(&err));
	plan_release(&plan);
	return &expanded->load;
}

static void is_refused(const char *text, const char *sentence)
{
	struct plan plan;
	struct err err;

	if (parse(&plan, text, &err) >= 0)
		ok(false, sentence);
	else
		is_str(err_text(&err), sentence, sentence);
	plan_release(&plan);
}

static void load_is_refused(const char *lines, const char *sentence)
{
	scoped_free char *text = alloc_printf("load:\n  target: http://:80\n%s\n", lines);

	is_refused(text, sentence);
}

/* The same with an https target. */
static void tls_is_refused(const char *lines, const char *sentence)
{
	scoped_free char *text = alloc_printf("load:\n  target: https://:80\n%s\n", lines);

	is_refused(text, sentence);
}

#define S ((uint64_t)NS_PER_S)

static void test_users(void)
{
	struct plan plan;
	const struct plan_load *load = read_load(&plan, "  users: 1500\n  spawn_rate: 200/s");

	ok(load->is_users && !load->is_open, "users are a closed loop");
	is_int(load->connections, 1500, "each has a connection");
	ok(load->stage_begin == 0 && load->stage_count == 1 && load->stages[0].target == 1500 &&
		   load->stages[0].duration_ns == 7500 * (uint64_t)NS_PER_MS,
	   "they come at the spawn rate");
	is_int(load->duration_ns, 10 * S, "which is no end of the load");
	plan_release(&plan);

	load = read_load(&plan, "  users: 7");
	ok(load->is_users && load->stage_count == 1 && load->stages[0].duration_ns == 0 &&
		   load->stages[0].target == 7,
	   "or all at once");
	is_int(load->think.kind, LOAD_THINK_NONE, "nobody thinks unless stated");
	plan_release(&plan);

	load = read_load(&plan, "  users: 7\n  think_time: 1500ms");
	ok(load->think.kind == LOAD_THINK_CONSTANT && load->think.low_ns == 1500 * S / 1000,
	   "a constant think time");
	plan_release(&plan);
	load = read_load(&plan, "  users: 7\n  think_time: {uniform: [1s, 5s]}");
	ok(load->think.kind == LOAD_THINK_UNIFORM && load->think.low_ns == S &&
		   load->think.high_ns == 5 * S,
	   "a uniform one");
	plan_release(&plan);
	load = read_load(&plan, "  connections: 7\n  think_time: {exponential: 2s}");
	ok(load->think.kind == LOAD_THINK_EXPONENTIAL && load->think.low_ns == 2 * S,
	   "an exponential one, of connections");
	plan_release(&plan);
}

static void test_users_refused(void)
{
	load_is_refused("  users: 5\n  rate: 7",
			"p.yaml:4:9: 'users' and 'rate' exclude each other: users wait for their "
			"answers, requests at a rate do not; take one of them");
	load_is_refused(
		"  connections: 7\n  users: 5",
		"p.yaml:3:16: 'users' and 'connections' exclude each other: each user has a "
		"connection of its own");
	load_is_refused(
		"  spawn_rate: 5",
		"p.yaml:3:15: 'spawn_rate' needs 'users': it is how many of them begin in a "
		"second");
	load_is_refused("  users: 5\n  threads: 6",
			"p.yaml:4:12: 6 'threads' cannot share 5 'users': each needs one");
	load_is_refused("  users: 1000000\n  spawn_rate: 1/h",
			"p.yaml:4:15: 'spawn_rate' must be a "
			"rate like 5000/s, not '1/h'");
	load_is_refused("  users: 1000000\n  spawn_rate: 0.001/s",
			"p.yaml:4:15: 1000000 users at this 'spawn_rate' take more than 366 days");
	load_is_refused(
		"  think_time: 1s",
		"p.yaml:3:15: 'think_time' needs 'users' (or 'connections'): it is what each "
		"of them does between an answer and the next request");
	load_is_refused("  rate: 5\n  think_time: 1s",
			"p.yaml:3:9: 'think_time' and 'rate' exclude each other: at a rate nobody "
			"waits for answers, and so nobody thinks");
	load_is_refused(
		"  users: 1\n  think_time: {uniform: 1s}",
		"p.yaml:4:25: 'uniform' must be the shortest and the longest time, like [1s, "
		"5s], not '1s'");
	load_is_refused("  users: 1\n  think_time: {uniform: [5s, 1s]}",
			"p.yaml:4:25: 'uniform' is the shortest time, then the longest");
	load_is_refused("  users: 1\n  think_time: {uniform: [1s, 5s], exponential: 1s}",
			"p.yaml:4:15: 'think_time' is a time like 1s, {uniform: [1s, 5s]} or "
			"{exponential: 2s}");
	load_is_refused("  users: 1\n  think_time: {uniform: [1s, late]}",
			"p.yaml:4:30: 'uniform' must be a duration like 500ms or 2s, not 'late'");
}

static void test_stages(void)
{
	struct plan plan;
	const struct plan_load *load = read_load(&plan, "  stages:\n"
							"    - {to: 5000/s, over: 30s}\n"
							"    - {hold: 1m}\n"
							"    - {to: 10k/s}\n"
							"    - {hold: 10s}\n"
							"    - {to: 0/s, over: 5s}\n"
							"  warmup: 5s");

	ok(load->is_open && !load->is_users && load->rate_hz == 0 && load->stage_begin == 0,
	   "stages of rates begin at nothing");
	is_int(load->stage_count, 5, "each is a stage");
	ok(load->stages[0].target == 5000 && load->stages[0].duration_ns == 30 * S, "a ramp");
	ok(load->stages[1].target == 5000 && load->stages[1].duration_ns == 60 * S, "a hold");
	ok(load->stages[2].target == 10000 && load->stages[2].duration_ns == 0, "a jump");
	ok(load->stages[4].target == 0 && load->stages[4].duration_ns == 5 * S, "down to nothing");
	is_int(load->duration_ns, 100 * S, "the window is the rest behind the warm-up");
	plan_release(&plan);

	load = read_load(&plan,
			 "  rate: 100\n  arrivals: poisson\n  stages: [{hold: 1s}, {to: 200, "
			 "over: 1s}]\n  duration: 1m");
	ok(load->stage_begin == 100 && load->stages[0].target == 100 &&
		   load->stages[1].target == 200,
	   "a rate is where they begin, and what they are of");
	is_int(load->arrivals, LOAD_ARRIVALS_POISSON, "arrivals");
	is_int(load->duration_ns, 60 * S, "a stated duration stays");
	plan_release(&plan);

	load = read_load(&plan,
			 "  users: 10\n  stages: [{hold: 1s}, {to: 50, over: 1s}, {to: 20}]");
	ok(load->is_users && !load->is_open && load->stage_begin == 10 && load->connections == 50 &&
		   load->stages[2].target == 20,
	   "stages of users, as many connections as there are ever users");
	plan_release(&plan);
	load = read_load(&plan, "  think_time: 1s\n  stages: [{to: 50, over: 1s}]");
	ok(load->is_users && load->stage_begin == 0 && load->connections == 50,
	   "a number without /s is of users");
	plan_release(&plan);
}

static void test_stages_refused(void)
{
	load_is_refused("  stages: []",
			"p.yaml:3:11: 'stages' is empty; a stage is {to: 5000/s, over: 30s}");
	load_is_refused("  stages: 5s", "p.yaml:3:11: 'stages' must be a list, not '5s'");
	load_is_refused("  stages: [{hold: 5s, to: 3}]",
			"p.yaml:3:12: a stage is {to: 5000/s, over: 30s}, {to: 5000/s} at once, or "
			"{hold: 30s}");
	load_is_refused("  stages: [{over: 5s}]",
			"p.yaml:3:12: a stage is {to: 5000/s, over: 30s}, {to: 5000/s} at once, or "
			"{hold: 30s}");
	load_is_refused("  stages: [5/s]",
			"p.yaml:3:12: a stage must be a mapping (key: value), not '5/s'");
	load_is_refused(
		"  stages: [{to: 5/s, over: 1s}, {to: many}]",
		"p.yaml:3:38: 'to' must be a rate up to 10000000/s, like 5000/s, not 'many'");
	load_is_refused(
		"  users: 3\n  stages: [{to: 5/s, over: 1s}]",
		"p.yaml:4:17: 'to' must be a number of users from 0 to 1000000 (a rate like "
		"5000/s is for stages of rates), not '5/s'");
	load_is_refused("  stages: [{hold: 10s}]",
			"p.yaml:3:11: 'stages' begin at 0 and never rise; {to: 5000/s, over: 30s} "
			"does, and so does one that begins at a 'rate'");
	load_is_refused(
		"  stages: [{to: 5/s}]",
		"p.yaml:3:11: 'stages' begin with the warm-up, and 0 ns of warm-up leave "
		"nothing of their 0 ns to be measured; lengthen them, or give a 'duration'");
	load_is_refused("  stages: [{to: 5/s, over: 1s}]\n  warmup: 2s",
			"p.yaml:3:11: 'stages' begin with the warm-up, and 2.00 s of warm-up leave "
			"nothing of their 1.00 s to be measured; lengthen them, or give a "
			"'duration'");
	load_is_refused("  stages: [{to: 5/s, over: 366d}]",
			"p.yaml:3:28: 'over' must be a duration like 500ms or 2s, not '366d'");
	load_is_refused("  stages: [{to: 5/s, over: 8000h}, {hold: 8000h}]",
			"p.yaml:3:11: 'stages' take more than 366 days in all");
	load_is_refused("  stages: [{to: 5/s, over: 1s}]\n  think_time: 1s",
			"p.yaml:4:15: 'think_time' and 'stages' of rates exclude each other: at a "
			"rate nobody waits for answers, and so nobody thinks");
	load_is_refused("  stages: [{to: 5, over: 1s}]\n  connections: 7",
			"p.yaml:4:16: 'connections' and 'stages' of users exclude each other: each "
			"user has a connection of its own");
	load_is_refused("  arrivals: poisson",
			"p.yaml:3:13: 'arrivals' needs a 'rate', or 'stages' of rates: elsewhere a "
			"request follows an answer");
	load_is_refused("  rate: 5\n  arrivals: often",
			"p.yaml:4:13: 'arrivals' must be constant or poisson, not 'often'");
	load_is_refused(
		"  warmup: auto\n  stages: [{to: 5/s, over: 1s}]",
		"p.yaml:3:11: 'warmup: auto' looks for where the load has become steady, and "
		"a load that changes by plan (stages, spawn_rate) never does; write a "
		"duration");
}

static void test_amount(void)
{
	struct plan plan;
	const struct plan_load *load = read_load(&plan, "  iterations: 5000");

	ok(load->iterations == 5000 && load->duration_ns == 0 && !load->is_once,
	   "a number of requests has no time limit");
	plan_release(&plan);
	load = read_load(&plan, "  iterations: 5000\n  duration: 3s");
	ok(load->iterations == 5000 && load->duration_ns == 3 * S, "unless one is stated");
	plan_release(&plan);
	load = read_load(&plan, "  warmup: auto\n  users: 3");
	ok(load->is_warmup_auto && load->warmup_ns == 0 && load->duration_ns == 10 * S,
	   "a warm-up that is found");
	plan_release(&plan);
	load = read_load(&plan, "  abort_on: [p99 < 1s, failures < 100]");
	ok(load->abort_count == 2 && strcmp(load->abort_on[1], "failures < 100") == 0, "abort_on");
	plan_release(&plan);
}

static void test_amount_refused(void)
{
	load_is_refused("  iterations: 0", "p.yaml:3:15: 'iterations' must be a number of requests "
					   "from 1 on, or once, not '0'");
	load_is_refused(
		"  iterations: twice",
		"p.yaml:3:15: 'iterations' must be a number of requests from 1 on, or once, "
		"not 'twice'");
	load_is_refused("  replay: a\n  warmup: 1s",
			"p.yaml:3:11: 'warmup' and 'replay' exclude each other: each of the "
			"requests counts");
	load_is_refused("  iterations: 5\n  warmup: 1s",
			"p.yaml:3:15: 'warmup' and 'iterations' exclude each other: each of the "
			"requests counts");
	load_is_refused("  iterations: once\n  requests: [{path: '/${a}', data: a.csv}, {path: "
			"'/${b}', data: b.csv, name: b}]",
			"p.yaml:3:15: 'iterations: once' sends each line of one file once, but the "
			"requests have 'a.csv' and 'b.csv'");
	load_is_refused("  iterations: once\n  requests: [{path: '/${a}', data: a.csv, order: "
			"random}]",
			"p.yaml:3:15: 'iterations: once' sends the lines in their order; request "
			"'GET /${a}' has another 'order'");
	load_is_refused("  abort_on: [p98 < 1s]",
			"p.yaml:3:14: threshold 'p98 < 1s': unknown metric 'p98'; did you mean "
			"'p90'?");
	load_is_refused(
		"  abort_on: [helo.p99 < 1s]\n  requests: [{name: hello}]",
		"p.yaml:3:14: threshold 'helo.p99 < 1s': no request is named 'helo'; did you "
		"mean 'hello'?");
}

static void test_target(void)
{
	struct plan plan;
	struct err err;
	const struct plan_load *load =
		read_load(&plan, "  connect_to: unix:/run/x.sock\n  pipeline: 8");

	is_str(load->connect_to, "unix:/run/x.sock", "connect_to");
	ok(load->depth == 8 && load->protocol == LOAD_HTTP1, "pipelining is HTTP/1.1");
	ok(load->tls.verifies && load->tls.resumes, "certificates are verified by default");
	plan_release(&plan);
	load = read_load(&plan, "  streams: 100\n  sources: [127.0.0.2, '::1']");
	ok(load->depth == 100 && load->protocol == LOAD_HTTP2, "streams are HTTP/2");
	ok(load->source_count == 2 && strcmp(load->sources[1], "::1") == 0, "sources");
	plan_release(&plan);
	load = read_load(&plan, "  close: true");
	ok(load->is_closing && load->depth == 1 && load->protocol == LOAD_HTTP_BY_ALPN, "close");
	plan_release(&plan);

	is_int(parse(&plan,
		     "load:\n  target: https://localhost:8443\n  tls: {verify: false, cert: c.pem, "
		     "key: k.pem, server_name: example.org, resume: false}",
		     &err),
	       0, "an https target");
	load = &plan.load;
	ok(!load->tls.verifies && !load->tls.resumes && strcmp(load->tls.cert, "c.pem") == 0 &&
		   strcmp(load->tls.key, "k.pem") == 0 &&
		   strcmp(load->tls.server_name, "example.org") == 0 && load->tls.ca == NULL,
	   "its TLS");
	plan_release(&plan);
	is_int(parse(&plan, "load: {target: 'unix:/run/x.sock'}", &err), 0, "a Unix socket");
	plan_release(&plan);
}

static void test_target_refused(void)
{
	load_is_refused("  protocol: http3",
			"p.yaml:3:13: 'protocol' must be auto, http1 or http2, not 'http3'");
	load_is_refused(
		"  protocol: http2\n  pipeline: 4",
		"p.yaml:4:13: 'pipeline' is of HTTP/1.1; with 'protocol: http2' the requests "
		"in flight on a connection are 'streams'");
	load_is_refused("  protocol: http1\n  streams: 4",
			"p.yaml:4:12: 'streams' are of HTTP/2; with 'protocol: http1' the requests "
			"in flight on a connection are 'pipeline'");
	load_is_refused("  close: true\n  pipeline: 4",
			"p.yaml:4:13: 'close' and 'pipeline' exclude each other: a connection that "
			"is closed after its request has no second one");
	load_is_refused(
		"  connect_to: localhost",
		"p.yaml:3:15: 'connect_to' must be an address like 127.0.0.1:5432, :5432 or "
		"unix:/run/x.sock, not 'localhost'");
	load_is_refused(
		"  sources: [localhost]",
		"p.yaml:3:13: 'sources' must be addresses of this machine like 127.0.0.2 or "
		"::1, not 'localhost'");
	load_is_refused("  connect_to: unix:/x\n  sources: [127.0.0.2]",
			"p.yaml:4:12: 'sources' are network addresses, and the target is a Unix "
			"socket");
	load_is_refused("  tls: {verify: false}",
			"p.yaml:3:8: 'tls' is of an https target, like https://127.0.0.1:8443");
	tls_is_refused("  tls: {key: k.pem}", "p.yaml:3:14: 'key' is of a client certificate: name "
					      "its file in 'cert'");
	tls_is_refused("  tls: {verify: false, ca: k.pem}",
		       "p.yaml:3:28: 'ca' verifies the server's certificate, and 'verify: false' "
		       "does not");
	tls_is_refused("  tls: {verfy: false}",
		       "p.yaml:3:9: unknown key 'verfy' in 'tls'; did you mean 'verify'?");
}

static void test_requests(void)
{
	struct plan plan;
	const struct plan_load *load =
		read_load(&plan, "  requests:\n"
				 "    - path: /${id}\n"
				 "      data: ids.jsonl\n"
				 "      order: per_user\n"
				 "      body_file: body.bin\n"
				 "      expect:\n"
				 "        status: 201\n"
				 "        headers: {Content-Type: json, X-Cache: }\n"
				 "        body: '\"ok\"'\n"
				 "        matches: '^[0-9]{3}$'\n"
				 "        size: [1, 4k]\n"
				 "    - {path: /b, expect: {size: 512}}\n");
	const struct plan_request *request = &load->requests[0];
	const struct plan_expect *expect = &request->expect;

	is_int(load->request_count, 2, "two requests");
	is_int(request->order, LOAD_FEED_PER_USER, "order");
	is_str(request->body_file, "body.bin", "body_file");
	ok(expect->status == 201 && expect->header_count == 2, "expected status and headers");
	is_str(expect->headers[0].value, "json", "a header contains");
	ok(expect->headers[1].value == NULL, "or is only there");
	is_str(expect->body, "\"ok\"", "expected text");
	is_str(expect->matches, "^[0-9]{3}$", "expected pattern");
	ok(expect->has_size && expect->size_min == 1 && expect->size_max == 4096, "expected size");
	expect = &load->requests[1].expect;
	ok(expect->has_size && expect->size_min == 512 && expect->size_max == 512, "one size");
	ok(load->requests[1].order == LOAD_FEED_SEQUENTIAL && expect->headers == NULL,
	   "nothing that was not stated");
	plan_release(&plan);
}

static void test_requests_refused(void)
{
	load_is_refused("  requests: [{order: random}]",
			"p.yaml:3:22: 'order' is of a data file; the request has no 'data'");
	load_is_refused("  requests: [{data: f, path: '/${a}', order: shuffled}]",
			"p.yaml:3:46: 'order' must be sequential, random or per_user, not "
			"'shuffled'");
	load_is_refused("  requests: [{body: a, body_file: b}]",
			"p.yaml:3:35: a request has a 'body' or a 'body_file', not both");
	load_is_refused("  requests: [{expect: {size: [5, 2]}}]",
			"p.yaml:3:30: 'size' is the least number of bytes, then the most");
	load_is_refused("  requests: [{expect: {size: big}}]",
			"p.yaml:3:30: 'size' must be a number of bytes like 512 or 4k, or [least, "
			"most], not 'big'");
	load_is_refused("  requests: [{expect: {size: [1]}}]",
			"p.yaml:3:30: 'size' must be a number of bytes like 512 or 4k, or [least, "
			"most], not a list");
	load_is_refused("  requests: [{expect: {matches: '('}}]",
			"p.yaml:3:33: 'matches': '(' is no regular expression: Unmatched ( or \\(");
	load_is_refused("  requests: [{expect: {headers: {'a b': c}}}]",
			"p.yaml:3:41: 'headers': 'a b' is not a header name; write it as 'Name: "
			"value'");
	load_is_refused("  requests: [{think_time: 1s}]",
			"p.yaml:3:15: 'think_time' in a request is not supported yet; it stands in "
			"'load', for all requests");
}

static void test_patterns(void)
{
	struct plan plan;
	/* what would take the C library's compiler minutes and gigabytes */
	static const char *const large[] = {
		"a++++++++++++++++++++++++++++++++++++++++",
		"((((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+",
		"((a{200}){200}){200}",
		"((((((((((((((((((((((((((((((((((((((((((((((((((a",
		"[[:alpha:]]{30000}",
	};

	for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
		scoped_free char *lines =
			alloc_printf("  requests: [{expect: {matches: '%s'}}]", large[i]);

		load_is_refused(lines, "p.yaml:3:33: 'matches': too large: at most 1000 bytes, "
				       "groups 49 deep, and few repetitions of repetitions");
	}
	static const char *const good[] = {
		"^(a+b+c+)+[[:digit:]]{1,4}(x|y+)*\\{$",
		"[]{900}]+[^]a]\\(\\+{2}",
		"a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q+r+s+t+u+v+w+x+y+z+",
		"(a{10}){10}(b{3,50}){2,9}",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		scoped_free char *lines =
			alloc_printf("  requests: [{expect: {matches: '%s'}}]", good[i]);

		is_str(read_load(&plan, lines)->requests[0].expect.matches, good[i],
		       "a pattern as it is written");
		plan_release(&plan);
	}
}

static void test_files(void)
{
	struct plan plan;
	const struct plan_load *load =
		read_load(&plan, "  script: a.lua\n  script_args: [one, '2']\n"
				 "  requests: [{path: /x, headers: {A: b}}]");

	is_str(load->script, "a.lua", "a script");
	ok(load->script_arg_count == 2 && strcmp(load->script_args[1], "2") == 0, "its arguments");
	is_int(load->protocol, LOAD_HTTP1, "is of HTTP/1.1");
	plan_release(&plan);
	load = read_load(&plan,
			 "  replay: times.txt\n  speed: 2.5\n  abort_on: ['GET /x.p99 < 1s']");
	is_str(load->replay, "times.txt", "a replay");
	is_near(load->replay_speed, 2.5, 0, "its speed");
	ok(load->is_open && load->duration_ns == 0, "is an open loop as long as the file");
	plan_release(&plan);
	load = read_load(&plan, "  targets: t.txt\n  rate: 5\n  requests: [{headers: {A: b}, "
				"expect: {status: 200}}]");
	ok(strcmp(load->targets, "t.txt") == 0 && load->requests[0].expect.status == 200,
	   "targets with what goes for all of them");
	plan_release(&plan);
}

static void test_files_refused(void)
{
	load_is_refused("  script_args: [a]",
			"p.yaml:3:16: 'script_args' needs 'script': they are what its init() is "
			"given");
	load_is_refused("  speed: 2",
			"p.yaml:3:10: 'speed' needs 'replay': it is how many times as "
			"fast the file is sent");
	load_is_refused("  replay: a\n  speed: 0",
			"p.yaml:4:10: 'speed' must be a number from 0.01 to 1000, not '0'");
	load_is_refused(
		"  replay: a\n  rate: 5",
		"p.yaml:4:9: 'replay' and 'rate' exclude each other: the file says when each "
		"request is due");
	load_is_refused("  targets: a\n  script: b",
			"p.yaml:4:11: 'targets' and 'script' exclude each other: the file has the "
			"requests");
	load_is_refused("  targets: a\n  requests: [{path: /x}]",
			"p.yaml:4:21: 'path' stands in the file of 'targets'; here only 'headers' "
			"and 'expect' go for all its requests");
	load_is_refused("  replay: a\n  requests: [/x]",
			"p.yaml:4:13: 'replay' has the requests: 'requests' may hold one, whose "
			"'headers' and 'expect' go for all of them");
	load_is_refused("  script: a\n  requests: [/x, /y]",
			"p.yaml:4:13: 'script' makes the requests: 'requests' may hold one without "
			"'data', from which wrk.method, path, headers and body come");
	load_is_refused("  script: a\n  protocol: http2",
			"p.yaml:4:13: a 'script' makes requests of HTTP/1.1: 'protocol: http1'");
}

static const char named[] = "load:\n"
			    "  target: http://:80\n"
			    "  connections: ${c}\n"
			    "  requests: [/a]\n"
			    "vars: {c: 5, n: 9}\n"
			    "arms: {one: {c: 6}, two: {n: 8}}\n"
			    "thresholds: [p99 < 1s]\n"
			    "loads:\n"
			    "  same:\n"
			    "  heavy: {connections: 500, duration: 1m}\n"
			    "  people: {connections: , users: \"${n}\", think_time: 1s}\n";

static void test_loads(void)
{
	struct plan plan, chosen, expanded, again;
	struct err err;

	if (!ok(parse(&plan, named, &err) == 0, "a plan with named loads"))
		printf("# %s\n", err_text(&err));
	ok(plan.load_count == 3 && strcmp(plan.load_names[0], "same") == 0 &&
		   strcmp(plan.load_names[2], "people") == 0,
	   "their names, in the file's order");
	ok(plan.load_name == NULL, "none is chosen");

	is_int(plan_choose_load(&plan, "heavy", &chosen, &err), 0, "one is chosen");
	is_str(chosen.load_name, "heavy", "its name");
	ok(chosen.load.connections == 500 && chosen.load.duration_ns == 60 * S &&
		   strcmp(chosen.load.requests[0].path, "/a") == 0,
	   "has its keys and the others'");
	is_int(parse(&again, chosen.source, &err), 0, "it is written as a plan of its own");
	ok(again.load.connections == 500 && again.load_count == 0, "and reads back");
	plan_release(&again);
	plan_release(&chosen);

	is_int(plan_choose_load(&plan, "people", &chosen, &err), 0, "a load of users");
	plan_release(&plan); /* what was chosen stands alone */
	is_int(plan_expand(&chosen, 1, &expanded, &err), 0, "expanded for an arm");
	ok(expanded.load.is_users && expanded.load.connections == 8, "the arm's variable");
	is_str(expanded.load_name, "people", "the name goes along");
	plan_release(&expanded);
	is_int(plan_set(&chosen, "load/think_time", "3s", &err), 0, "can be changed");
	is_int(plan_update(&chosen, &err), 0, "and updated");
	is_str(chosen.load_name, "people", "and keeps its name");
	plan_release(&chosen);

	is_int(parse(&plan, named, &err), 0, "again");
	is_int(plan_choose_load(&plan, "hevy", &chosen, &err), -EINVAL, "an unknown one");
	is_str(err_text(&err), "p.yaml has no load 'hevy'; did you mean 'heavy'?", "named");
	plan_release(&chosen);
	is_int(plan_choose_load(&plan, "x", &chosen, &err), -EINVAL, "a wholly unknown one");
	is_str(err_text(&err), "p.yaml has no load 'x'; its first is 'same'", "named");
	plan_release(&chosen);
	plan_release(&plan);
	is_int(parse(&plan, "load: {target: ':80'}", &err), 0, "a plan without");
	is_int(plan_choose_load(&plan, "x", &chosen, &err), -EINVAL, "has none");
	is_str(err_text(&err), "p.yaml has no 'loads', so there is no load 'x'", "and says so");
	plan_release(&chosen);
	plan_release(&plan);
}

static void test_loads_refused(void)
{
	is_refused("services: [{name: a, command: b}]\nloads: {a: {rate: 5}}",
		   "p.yaml:2:8: 'loads' are alternatives to the load; the plan has no 'load'");
	load_is_refused("loads: [a]", "p.yaml:3:8: 'loads' must be a mapping (name: {key: value}), "
				      "not a list");
	load_is_refused("loads: {a: 5}", "p.yaml:3:12: 'a' must be a mapping of keys of 'load' "
					 "(connections: 500), not '5'");
	load_is_refused("loads: {all: {rate: 5}}",
			"p.yaml:3:14: 'all' cannot be the name of a load: --load all runs each of "
			"them");
	load_is_refused(
		"loads: {a b: {rate: 5}}",
		"p.yaml:3:14: the name of a load has up to 63 letters, digits, '_', '.' and "
		"'-'; 'a b' is not such a name");
	load_is_refused(
		"loads:\n  heavy:\n    conections: 5",
		"p.yaml:5:5: unknown key 'conections' in load; did you mean 'connections'?");
	load_is_refused(
		"loads:\n  heavy: {conections: }",
		"p.yaml:4:11: unknown key 'conections' in load; did you mean 'connections'?");
	load_is_refused("  rate: 5\nloads: {heavy: {users: 5}}",
			"p.yaml:3:9: 'users' and 'rate' exclude each other: users wait for their "
			"answers, requests at a rate do not; take one of them (in load 'heavy')");
	load_is_refused(
		"  requests: [{name: a}]\nthresholds: [a.p99 < 1s]\nloads: {b: {requests: "
		"[/b]}}",
		"p.yaml:4:14: threshold 'a.p99 < 1s': no request is named 'a' (in load 'b')");
}

/* While a variable may still say what it is, only what is certain is refused. */
static void test_variables(void)
{
	struct plan plan, expanded;
	struct err err;

	is_int(parse(&plan,
		     "load:\n  target: ${scheme}://:80\n  protocol: ${p}\n  tls: {verify: "
		     "\"${v}\"}\n"
		     "  stages: [{to: \"${r}\", over: \"${t}\"}]\n"
		     "vars: {scheme: https, p: http2, v: no, r: 50/s, t: 3s}\n",
		     &err),
	       0, "variables everywhere");
	is_int(plan_expand(&plan, 0, &expanded, &err), 0, "expanded");
	ok(expanded.load.protocol == LOAD_HTTP2 && !expanded.load.tls.verifies &&
		   expanded.load.is_open && expanded.load.stages[0].target == 50 &&
		   expanded.load.duration_ns == 3 * S,
	   "is what they say");
	plan_release(&expanded);
	plan_release(&plan);
	load_is_refused("  users: ${u}\nvars: {u: 0}",
			"p.yaml:3:10: 'users' must be a whole number from 1 to 1000000, not '0' "
			"(from '${u}')");
}

int main(void)
{
	test_users();
	test_users_refused();
	test_stages();
	test_stages_refused();
	test_amount();
	test_amount_refused();
	test_target();
	test_target_refused();
	test_requests();
	test_requests_refused();
	test_patterns();
	test_files();
	test_files_refused();
	test_loads();
	test_loads_refused();
	test_variables();
	return tap_done();
}
