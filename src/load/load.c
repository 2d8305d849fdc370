#include "load/load.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "load/collector.h"
#include "load/engine.h"
#include "load/failure.h"
#include "load/load_config.h"
#include "load/load_result.h"
#include "load/worker.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/hashmap.h"

/* Between the word to the workers and the first request: time to wake up in. */
#define START_DELAY_NS (5 * NS_PER_MS)

/* for everything in the process that is not a connection of the load */
enum { SPARE_DESCRIPTORS = 64 };

/* How often the owner is asked whether to go on, while connections open. */
enum { LOOK_NS = 50 * 1000 * 1000 };

struct load_thread {
	struct worker worker;
	struct load *load;
	pthread_t thread;
};

enum load_go { LOAD_WAIT, LOAD_GO, LOAD_GIVE_UP };

struct load {
	const struct load_config *config;
	struct address_list addresses;
	uint64_t resolve_ns;
	struct message *messages;
	uint32_t message_count;
	uint32_t *names; /* the first request of each name */
	uint32_t name_count;
	struct worker_shared shared;
	struct collector collector;
	struct load_thread *threads;
	uint32_t worker_count; /* workers that are initialized */
	uint32_t thread_count; /* threads that were started and not joined */

	pthread_mutex_t mutex;
	pthread_cond_t changed;
	enum load_go go;
	uint32_t ready_count, opened_count;
	uint32_t finished_count; /* atomic */
	/* threads that have finished stay until then: whoever watches reads what they used */
	bool is_joined;
};

/* ---- description ---- */

static uint32_t find_name(const struct load *load, const struct hashmap *map, uint64_t hash,
			  const char *name)
{
	uint32_t slot, i;

	for (i = hashmap_first(map, hash, &slot); i != HASHMAP_NONE;
	     i = hashmap_next(map, hash, &slot))
		if (strcmp(load_get_name(load, i), name) == 0)
			return i;
	return HASHMAP_NONE;
}

/* Requests of one name are booked together, wherever they stand. */
static void number_names(struct load *load)
{
	const struct load_config *config = load->config;
	struct hashmap map;

	hashmap_init(&map);
	load->names = alloc_array(config->request_count, sizeof(load->names[0]));
	for (uint32_t i = 0; i < config->request_count; i++) {
		const char *name = config->requests[i].name;
		uint64_t hash = hashmap_hash_bytes(name, strlen(name));
		uint32_t number = find_name(load, &map, hash, name);

		if (number == HASHMAP_NONE) {
			number = load->name_count++;
			load->names[number] = i;
			hashmap_insert(&map, hash, number);
		}
		load->messages[i].name = number;
	}
	hashmap_release(&map);
}

static int compile_requests(struct load *load, const struct message_context *context,
			    struct err *err)
{
	const struct load_config *config = load->config;
	scoped_free uint32_t *weights = alloc_array(config->request_count, sizeof(weights[0]));

	load->messages = alloc_array(config->request_count, sizeof(load->messages[0]));
	for (uint32_t i = 0; i < config->request_count; i++) {
		int r = message_init(&load->messages[load->message_count++], &config->requests[i],
				     context, err);

		if (r < 0)
			return r;
		weights[i] = config->requests[i].weight;
	}
	number_names(load);
	if (config->is_in_order || config->replay != NULL)
		return 0;
	return mix_init(&load->shared.mix, weights, config->request_count, config->seed, err);
}

