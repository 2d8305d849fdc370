#include "lab/load_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lab/plan_service.h"
#include "util/alloc.h"
#include "util/fd.h"
#include "util/parse.h"
#include "util/strbuf.h"

enum { CPUS_MAX = CPU_SETSIZE, FEED_BYTES_MAX = 1 << 30 };

static int read_feed(struct load_setup *setup, const struct plan *plan,
		     const struct plan_request *request, const struct feed **ret_feed,
		     struct err *err)
{
	bool is_relative = request->data[0] != '/' && plan->directory != NULL;
	scoped_free char *path = is_relative ? alloc_printf("%s/%s", plan->directory, request->data)
					     : alloc_strdup(request->data);
	struct strbuf text;
	struct feed *feed = NULL;
	int r;

	strbuf_init(&text, FEED_BYTES_MAX);
	r = fd_read_file(AT_FDCWD, path, &text);
	if (r < 0)
		err_set(err, r, "cannot read the data file %s of request '%s': %s", path,
			request->name, strerror(-r));
	else
		r = feed_new(&feed, path, strbuf_text(&text), text.length, request->separator, err);
	strbuf_release(&text);
	if (r < 0)
		return r;
	vec_push(&setup->feeds, feed);
	*ret_feed = feed;
	return 0;
}

static int add_request(struct load_setup *setup, const struct plan *plan,
		       const struct plan_request *from, struct load_request *to, struct err *err)
{
	struct load_header *headers =
		arena_alloc(&setup->arena, from->header_count + 1, sizeof(*headers));

	for (uint32_t i = 0; i < from->header_count; i++)
		headers[i] = (struct load_header){.name = from->headers[i].name,
						  .value = from->headers[i].value};
	*to = (struct load_request){
		.name = from->name,
		.method = from->method,
		.path = from->path,
		.headers = headers,
		.header_count = from->header_count,
		.body = from->body,
		.body_length = from->body != NULL ? strlen(from->body) : 0,
		.weight = from->weight,
		.expect = {.status = from->expect_status, .body_contains = from->expect_body},
	};
	return from->data != NULL ? read_feed(setup, plan, from, &to->feed, err) : 0;
}

/* Whether any service is pinned; the lists were checked when the plan was read. */
static bool mark_service_cpus(const struct plan *plan, cpu_set_t *taken)
{
	uint32_t cpus[CPUS_MAX];
	bool is_pinned = false;

	for (uint32_t i = 0; i < plan->service_count; i++) {
		const char *text = plan->services[i].cpus;
		int count = text != NULL ? plan_service_parse_cpus(text, cpus, CPUS_MAX) : 0;

		for (int j = 0; j < count && j < CPUS_MAX; j++)
			if (cpus[j] < CPUS_MAX)
				CPU_SET(cpus[j], taken);
		is_pinned = is_pinned || count > 0;
	}
	return is_pinned;
}

/* The CPUs that no service is pinned to; none when no service is pinned or nothing is left. */
static void choose_cpus(struct load_setup *setup, const struct plan *plan)
{
	uint32_t *cpus = arena_alloc(&setup->arena, CPUS_MAX, sizeof(*cpus));
	cpu_set_t taken, allowed;

	CPU_ZERO(&taken);
	if (!mark_service_cpus(plan, &taken) || sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return;
	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++)
		if (CPU_ISSET(cpu, &allowed) && !CPU_ISSET(cpu, &taken))
			cpus[setup->config.cpu_count++] = cpu;
	setup->config.cpus = cpus;
}

static uint32_t choose_threads(const struct load_config *config, uint32_t wanted)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t half = online > 1 ? (uint32_t)online / 2 : 1; /* the other half is the service's */
	uint32_t threads = wanted > 0					       ? wanted
			   : config->cpu_count > 0 && config->cpu_count < half ? config->cpu_count
									       : half;

	return threads < config->connections ? threads : config->connections;
}

int load_setup_make(struct load_setup *setup, const struct plan *plan, uint64_t seed,
		    struct err *err)
{
	const struct plan_load *load = &plan->load;
	int r;

	*setup = (struct load_setup){0};
	arena_init(&setup->arena);
	setup->config = (struct load_config){
		.target = load->target,
		.requests = arena_alloc(&setup->arena, load->request_count,
					sizeof(struct load_request)),
		.request_count = load->request_count,
		.connections = load->connections,
		.rate_hz = load->rate_hz,
		.warmup_ns = load->warmup_ns,
		.duration_ns = load->duration_ns,
		.is_once = load->is_once,
		.timeout_ns = load->timeout_ns,
		.seed = seed,
	};
	for (uint32_t i = 0; i < load->request_count; i++) {
		r = add_request(setup, plan, &load->requests[i], &setup->config.requests[i], err);
		if (r < 0)
			return r;
	}
	choose_cpus(setup, plan);
	setup->config.threads = choose_threads(&setup->config, load->threads);
	return 0;
}

void load_setup_release(struct load_setup *setup)
{
	for (size_t i = 0; i < setup->feeds.count; i++)
		feed_free(setup->feeds.items[i]);
	vec_release(&setup->feeds);
	arena_release(&setup->arena);
}
