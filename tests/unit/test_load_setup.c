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
	ok(strstr(err_text(&err), "users.csv of request") != NULL, "… is named with its request");
	load_setup_release(&setup);
}

int main(void)
{
	if (mkdtemp(folder) == NULL)
		return 1;
	test_taken_over();
	test_threads();
	test_cpus();
	test_feed();
	rmdir(folder);
	return tap_done();
}
