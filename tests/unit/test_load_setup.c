/*
 * From a plan's load section to the generator's configuration: what is taken over, and data files.
 */
#include "lab/load_setup.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "tap.h"
#include "util/alloc.h"

static char folder[] = "/tmp/test_load_setup.XXXXXX";

static void write_file(const char *name, const char *text)
{
	scoped_free char *path = alloc_printf("%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		ok(false, "the data file is written");
}

static void remove_file(const char *name)
{
	scoped_free char *path = alloc_printf("%s/%s", folder, name);

	unlink(path);
}

/* Reads the plan; makes the setup of its first arm. The caller releases all three. */
static int make_setup(struct load_setup *setup, struct plan *plan, struct plan *expanded,
		      const char *text, struct err *err)
{
	int r = plan_parse(plan, "plan.yaml", text, strlen(text), folder, NULL, 0, err);

	*expanded = (struct plan){0};
	*setup = (struct load_setup){0};
	if (r == 0)
		r = plan_expand(plan, 0, expanded, err);
	return r < 0 ? r : load_setup_make(setup, expanded, 42, err);
}

static void test_taken_over(void)
{
	static const char text[] = "load:\n"
				   "  target: http://127.0.0.1:8080\n"
				   "  connections: 7\n"
				   "  threads: 3\n"
				   "  rate: 250\n"
				   "  warmup: 2s\n"
				   "  duration: 5s\n"
				   "  timeout: 900ms\n"
				   "  requests:\n"
				   "    - path: /a\n"
				   "    - name: put\n"
				   "      method: POST\n"
				   "      path: /b\n"
				   "      headers: {X-One: 1}\n"
				   "      body: hello\n"
				   "      weight: 4\n"
				   "      expect: {status: 201}\n";
	scoped(plan_cleanup) struct plan plan = {0};
	scoped(plan_cleanup) struct plan expanded = {0};
	struct load_setup setup;
	const struct load_config *config = &setup.config;
	struct err err = {0};

	if (!ok(make_setup(&setup, &plan, &expanded, text, &err) == 0, "a plan with load")) {
		printf("# %s\n", err_text(&err));
		return;
	}
	is_str(config->target, "http://127.0.0.1:8080", "target");
	ok(config->connections == 7 && config->threads == 3, "connections and threads");
	is_near(config->rate_hz, 250.0, 0, "rate");
	ok(config->warmup_ns == 2000000000 && config->duration_ns == 5000000000 &&
		   config->timeout_ns == 900000000,
	   "times");
	is_int(config->seed, 42, "seed");
	is_int(config->request_count, 2, "requests");
	is_str(config->requests[0].name, "GET /a", "the first one's name");
	ok(config->requests[0].body == NULL && config->requests[0].feed == NULL &&
		   config->requests[0].weight == 1 && config->requests[0].expect.status == 0,
	   "has nothing that was not stated");
	is_str(config->requests[1].method, "POST", "method");
	ok(config->requests[1].header_count == 1 &&
		   strcmp(config->requests[1].headers[0].name, "X-One") == 0 &&
		   strcmp(config->requests[1].headers[0].value, "1") == 0,
	   "headers");
	ok(config->requests[1].body_length == 5 && config->requests[1].weight == 4 &&
		   config->requests[1].expect.status == 201,
	   "body, weight, expectation");
	is_int(config->cpu_count, 0, "no service is pinned, nor is the generator");
	load_setup_release(&setup);
}

static void test_threads(void)
{
	static const char text[] = "load:\n"
				   "  target: http://127.0.0.1:8080\n"
				   "  connections: 1\n";
	scoped(plan_cleanup) struct plan plan = {0};
	scoped(plan_cleanup) struct plan expanded = {0};
	struct load_setup setup;
	struct err err = {0};

	ok(make_setup(&setup, &plan, &expanded, text, &err) == 0, "without a word on threads");
	is_int(setup.config.threads, 1, "never more than connections");
	load_setup_release(&setup);
}

/* A service on the first CPU that this process may use; the generator gets the others. */
static void test_cpus(void)
{
	scoped(plan_cleanup) struct plan plan = {0};
	scoped(plan_cleanup) struct plan expanded = {0};
	scoped_free char *text = NULL;
	struct load_setup setup;
	struct err err = {0};
	cpu_set_t allowed;
	uint32_t first = 0, wrong = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return;
	while (!CPU_ISSET(first, &allowed))
		first++;
	text = alloc_printf("services:\n  - name: server\n    command: ./server\n    cpus: %u\n"
			    "load: {target: http://127.0.0.1:8080}\n",
			    first);
	if (!ok(make_setup(&setup, &plan, &expanded, text, &err) == 0, "a pinned service"))
		printf("# %s\n", err_text(&err));
	is_int(setup.config.cpu_count, CPU_COUNT(&allowed) - 1, "the generator takes the others");
	for (uint32_t i = 0; i < setup.config.cpu_count; i++)
		wrong +=
			setup.config.cpus[i] == first || !CPU_ISSET(setup.config.cpus[i], &allowed);
	is_int(wrong, 0, "and not that one");
	load_setup_release(&setup);
}

static void test_feed(void)
{
	static const char text[] = "load:\n"
				   "  target: http://127.0.0.1:8080\n"
				   "  requests:\n"
				   "    - path: /u/${user}\n"
				   "      data: users.csv\n";
	scoped(plan_cleanup) struct plan plan = {0};
	scoped(plan_cleanup) struct plan expanded = {0};
	struct load_setup setup;
	struct err err = {0};

	write_file("users.csv", "user,city\nann,Ulm\nbob,Bonn\n");
	if (!ok(make_setup(&setup, &plan, &expanded, text, &err) == 0, "a data file"))
		printf("# %s\n", err_text(&err));
	ok(setup.config.request_count == 1 && setup.config.requests[0].feed != NULL &&
		   feed_get_row_count(setup.config.requests[0].feed) == 2,
	   "is read from the plan's folder");
	is_str(setup.config.requests[0].path, "/u/${user}", "its columns stay in the path");
	load_setup_release(&setup);
	plan_release(&expanded);
	plan_release(&plan);
	write_file("users.csv", "user,city\nann\n");
	is_int(make_setup(&setup, &plan, &expanded, text, &err), -EINVAL, "a damaged one");
	ok(strstr(err_text(&err), "users.csv:2") != NULL, "… is named with its line");
	load_setup_release(&setup);
	plan_release(&expanded);
	plan_release(&plan);
	remove_file("users.csv");
	is_int(make_setup(&setup, &plan, &expanded, text, &err), -ENOENT, "one that is not there");
	ok(strstr(err_text(&err), "request 'GET /u/${user}': cannot read the data file") != NULL,
	   "… is named with its request");
	load_setup_release(&setup);
}

/* Reads the plan and is refused in the setup; the sentence ends like this. */
static void is_refused(const char *text, int code, const char *end)
{
	scoped(plan_cleanup) struct plan plan = {0};
	scoped(plan_cleanup) struct plan expanded = {0};
	struct load_setup setup;
	struct err err = {0};
	int r = make_setup(&setup, &plan, &expanded, text, &err);
	size_t length = strlen(err_text(&err)), wanted = strlen(end);

	is_int(r, code, "refused");
	if (!ok(length >= wanted && strcmp(err_text(&err) + length - wanted, end) == 0, end))
		printf("# %s\n", err_text(&err));
	load_setup_release(&setup);
}

static void test_schedule(void)
{
	static const char text[] = "load:\n"
				   "  target: http://127.0.0.1:8080\n"
				   "  connect_to: 127.0.0.1:9090\n"
				   "  sources: [127.0.0.2]\n"
				   "  pipeline: 4\n"
				   "  rate: 10\n"
				   "  arrivals: poisson\n"
				   "  stages: [{to: 500, over: 10s}, {hold: 5s}]\n"
				   "  warmup: 1s\n"
				   "  requests:\n"
				   "    - path: /\n"
				   "      expect: {headers: {A: b, C: }, body: yes, matches: 'x+', "
				   "size: [2, 9]}\n";
	scoped(plan_cleanup) struct plan plan = {0};
	scoped(plan_cleanup) struct plan expanded = {0};
	struct load_setup setup;
	const struct load_config *config = &setup.config;
	const struct load_expect *expect;
	struct err err = {0};

	if (!ok(make_setup(&setup, &plan, &expanded, text, &err) == 0, "stages of rates")) {
		printf("# %s\n", err_text(&err));
		return;
	}
	ok(config->rate_hz == 0 && config->stage_count == 2 && config->stage_begin == 10 &&
		   !config->is_users && config->stages[1].target == 500,
	   "the course, and no constant rate beside it");
	is_int(config->arrivals, LOAD_ARRIVALS_POISSON, "arrivals");
	is_int(config->duration_ns, 14000000000, "until the stages end");
	ok(config->depth == 4 && config->protocol == LOAD_HTTP1 && !config->is_closing,
	   "pipelining");
	is_str(config->connect_to, "127.0.0.1:9090", "connect_to");
	ok(config->source_count == 1 && strcmp(config->sources[0], "127.0.0.2") == 0, "sources");
	ok(config->tls == NULL && config->script == NULL, "neither TLS nor script");
	expect = &config->requests[0].expect;
	ok(expect->header_count == 2 && strcmp(expect->headers[0].value, "b") == 0 &&
		   expect->headers[1].value == NULL,
	   "expected headers");
	is_str(expect->body_contains, "yes", "expected text");
	is_str(expect->body_matches, "x+", "expected pattern");
	ok(expect->has_size && expect->size_min == 2 && expect->size_max == 9, "expected size");
	load_setup_release(&setup);
}

static void test_users(void)
{
	static const char text[] = "load:\n"
				   "  target: http://127.0.0.1:8080\n"
				   "  users: 20\n"
				   "  spawn_rate: 10\n"
				   "  think_time: {uniform: [1s, 2s]}\n"
				   "  warmup: auto\n";
	scoped(plan_cleanup) struct plan plan = {0};
	scoped(plan_cleanup) struct plan expanded = {0};
	scoped_free char *fixed = alloc_strndup(text, (size_t)(strstr(text, "  warmup") - text));
	struct load_setup setup;
	const struct load_config *config = &setup.config;
	struct err err = {0};

	is_int(make_setup(&setup, &plan, &expanded, text, &err), -EINVAL,
	       "users that still come are never steady");
	load_setup_release(&setup);
	plan_release(&plan);
	is_int(make_setup(&setup, &plan, &expanded, fixed, &err), 0, "users");
	ok(config->is_users && config->connections == 20 && config->stage_count == 1 &&
		   config->stage_begin == 0 && config->think.kind == LOAD_THINK_UNIFORM &&
		   !config->has_slots,
	   "come over time and think");
	load_setup_release(&setup);
	plan_release(&expanded);
	plan_release(&plan);
	is_int(make_setup(&setup, &plan, &expanded,
			  "load: {target: ':80', warmup: auto, connections: 3}", &err),
	       0, "a warm-up that is found");
	ok(config->has_slots && config->warmup_ns == 0, "needs finer times than seconds");
	load_setup_release(&setup);
}

static char *make_rows_plan(int users)
{
	return alloc_printf("load:\n"
			    "  target: http://127.0.0.1:8080\n"
			    "  users: %d\n"
			    "  requests:\n"
			    "    - {path: '/${user}', data: u.csv, order: per_user, name: a}\n"
			    "    - {path: '/x/${user}', data: u.csv, name: b}\n"
			    "    - {path: '/y/${user}', data: u.csv, separator: ',', name: c}\n"
			    "    - {path: /, data: u.csv, body_file: b.txt, name: d}\n",
			    users);
}

static void test_rows(void)
{
	scoped(plan_cleanup) struct plan plan = {0};
	scoped(plan_cleanup) struct plan expanded = {0};
	scoped_free char *enough = make_rows_plan(2);
	scoped_free char *many = make_rows_plan(3);
	struct load_setup setup;
	const struct load_request *requests;
	struct err err = {0};

	write_file("u.csv", "user,city\nann,Ulm\nbob,Bonn\n");
	write_file("b.txt", "from ${city}\n");
	if (!ok(make_setup(&setup, &plan, &expanded, enough, &err) == 0, "as many rows as users"))
		printf("# %s\n", err_text(&err));
	requests = setup.config.requests;
	is_int(requests[0].feed_order, LOAD_FEED_PER_USER, "each has one of its own");
	ok(requests[0].feed == requests[1].feed, "a file is read once");
	ok(requests[0].feed != requests[2].feed, "for each way to read it");
	ok(requests[3].body_length == 13 && memcmp(requests[3].body, "from ${city}\n", 13) == 0,
	   "a body from a file, with its columns");
	load_setup_release(&setup);
	is_refused(many, -EINVAL, "u.csv has 2 rows for 3 users; add rows, or take another order");
	write_file("b.txt", "no column\n");
	is_refused(enough, -EINVAL, "u.csv stands in its path, headers or body");
	remove_file("b.txt");
	is_refused(enough, -ENOENT, "b.txt: No such file or directory");
	remove_file("u.csv");
}

static void test_targets(void)
{
	static const char text[] = "load:\n"
				   "  target: http://127.0.0.1:8080\n"
				   "  targets: t.txt\n"
				   "  requests: [{headers: {X-A: all, X-B: all}, expect: {status: "
				   "204}}]\n";
	scoped(plan_cleanup) struct plan plan = {0};
	scoped(plan_cleanup) struct plan expanded = {0};
	struct load_setup setup;
	const struct load_config *config = &setup.config;
	const struct load_request *put;
	struct err err = {0};

	write_file("body.txt", "hello");
	write_file("t.txt", "GET http://127.0.0.1:8080/a?x=1\n\n"
			    "PUT http://127.0.0.1:8080/b\nX-B: own\n@body.txt\n\n"
			    "GET http://127.0.0.1:8080/a?x=2\n");
	if (!ok(make_setup(&setup, &plan, &expanded, text, &err) == 0, "a target file")) {
		printf("# %s\n", err_text(&err));
		return;
	}
	ok(config->request_count == 3 && config->is_in_order, "its requests, in its order");
	is_str(config->requests[0].path, "/a?x=1", "the path has its query");
	is_str(config->requests[0].name, "GET /a", "the name has not");
	is_str(config->requests[2].name, "GET /a", "and is shared");
	ok(config->requests[0].header_count == 2 && config->requests[0].expect.status == 204,
	   "what goes for all");
	put = &config->requests[1];
	is_str(put->method, "PUT", "a method");
	ok(put->body_length == 5 && memcmp(put->body, "hello", 5) == 0, "a body from a file");
	ok(put->header_count == 2 && strcmp(put->headers[0].value, "own") == 0 &&
		   strcmp(put->headers[1].name, "X-A") == 0,
	   "its own header takes the place of the common one");
	load_setup_release(&setup);

	write_file("t.txt", "GET http://127.0.0.1:8080/a\n\nGET http://127.0.0.1:9090/a\n");
	is_refused(text, -EINVAL,
		   "t.txt:3: 'http://127.0.0.1:9090/a' is not of the target "
		   "http://127.0.0.1:8080: one server at a time; write paths alone, or take "
		   "another target");
	write_file("t.txt", "GET http://127.0.0.1:8080/a\n@none.txt\n");
	is_refused(text, -ENOENT, "none.txt: No such file or directory");
	remove_file("t.txt");
	is_refused(text, -ENOENT, "t.txt: No such file or directory");
	remove_file("body.txt");
}

/* 70 paths: the first 64 have names, the others share one. */
static void test_names(void)
{
	scoped(plan_cleanup) struct plan plan = {0};
	scoped(plan_cleanup) struct plan expanded = {0};
	struct load_setup setup;
	struct err err = {0};
	char lines[70 * 16 + 1] = "";

	for (int i = 0; i < 70; i++)
		snprintf(lines + strlen(lines), 16, "/p%d\n", i);
	write_file("t.txt", lines);
	is_int(make_setup(&setup, &plan, &expanded, "load: {target: ':80', targets: t.txt}", &err),
	       0, "many paths");
	is_str(setup.config.requests[63].name, "GET /p63", "the last with a name");
	is_str(setup.config.requests[64].name, "other", "the first without");
	is_str(setup.config.requests[69].name, "other", "and the last");
	load_setup_release(&setup);
	remove_file("t.txt");
}

static void test_replay(void)
{
	static const char text[] = "load:\n"
				   "  target: http://127.0.0.1:8080\n"
				   "  replay: r.txt\n"
				   "  speed: 2\n";
	scoped(plan_cleanup) struct plan plan = {0};
	scoped(plan_cleanup) struct plan expanded = {0};
	struct load_setup setup;
	const struct load_config *config = &setup.config;
	struct err err = {0};

	write_file("r.txt", "0\t/a\n100\t/b\n200\t/a\n");
	if (!ok(make_setup(&setup, &plan, &expanded, text, &err) == 0, "a timing file")) {
		printf("# %s\n", err_text(&err));
		return;
	}
	ok(config->replay_count == 3 && config->request_count == 2, "three sends of two requests");
	ok(config->replay[0].offset_ns == 0 && config->replay[1].offset_ns == 50000000 &&
		   config->replay[2].offset_ns == 100000000,
	   "twice as fast");
	ok(config->replay[0].request == config->replay[2].request &&
		   strcmp(config->requests[config->replay[1].request].path, "/b") == 0,
	   "of the right ones");
	is_int(config->duration_ns, 150000000, "the window ends a mean gap behind the last");
	load_setup_release(&setup);
	remove_file("r.txt");
}

static void test_tls(void)
{
	scoped(plan_cleanup) struct plan plan = {0};
	scoped(plan_cleanup) struct plan expanded = {0};
	struct load_setup setup;
	struct err err = {0};

	is_int(make_setup(&setup, &plan, &expanded,
			  "load: {target: 'https://127.0.0.1:8443', tls: {verify: false}}", &err),
	       0, "an https target");
	ok(setup.config.tls != NULL, "has a TLS context");
	load_setup_release(&setup);
	is_refused("load: {target: 'https://127.0.0.1:8443', tls: {ca: none.pem}}", -ENOENT,
		   "none.pem': No such file or directory");
}

static void test_script(void)
{
	static const char text[] = "load:\n"
				   "  target: http://127.0.0.1:8080\n"
				   "  script: s.lua\n"
				   "  script_args: [six]\n"
				   "  requests: [{path: /base, headers: {X-A: b}}]\n";
	scoped(plan_cleanup) struct plan plan = {0};
	scoped(plan_cleanup) struct plan expanded = {0};
	struct load_setup setup;
	struct script_request request;
	struct err err = {0};

	write_file("s.lua", "init = function(args)\n"
			    "  wrk.init(args)\n"
			    "  local one = wrk.format(nil, '/' .. args[1])\n"
			    "  both = one .. wrk.format()\n"
			    "end\n"
			    "request = function() return both end\n");
	if (!ok(make_setup(&setup, &plan, &expanded, text, &err) == 0, "a script") ||
	    !ok(setup.config.script == NULL, "does not run yet") ||
	    !ok(load_setup_start_script(&setup, &expanded, &err) == 0, "until it is told to")) {
		printf("# %s\n", err_text(&err));
		return;
	}
	ok(setup.config.script != NULL && setup.config.depth == 2,
	   "how many requests are in flight is its own");
	is_int(script_next_request(script_program_get_thread(setup.script, 0), &request), 0,
	       "a request");
	ok(memmem(request.bytes, request.length, "GET /six ", 9) != NULL &&
		   memmem(request.bytes, request.length, "GET /base ", 10) != NULL &&
		   memmem(request.bytes, request.length, "X-A: b\r\n", 8) != NULL,
	   "of its argument, the plan's path and header");
	load_setup_release(&setup);
	remove_file("s.lua");
	is_refused(text, -ENOENT, "s.lua: No such file or directory");
}

int main(void)
{
	if (mkdtemp(folder) == NULL)
		return 1;
	test_taken_over();
	test_threads();
	test_cpus();
	test_feed();
	test_schedule();
	test_users();
	test_rows();
	test_targets();
	test_names();
	test_replay();
	test_tls();
	test_script();
	rmdir(folder);
	return tap_done();
}
