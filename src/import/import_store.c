#include "import/import_store.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "import/foreign_store.h"
#include "store/store_write.h"
#include "util/alloc.h"
#include "util/clock.h"

static void add_text(json_t *object, const char *key, const char *text)
{
	/* what is not UTF-8 is left out */
	if (text != NULL && text[0] != '\0')
		json_object_set_new(object, key, json_string(text));
}

/*
 * The keys are those of docs/formats/store.md, "Environment"; what the file does not say is absent.
 */
static char *format_environment(const struct import *import, const char *version)
{
	json_t *object = json_object();
	char memory[32], *text;

	add_text(object, "sonde", version);
	add_text(object, "imported_from", import_format_name(import->format));
	add_text(object, "imported_file", import->name);
	add_text(object, "host", import->host);
	add_text(object, "kernel", import->kernel);
	add_text(object, "machine", import->machine);
	add_text(object, "cpu_model", import->cpu_model);
	add_text(object, "perf_version", import->perf_version);
	add_text(object, "recorded_by", import->command_line);
	if (import->load.tool != NULL)
		foreign_store_describe(&import->load, object);
	if (import->cpu_count > 0)
		json_object_set_new(object, "cpus", json_integer(import->cpu_count));
	if (import->memory_bytes > 0) {
		snprintf(memory, sizeof(memory), "%llu kB",
			 (unsigned long long)(import->memory_bytes / 1024));
		add_text(object, "memory", memory);
	}
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text != NULL ? text : alloc_strdup("{}");
}

static int add_profile(const struct import *import, struct store *store, struct run_record *run,
		       int64_t key, struct err *err)
{
	/* 0 would say that it was not measured: a text without times begins at 1 ns */
	run->phase_begin_ns[PHASE_MEASURE] = import->begin_ns > 0 ? import->begin_ns : 1;
	run->phase_end_ns[PHASE_MEASURE] = import->end_ns > 0 ? import->end_ns : 1;
	return store_add_profile(store, key, &import->data, err);
}

static int add_load(const struct import *import, struct store *store, struct run_record *run,
		    int64_t key, struct err *err)
{
	run->phase_begin_ns[PHASE_MEASURE] = FOREIGN_BEGIN_NS;
	run->phase_end_ns[PHASE_MEASURE] = FOREIGN_BEGIN_NS + import->load.duration_ns;
	return foreign_store_add(&import->load, store, key, err);
}

static int add_run(const struct import *import, struct store *store, const char *id,
		   uint64_t wall_ns, struct err *err)
{
	struct run_record run = {
		.number = 1, .pair = 1, .state = RUN_RUNNING, .started_wall_ns = wall_ns};
	int64_t key;
	int r;

	memcpy(run.experiment, id, EXPERIMENT_ID_BYTES);
	snprintf(run.arm, sizeof(run.arm), "default");
	r = store_add_run(store, &run, &key, err);
	if (r < 0)
		return r;
	r = import->load.tool != NULL ? add_load(import, store, &run, key, err)
				      : add_profile(import, store, &run, key, err);
	if (r < 0)
		return r;
	run.state = RUN_DONE;
	return store_update_run(store, key, &run, err);
}

int import_store(const struct import *import, struct store *store, const char *command_line,
		 const char *version, char ret_id[static EXPERIMENT_ID_BYTES], struct err *err)
{
	scoped_free char *environment = format_environment(import, version);
	bool is_load = import->load.tool != NULL;
	uint64_t begin_wall_ns = is_load ? import->load.begin_wall_ns : import->begin_wall_ns;
	uint64_t wall_ns = begin_wall_ns > 0 ? begin_wall_ns : clock_wall_ns();
	struct store_experiment experiment = {
		.id = ret_id,
		.kind = "import",
		.name = import->name,
		.command_line = command_line,
		.environment = environment,
		.primary_metric = is_load ? "rate_rps" : NULL,
		.created_wall_ns = clock_wall_ns(),
	};
	struct err second = {0};
	int r, ended;

	experiment_id_make(ret_id);
	r = store_add_experiment(store, &experiment, err);
	if (r < 0)
		return r;
	r = add_run(import, store, ret_id, wall_ns, err);
	for (size_t i = 0; i < import->warnings.count && r == 0; i++)
		r = store_add_note(store, ret_id, import->warnings.items[i], err);
	ended = store_end_experiment(store, ret_id, r == 0 ? RUN_DONE : RUN_FAILED, &second);
	return r == 0 && ended < 0 ? err_set(err, ended, "%s", err_text(&second)) : r;
}