static void share_schedule(struct load *load)
{
	const struct load_config *config = load->config;
	struct worker_shared *shared = &load->shared;

	shared->is_open_loop = load_config_is_open_loop(config);
	shared->depth =
		config->script != NULL ? script_program_get_depth(config->script) : config->depth;
	shared->take_limit = UINT64_MAX;
	if (config->is_once)
		shared->take_limit = feed_get_row_count(config->requests[0].feed);
	else if (config->iterations > 0)
		shared->take_limit = config->iterations;
	if (config->stage_count > 0)
		course_init(&shared->course, config->stage_begin, config->stages,
			    config->stage_count);
	else
		course_init_constant(&shared->course, config->rate_hz);
	shared->arrivals = (struct arrivals_plan){
		.course = &shared->course,
		.is_poisson = config->arrivals == LOAD_ARRIVALS_POISSON,
		.replay = config->replay,
		.end_k = config->replay != NULL && config->replay_count < shared->take_limit
				 ? config->replay_count
				 : shared->take_limit,
		.threads = config->threads,
		.seed = config->seed,
	};
}

static int resolve_sources(struct load *load, struct err *err)
{
	const struct load_config *config = load->config;
	int r = 0;

	load->shared.sources = alloc_array(config->source_count, sizeof(struct address));
	for (uint32_t i = 0; i < config->source_count && r == 0; i++)
		r = address_parse_source(&load->shared.sources[i], config->sources[i], err);
	return r;
}

static int create_load(struct load **ret_load, const struct load_config *config,
		       const struct message_context *context, struct err *err)
{
	scoped(load_cleanup) struct load *load = alloc_new(struct load);
	int r;

	load->config = config;
	pthread_mutex_init(&load->mutex, NULL);
	pthread_cond_init(&load->changed, NULL);
	r = load_config_check(config, err);
	if (r == 0)
		r = compile_requests(load, context, err);
	collector_init(&load->collector, load->name_count, config->threads);
	if (r == 0)
		r = resolve_sources(load, err);
	if (r < 0)
		return r;
	load->shared.config = config;
	load->shared.messages = load->messages;
	load->shared.name_count = load->name_count;
	load->shared.collector = &load->collector;
	load->shared.rows_taken =
		alloc_array(config->request_count, sizeof(load->shared.rows_taken[0]));
	share_schedule(load);
	*ret_load = load;
	load = NULL;
	return 0;
}

int load_new(struct load **ret_load, const struct load_config *config, struct err *err)
{
	struct address_list addresses;
	struct message_context context = {.is_closing = config->is_closing};
	struct url url;
	uint64_t begin_ns = clock_now_ns(), resolve_ns;
	int r = url_parse(&url, config->target, err);

	if (r == 0 && strcmp(url.path, "/") != 0)
		r = err_set(err, -EINVAL,
			    "the target '%s' has a path; paths belong to the requests",
			    config->target);
	if (r == 0 && url.is_tls != (config->tls != NULL))
		r = err_set(err, -EINVAL, "the target '%s' and the settings of TLS do not agree",
			    config->target);
	if (r == 0)
		r = address_resolve(&addresses, &url, config->connect_to, err);
	resolve_ns = clock_now_ns() - begin_ns;
	context.authority = url.authority;
	context.scheme = url.is_tls ? "https" : "http";
	if (r == 0)
		r = create_load(ret_load, config, &context, err);
	if (r < 0)
		return r;
	(*ret_load)->addresses = addresses;
	(*ret_load)->resolve_ns = resolve_ns;
	return 0;
}

int load_new_at(struct load **ret_load, const struct load_config *config,
		const struct address *address, struct err *err)
{
	const struct message_context context = {.authority = "localhost",
						.scheme = config->tls != NULL ? "https" : "http",
						.is_closing = config->is_closing};
	int r = create_load(ret_load, config, &context, err);

	if (r == 0) {
		(*ret_load)->addresses.items[0] = *address;
		(*ret_load)->addresses.count = 1;
	}
	return r;
}

uint32_t load_get_name_count(const struct load *load)
{
	return load->name_count;
}

const char *load_get_name(const struct load *load, uint32_t name)
{
	return load->config->requests[load->names[name]].name;
}

const char *load_get_method(const struct load *load, uint32_t name)
{
	return load->config->requests[load->names[name]].method;
}

/* ---- threads ---- */

