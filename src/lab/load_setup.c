#include "lab/load_setup.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "lab/load_targets.h"
#include "lab/plan_service.h"
#include "util/alloc.h"
#include "wire/url.h"

enum { CPUS_MAX = CPU_SETSIZE };

static const struct load_header *copy_headers(struct load_setup *setup,
					      const struct plan_pair *pairs, uint32_t count)
{
	struct load_header *headers = arena_alloc(&setup->arena, count + 1, sizeof(*headers));

	for (uint32_t i = 0; i < count; i++)
		headers[i] = (struct load_header){.name = pairs[i].name, .value = pairs[i].value};
	return headers;
}

static int add_request(struct load_setup *setup, const struct plan_request *from,
		       struct load_request *to, struct err *err)
{
	const struct plan_expect *expect = &from->expect;

	*to = (struct load_request){
		.name = from->name,
		.method = from->method,
		.path = from->path,
		.headers = copy_headers(setup, from->headers, from->header_count),
		.header_count = from->header_count,
		.body = from->body,
		.body_length = from->body != NULL ? strlen(from->body) : 0,
		.weight = from->weight,
		.expect = {.status = expect->status,
			   .headers = copy_headers(setup, expect->headers, expect->header_count),
			   .header_count = expect->header_count,
			   .body_contains = expect->body,
			   .body_matches = expect->matches,
			   .has_size = expect->has_size,
			   .size_min = expect->size_min,
			   .size_max = expect->size_max},
		.feed_order = from->order,
	};
	return load_files_read_request(&setup->files, from, to, err);
}

