#include "import/text_profile.h"

#include <string.h>

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return hashmap_hash_u64(hash * 31 + value);
}

void text_profile_init(struct text_profile *profile, struct profile_data *data)
{
	*profile = (struct text_profile){.data = data};
	hashmap_init(&profile->modules);
	hashmap_init(&profile->frames);
	hashmap_init(&profile->threads);
	hashmap_init(&profile->events);
}

void text_profile_release(struct text_profile *profile)
{
	hashmap_release(&profile->modules);
	hashmap_release(&profile->frames);
	hashmap_release(&profile->threads);
	hashmap_release(&profile->events);
	vec_release(&profile->stack);
}

static uint32_t add_module(struct text_profile *profile, const char *path, enum module_kind kind)
{
	struct profile_data *data = profile->data;
	uint32_t text = string_table_intern(&data->strings, path);
	uint64_t hash = mix(text, kind);
	uint32_t slot, id = hashmap_first(&profile->modules, hash, &slot);

	for (; id != HASHMAP_NONE; id = hashmap_next(&profile->modules, hash, &slot))
		if (data->modules.items[id].path == text && data->modules.items[id].kind == kind)
			return id;
	id = (uint32_t)data->modules.count;
	vec_push(&data->modules, (struct module){.path = text, .kind = kind});
	hashmap_insert(&profile->modules, hash, id);
	return id;
}

uint32_t text_profile_add_kernel(struct text_profile *profile)
{
	return add_module(profile, "[kernel]", MODULE_KERNEL);
}

static bool begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/*
 * As perf writes them, behind a frame: "[kernel.kallsyms]", "[guest.kernel.kallsyms]", "[nf_nat]".
 */
uint32_t text_profile_add_module(struct text_profile *profile, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;

	if (begins_with(path, "[kernel.") || begins_with(path, "[guest.kernel."))
		return text_profile_add_kernel(profile);
	if (begins_with(path, "[vdso"))
		return add_module(profile, "[vdso]", MODULE_VDSO);
	if (path[0] == '\0' || strcmp(path, "[unknown]") == 0)
		return add_module(profile, "[unknown]", MODULE_UNKNOWN);
	if (begins_with(path, "//anon") || strcmp(path, "[anon]") == 0 ||
	    strcmp(path, "[heap]") == 0 || strcmp(path, "[stack]") == 0)
		return add_module(profile, path, MODULE_ANON);
	if (begins_with(name, "perf-") && strstr(name, ".map") != NULL)
		return add_module(profile, path, MODULE_ANON);
	if (path[0] == '[' || begins_with(name, "vmlinux") || strstr(name, ".ko") != NULL)
		return add_module(profile, path, MODULE_KERNEL);
	return add_module(profile, path, MODULE_FILE);
}

static bool is_same_frame(const struct frame *a, const struct frame *b)
{
	return a->module == b->module && a->function == b->function && a->file == b->file &&
	       a->line == b->line && a->svma == b->svma && a->inline_depth == b->inline_depth;
}

uint32_t text_profile_add_frame(struct text_profile *profile, const struct frame *frame)
{
	struct profile_data *data = profile->data;
	uint64_t hash = mix(mix(mix(frame->svma, frame->module), frame->function),
			    (uint64_t)frame->line << 32 | frame->inline_depth);
	uint32_t slot, id = hashmap_first(&profile->frames, hash, &slot);

	for (; id != HASHMAP_NONE; id = hashmap_next(&profile->frames, hash, &slot))
		if (is_same_frame(&data->frames.items[id], frame))
			return id;
	id = (uint32_t)data->frames.count;
	if (id >= TEXT_FRAMES_MAX) {
		profile->is_full = true;
		return FRAME_NONE;
	}
	vec_push(&data->frames, *frame);
	hashmap_insert(&profile->frames, hash, id);
	return id;
}

uint32_t text_profile_add_thread(struct text_profile *profile, uint32_t pid, uint32_t tid,
				 const char *comm)
{
	struct profile_data *data = profile->data;
	uint32_t name = string_table_intern(&data->strings, comm);
	uint64_t hash = mix(mix(name, pid), tid);
	uint32_t slot, id = hashmap_first(&profile->threads, hash, &slot);

	for (; id != HASHMAP_NONE; id = hashmap_next(&profile->threads, hash, &slot)) {
		const struct profile_thread *thread = &data->threads.items[id];

		if (thread->comm == name && thread->pid == pid && thread->tid == tid)
			return id;
	}
	id = (uint32_t)data->threads.count;
	vec_push(&data->threads, (struct profile_thread){.pid = pid, .tid = tid, .comm = name});
	hashmap_insert(&profile->threads, hash, id);
	return id;
}

uint16_t text_profile_add_event(struct text_profile *profile, const char *name, bool is_clock)
{
	struct profile_data *data = profile->data;
	uint32_t text = string_table_intern(&data->strings, name);
	uint64_t hash = hashmap_hash_u64(text);
	uint32_t slot, id = hashmap_first(&profile->events, hash, &slot);

	for (; id != HASHMAP_NONE; id = hashmap_next(&profile->events, hash, &slot))
		if (data->events.items[id].name == text)
			return (uint16_t)id;
	id = (uint32_t)data->events.count;
	if (id >= TEXT_EVENTS_MAX) {
		profile->is_full = true;
		return UINT16_MAX;
	}
	vec_push(&data->events,
		 (struct profile_event){.name = text, .period = 1, .is_clock = is_clock});
	hashmap_insert(&profile->events, hash, id);
	return (uint16_t)id;
}

/* Where threads and programs start: glibc, musl, the kernel, Go. */
static bool is_start(const char *name)
{
	static const char *const names[] = {
		"_start",
		"__libc_start_main",
		"__clone",
		"clone",
		"__clone3",
		"clone3",
		"start_thread",
		"_dl_start_user",
		"ret_from_fork",
		"runtime.goexit",
		"runtime.mstart",
		"runtime.rt0_go",
		"ret_from_fork_asm",
		"runtime.goexit.abi0",
		"runtime.mstart.abi0",
		"runtime.rt0_go.abi0",
		"__libc_start_call_main",
		"__libc_start_main_impl",
	};
	size_t length = strcspn(name, "@");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == length && strncmp(name, names[i], length) == 0)
			return true;
	return false;
}

void text_profile_add_sample(struct text_profile *profile, const struct sample *sample)
{
	struct profile_data *data = profile->data;
	struct profile_quality *quality = &data->quality;
	struct sample own = *sample;
	size_t count = profile->stack.count;
	const struct frame *outermost =
		count > 0 ? &data->frames.items[profile->stack.items[count - 1]] : NULL;
	bool is_whole = outermost != NULL &&
			is_start(string_table_get(&data->strings, outermost->function));

	profile->stack.count = 0;
	if (data->samples.count >= TEXT_SAMPLES_MAX || sample->event == UINT16_MAX ||
	    data->stacks.nodes.count + count > TEXT_NODES_MAX) {
		profile->is_full = true;
		return;
	}
	own.stack = is_whole ? STACK_COMPLETE : STACK_TRUNCATED;
	for (size_t i = count; i > 0; i--)
		own.stack =
			stack_table_intern(&data->stacks, own.stack, profile->stack.items[i - 1]);
	vec_push(&data->samples, own);
	quality->sample_count++;
	quality->complete_count += is_whole;
	if (!is_whole) {
		quality->truncated_count++;
		quality->truncations[TRUNCATION_UNKNOWN]++;
	}
}