static void pin_worker(const struct load_thread *thread)
{
	const struct load_config *config = thread->load->config;
	cpu_set_t *set;
	size_t size;
	uint32_t cpu;

	if (config->cpu_count == 0)
		return;
	cpu = config->cpus[thread->worker.index % config->cpu_count];
	set = CPU_ALLOC(cpu + 1);
	size = CPU_ALLOC_SIZE(cpu + 1);
	if (set == NULL)
		return;
	CPU_ZERO_S(size, set);
	CPU_SET_S(cpu, size, set);
	/* load_start() has checked that it can be done */
	pthread_setaffinity_np(pthread_self(), size, set);
	CPU_FREE(set);
}

static void *run_thread(void *context)
{
	struct load_thread *thread = context;
	struct load *load = thread->load;
	enum load_go go;
	uint32_t opened;

	pthread_setname_np(pthread_self(), "sonde-load");
	pin_worker(thread);
	opened = worker_open(&thread->worker);
	pthread_mutex_lock(&load->mutex);
	load->opened_count += opened;
	load->ready_count++;
	pthread_cond_broadcast(&load->changed);
	while (load->go == LOAD_WAIT)
		pthread_cond_wait(&load->changed, &load->mutex);
	go = load->go;
	pthread_mutex_unlock(&load->mutex);
	if (go == LOAD_GO)
		worker_run(&thread->worker);
	__atomic_add_fetch(&load->finished_count, 1, __ATOMIC_RELEASE);
	pthread_mutex_lock(&load->mutex);
	while (!load->is_joined)
		pthread_cond_wait(&load->changed, &load->mutex);
	pthread_mutex_unlock(&load->mutex);
	return NULL;
}

static void join_threads(struct load *load)
{
	pthread_mutex_lock(&load->mutex);
	load->is_joined = true;
	pthread_cond_broadcast(&load->changed);
	pthread_mutex_unlock(&load->mutex);
	while (load->thread_count > 0)
		pthread_join(load->threads[--load->thread_count].thread, NULL);
}

static void tell_threads(struct load *load, enum load_go go)
{
	pthread_mutex_lock(&load->mutex);
	load->go = go;
	pthread_cond_broadcast(&load->changed);
	pthread_mutex_unlock(&load->mutex);
}

/* Signals are the owner's: workers start with all of them blocked. */
static int start_threads(struct load *load, struct err *err)
{
	sigset_t all, before;
	int r = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (load->thread_count < load->worker_count && r == 0) {
		struct load_thread *thread = &load->threads[load->thread_count];

		r = pthread_create(&thread->thread, NULL, run_thread, thread);
		if (r == 0)
			load->thread_count++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r != 0)
		return err_set(err, -r, "cannot start thread %u of the load: %s",
			       load->thread_count + 1, strerror(r));
	return 0;
}

/* thread.addr of a script: each thread may have a server of its own. */
static int follow_script(struct worker *worker, struct err *err)
{
	const char *address = worker->script != NULL ? script_get_address(worker->script) : NULL;
	struct address_list list;
	struct url url = {0};
	int r;

	if (address == NULL)
		return 0;
	r = address_resolve(&list, &url, address, err);
	if (r == 0)
		worker->address = list.items[0];
	return r;
}