/* A user without a row of its own would have to share one with another, and nobody would know. */
static int check_rows(const struct plan *plan, const struct load_config *config, struct err *err)
{
	for (uint32_t i = 0; i < config->request_count; i++) {
		const struct load_request *request = &config->requests[i];
		uint32_t rows = request->feed != NULL ? feed_get_row_count(request->feed) : 0;

		if (request->feed_order == LOAD_FEED_PER_USER && request->feed != NULL &&
		    rows < config->connections)
			return err_set(err, -EINVAL,
				       "%s: request '%s' has 'order: per_user', but %s has %u rows "
				       "for %u %s; add rows, or take another order",
				       plan->path != NULL ? plan->path : "plan", request->name,
				       feed_get_name(request->feed), rows, config->connections,
				       config->is_users ? "users" : "connections");
	}
	return 0;
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

/* Where and when, as the plan says it. */
static void take_over(struct load_config *config, const struct plan_load *load)
{
	*config = (struct load_config){
		.target = load->target,
		.connect_to = load->connect_to,
		.sources = load->sources,
		.source_count = load->source_count,
		.protocol = load->protocol,
		.connections = load->connections,
		.depth = load->depth,
		.is_closing = load->is_closing,
		.rate_hz = load->rate_hz,
		.arrivals = load->arrivals,
		.stages = load->stages,
		.stage_count = load->stage_count,
		.stage_begin = load->stage_begin,
		.is_users = load->is_users,
		.think = load->think,
		.warmup_ns = load->warmup_ns,
		.duration_ns = load->duration_ns,
		.iterations = load->iterations,
		.is_once = load->is_once,
		.timeout_ns = load->timeout_ns,
		.has_slots = load->is_warmup_auto,
	};
}

static int make_requests(struct load_setup *setup, const struct plan *plan, struct err *err)
{
	const struct plan_load *load = &plan->load;
	struct load_config *config = &setup->config;
	int r = 0;

	config->requests =
		arena_alloc(&setup->arena, load->request_count, sizeof(*config->requests));
	config->request_count = load->request_count;
	for (uint32_t i = 0; i < load->request_count && r == 0; i++)
		r = add_request(setup, &load->requests[i], &config->requests[i], err);
	return r < 0 ? r : load_targets_read(&setup->files, config, err);
}

static int make_tls(struct load_setup *setup, const struct plan *plan, struct err *err)
{
	const struct plan_tls *tls = &plan->load.tls;
	enum load_protocol protocol = plan->load.protocol;
	struct tls_config config;
	struct url url;
	int r = url_parse(&url, plan->load.target, err);

	if (r < 0 || !url.is_tls)
		return r;
	config = (struct tls_config){
		.server_name = tls->server_name != NULL ? tls->server_name : url.host,
		.is_insecure = !tls->verifies,
		.ca_file = load_files_get_path(&setup->files, tls->ca),
		.cert_file = load_files_get_path(&setup->files, tls->cert),
		.key_file = load_files_get_path(&setup->files, tls->key),
		.offers_h2 = protocol != LOAD_HTTP1,
		.offers_http1 = protocol != LOAD_HTTP2,
		.is_resumption_off = !tls->resumes,
	};
	r = tls_context_new(&setup->tls, &config, err);
	setup->config.tls = setup->tls;
	return r;
}

/* That there is such a file, before anything starts. */
static int check_script(struct load_setup *setup, const struct plan *plan, struct err *err)
{
	const char *path = load_files_get_path(&setup->files, plan->load.script);

	if (path == NULL || access(path, R_OK) == 0)
		return 0;
	return err_set(err, -errno, "cannot read the script %s: %s", path, strerror(errno));
}

int load_setup_make(struct load_setup *setup, const struct plan *plan, uint64_t seed,
		    struct err *err)
{
	int r;

	*setup = (struct load_setup){0};
	arena_init(&setup->arena);
	load_files_init(&setup->files, plan, &setup->arena);
	take_over(&setup->config, &plan->load);
	setup->config.seed = seed;
	r = make_requests(setup, plan, err);
	if (r == 0)
		r = check_rows(plan, &setup->config, err);
	if (r == 0)
		r = make_tls(setup, plan, err);
	if (r == 0)
		r = check_script(setup, plan, err);
	if (r < 0)
		return r;
	choose_cpus(setup, plan);
	setup->config.threads = choose_threads(&setup->config, plan->load.threads);
	return 0;
}

/* Where requests go, as it is written: for names the engine alone asks. */
static const char *format_address(struct load_setup *setup, const struct plan_load *load,
				  const struct url *url)
{
	bool is_ipv6 = strchr(url->host, ':') != NULL;

	if (load->connect_to != NULL)
		return load->connect_to;
	if (url->socket_path[0] != '\0')
		return arena_printf(&setup->arena, "unix:%s", url->socket_path);
	return arena_printf(&setup->arena, is_ipv6 ? "[%s]:%u" : "%s:%u", url->host,
			    (unsigned)url->port);
}

int load_setup_start_script(struct load_setup *setup, const struct plan *plan, struct err *err)
{
	const struct plan_load *load = &plan->load;
	const struct load_request *request = &setup->config.requests[0];
	const char **headers =
		arena_alloc(&setup->arena, request->header_count + 1, sizeof(*headers));
	char origin[URL_ORIGIN_BYTES];
	struct url *url = arena_new(&setup->arena, struct url);
	const char *text;
	int r;

	if (load->script == NULL)
		return 0;
	r = url_parse(url, load->target, err);
	if (r < 0)
		return r;
	text = arena_printf(&setup->arena, "%s%s", url_format_origin(url, origin), request->path);
	r = url_parse(url, text, err);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < request->header_count; i++)
		headers[i] = arena_printf(&setup->arena, "%s: %s", request->headers[i].name,
					  request->headers[i].value);
	r = script_program_new(&setup->script,
			       &(struct script_config){
				       .path = load_files_get_path(&setup->files, load->script),
				       .url = url,
				       .url_text = text,
				       .arguments = load->script_args,
				       .argument_count = load->script_arg_count,
				       .headers = headers,
				       .header_count = request->header_count,
				       .method = request->method,
				       .body = request->body,
				       .threads = setup->config.threads,
				       .address = format_address(setup, load, url),
			       },
			       err);
	if (r < 0)
		return r;
	setup->config.script = setup->script;
	setup->config.depth = script_program_get_depth(setup->script);
	return 0;
}

void load_setup_release(struct load_setup *setup)
{
	script_program_free(setup->script);
	tls_context_free(setup->tls);
	load_files_release(&setup->files);
	arena_release(&setup->arena);
}