static int init_workers(struct load *load, struct err *err)
{
	const struct load_config *config = load->config;

	load->threads = alloc_array(config->threads, sizeof(load->threads[0]));
	for (uint32_t i = 0; i < config->threads; i++) {
		struct load_thread *thread = &load->threads[load->worker_count++];
		uint32_t extra = i < config->connections % config->threads ? 1 : 0;
		int r;

		thread->load = load;
		r = worker_init(&thread->worker, &load->shared, i,
				config->connections / config->threads + extra);
		if (r < 0)
			return err_set(err, r, "cannot set up thread %u of the load: %s", i + 1,
				       strerror(-r));
		r = follow_script(&thread->worker, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- start ---- */

/* Each connection is a descriptor; the soft limit is often 1024 where the hard one is not. */
static int raise_descriptor_limit(const struct load_config *config, struct err *err)
{
	uint64_t wanted = config->connections + 2ull * config->threads + SPARE_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
		return 0;
	if (limit.rlim_max < wanted)
		return err_set(err, -EMFILE,
			       "%u connections need more open files than the limit of %llu: ulimit "
			       "-Hn %llu",
			       config->connections, (unsigned long long)limit.rlim_max,
			       (unsigned long long)wanted);
	limit.rlim_cur = (rlim_t)wanted;
	return setrlimit(RLIMIT_NOFILE, &limit) < 0
		       ? err_set(err, -errno, "cannot raise the limit of open files to %llu",
				 (unsigned long long)wanted)
		       : 0;
}

/* Else each connection would fail, for a reason that does not name the source. */
static int check_sources(const struct load *load, struct err *err)
{
	for (uint32_t i = 0; i < load->config->source_count; i++) {
		const struct address *source = &load->shared.sources[i];
		int fd = socket(source->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bool is_foreign =
			fd >= 0 &&
			bind(fd, (const struct sockaddr *)&source->storage, source->length) < 0 &&
			errno == EADDRNOTAVAIL;

		fd_close(fd);
		if (is_foreign)
			return err_set(err, -EADDRNOTAVAIL,
				       "cannot connect from '%s': it is no address of this machine",
				       load->config->sources[i]);
	}
	return 0;
}

static int refuse_unconnected(const struct load *load, struct err *err)
{
	const char *address = load->shared.address.text;
	char buffer[128], text[LOAD_FAILURE_TEXT];

	for (uint32_t i = 0; i < load->worker_count; i++) {
		const struct failure *failure = &load->threads[i].worker.connect_failure;
		int error = (int)failure->detail;

		if (failure->error == LOAD_ERROR_CONNECT && failure->cause != FAILURE_SOCKET &&
		    failure->cause != FAILURE_CONNECT) {
			failure_format(failure, text);
			return err_set(err, -EPROTO, "cannot connect to %s: %s", address, text);
		}
		if (error != 0)
			return err_set(err, -error, "cannot connect to %s: %s", address,
				       failure_errno_text(error, buffer, sizeof(buffer)));
	}
	return err_set(err, -ECANCELED, "stopped before a connection to %s was open", address);
}

static int open_all(struct load *load, struct err *err)
{
	int r = init_workers(load, err);

	if (r == 0)
		r = start_threads(load, err);
	if (r < 0)
		return r;
	pthread_mutex_lock(&load->mutex);
	while (load->ready_count < load->thread_count) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += LOOK_NS;
		if (until.tv_nsec >= (long)NS_PER_S) {
			until.tv_nsec -= (long)NS_PER_S;
			until.tv_sec++;
		}
		pthread_cond_timedwait(&load->changed, &load->mutex, &until);
		if (load->config->is_cancelled != NULL && load->config->is_cancelled())
			__atomic_store_n(&load->shared.is_cut, true, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&load->mutex);
	return load->opened_count > 0 ? 0 : refuse_unconnected(load, err);
}

int load_start(struct load *load, uint64_t *ret_begin_ns, uint64_t *ret_end_ns, struct err *err)
{
	const struct load_config *config = load->config;
	struct worker_shared *shared = &load->shared;
	uint64_t end_ns;
	int r = load_config_check_cpus(config, err);

	if (r == 0)
		r = check_sources(load, err);
	if (r == 0)
		r = raise_descriptor_limit(config, err);
	if (r == 0)
		r = address_choose(&shared->address, &load->addresses, config->timeout_ns, err);
	if (r < 0)
		return r;
	__atomic_store_n(&shared->end_ns, UINT64_MAX, __ATOMIC_RELAXED);
	shared->measure_begin_ns = UINT64_MAX;
	r = open_all(load, err);
	if (r < 0) {
		tell_threads(load, LOAD_GIVE_UP);
		join_threads(load);
		return r;
	}
	shared->begin_ns = shared->arrivals.begin_ns = clock_now_ns() + START_DELAY_NS;
	shared->measure_begin_ns = shared->begin_ns + config->warmup_ns;
	end_ns = config->duration_ns > 0 ? shared->measure_begin_ns + config->duration_ns
					 : UINT64_MAX;
	__atomic_store_n(&shared->end_ns, end_ns, __ATOMIC_RELAXED);
	*ret_begin_ns = shared->measure_begin_ns;
	*ret_end_ns = end_ns;
	tell_threads(load, LOAD_GO);
	return 0;
}

/* ---- while it runs ---- */

void load_stop(struct load *load, bool is_at_once)
{
	worker_lower_end_ns(&load->shared, clock_now_ns());
	if (is_at_once)
		__atomic_store_n(&load->shared.is_cut, true, __ATOMIC_RELAXED);
}

bool load_is_finished(const struct load *load)
{
	return load->worker_count > 0 &&
	       __atomic_load_n(&load->finished_count, __ATOMIC_ACQUIRE) == load->worker_count;
}

void load_collect(struct load *load, struct load_batch *batch)
{
	collector_collect(&load->collector, batch);
}

void load_get_progress(struct load *load, struct load_progress *ret_progress)
{
	collector_get_progress(&load->collector, ret_progress);
}

const char *load_get_failure(const struct load *load)
{
	if (!__atomic_load_n(&load->shared.has_failed, __ATOMIC_RELAXED) || !load_is_finished(load))
		return "";
	for (uint32_t i = 0; i < load->worker_count; i++)
		if (load->threads[i].worker.failure[0] != '\0')
			return load->threads[i].worker.failure;
	return "";
}

/* ---- end ---- */

static bool are_all_exhausted(const struct load *load)
{
	for (uint32_t i = 0; i < load->worker_count; i++)
		if (!load->threads[i].worker.is_exhausted)
			return false;
	return true;
}

int load_join(struct load *load, struct load_result *ret_result, struct err *err)
{
	const struct load_config *config = load->config;
	struct load_result result;
	uint64_t end_ns;

	if (load->thread_count == 0)
		return err_set(err, -EINVAL, "the load is not running");
	join_threads(load);
	load_result_init(&result, load->worker_count, load->shared.is_open_loop);
	result.name_count = load->name_count;
	result.totals = collector_take_totals(&load->collector);
	result.resolve_ns = load->resolve_ns;
	for (uint32_t i = 0; i < load->worker_count; i++)
		load_result_add_worker(&result, &load->threads[i].worker);
	end_ns = __atomic_load_n(&load->shared.end_ns, __ATOMIC_RELAXED);
	result.begin_ns = load->shared.measure_begin_ns;
	result.end_ns = end_ns < result.drain_end_ns ? end_ns : result.drain_end_ns;
	if (result.end_ns < result.begin_ns) /* stopped in the warm-up */
		result.end_ns = result.begin_ns;
	if (config->replay != NULL || load->shared.take_limit != UINT64_MAX)
		result.is_exhausted = are_all_exhausted(load);
	*ret_result = result;
	return 0;
}

void load_free(struct load *load)
{
	if (load == NULL)
		return;
	if (load->thread_count > 0) {
		load_stop(load, true);
		join_threads(load);
	}
	for (uint32_t i = 0; i < load->worker_count; i++)
		worker_release(&load->threads[i].worker);
	free(load->threads);
	for (uint32_t i = 0; i < load->message_count; i++)
		message_release(&load->messages[i]);
	free(load->messages);
	free(load->names);
	free(load->shared.sources);
	course_release(&load->shared.course);
	free(load->shared.rows_taken);
	mix_release(&load->shared.mix);
	collector_release(&load->collector);
	pthread_mutex_destroy(&load->mutex);
	pthread_cond_destroy(&load->changed);
	free(load);
}
