/*
 * Records become a profile: the half of profile/ that needs no kernel. Fed by profile.c with what
 * capture/ reads, and by import/ with what a perf.data holds; both get the same stacks, because
 * they are made here.
 *
 *	mmap, comm, fork, exec, exit ─▶ process_table, module_table (files held open, tables of
 *	  rules)
 *	sample with registers and a stack copy ─▶ unwinder ─▶ join (short copies) ─▶
 *	  stack_builder
 *	sample with a callchain, or frames from elsewhere ──────────────────────────▶
 *	  stack_builder
 *	at the end: symbolizer, all hot addresses at once ─▶ frames with functions, inlined ones,
 *	  lines
 *
 * One thread at a time.
 */
#ifndef PROFILE_PROFILE_BUILDER_H
#define PROFILE_PROFILE_BUILDER_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/perf_record.h"
#include "model/profile_data.h"
#include "symbol/symbolizer.h"
#include "unwind/unwinder.h"
#include "util/err.h"
#include "util/scoped.h"

struct profile_builder_config {
	struct symbolizer_config symbols;
	const char *cache_dir; /* of tables of rules; NULL = nothing is kept */
	/*
	 * The processes are alive and on this machine: what is not known of one is looked up in
	 * /proc. Else (a perf.data) only records tell
	 */
	bool is_live;
	/* files of a perf.data are below here ("/mnt/image"); NULL = "/" */
	const char *root;
	enum cfi_arch arch;
};

/* Which event a sample is of, and how its stack was taken. */
struct sample_origin {
	const struct perf_layout *layout;
	uint16_t event; /* index into profile_data.events */
	bool has_stack; /* registers and stack copy are to be unwound, else the chain is all */
	bool is_full;	/* of the sampler with full copies, which teach and audit joining */
	bool may_join;	/* what is missing may be taken from the thread's cache */
	/*
	 * One of two samplers that share the event, each with a period of its own: a sample stands
	 * for the event's
	 */
	bool is_of_two;
};

struct profile_builder;

struct profile_builder *profile_builder_new(const struct profile_builder_config *config);
void profile_builder_free(struct profile_builder *builder); /* NULL accepted */
SCOPED_POINTER(profile_builder, profile_builder_free)

/*
 * The tables as they are now; to be filled in by the caller: events, frequency, sampler, quality.
 */
struct profile_data *profile_builder_get_data(struct profile_builder *builder);

/* Roles of a process that is followed, and of what it forks; "" = none. */
void profile_builder_add_process(struct profile_builder *builder, uint32_t pid, const char *role,
				 const char *child_role);
void profile_builder_add_thread(struct profile_builder *builder, uint32_t pid, uint32_t tid);

/* Roles of processes whose fork was not seen. */
void profile_builder_set_strangers(struct profile_builder *builder, const char *role);

/* Stacks that end at this address of sonde's own process count as complete (start_site.h). */
void profile_builder_add_start(struct profile_builder *builder, uint64_t return_avma);

/* A build id that is known of a file though it cannot be opened (a perf.data's header). */
void profile_builder_add_build_id(struct profile_builder *builder, const char *path,
				  const uint8_t *build_id, uint8_t length);

/* Any record, in the order of their times. `origin` for samples. */
void profile_builder_add_record(struct profile_builder *builder, const struct perf_record *record,
				const struct sample_origin *origin);

/*
 * A sample that somebody else unwound (the ptrace sampler): avmas, leaf first, as lookup addresses;
 * `end` says how it ended.
 */
struct unwound_sample {
	uint32_t pid, tid;
	uint64_t time_ns, period;
	const struct unwind_frame *frames;
	uint32_t frame_count;
	enum unwind_end end;
};
void profile_builder_add_unwound(struct profile_builder *builder,
				 const struct unwound_sample *sample);

/*
 * For such a sampler: unwinds in the address space of a process, with the builder's own tables.
 * Frames are valid until the next call.
 */
enum unwind_end profile_builder_unwind(struct profile_builder *builder, uint32_t pid,
				       const struct unwind_registers *registers,
				       const struct unwind_memory *memory,
				       const struct unwind_frame **ret_frames, uint32_t *ret_count);

/*
 * The same sampler sees no mappings being made: what the process has mapped, and what its threads
 * are called, is read again, if it was last read before `than_ns`. False when it was not.
 */
bool profile_builder_refresh(struct profile_builder *builder, uint32_t pid, uint64_t than_ns);

/* How many bytes of its stack a thread's samples needed so far: what capture should copy. */
struct stack_need {
	uint32_t tid;
	uint32_t sample_count;		  /* since the sizes were last set */
	uint32_t short_bytes, full_bytes; /* advised */
	bool has_changed;		  /* they differ from those in use, by enough to matter */
};
/*
 * Ascending by tid; returns how many; the array is the builder's until the next call. Threads that
 * create others are given at least what new threads need: these inherit it.
 */
uint32_t profile_builder_get_needs(struct profile_builder *builder,
				   const struct stack_need **ret_needs);

/*
 * Of threads that are new, as of the last profile_builder_get_needs(); tid 0. Threads of which
 * nothing is known should get as much.
 */
struct stack_need profile_builder_get_newcomer_need(const struct profile_builder *builder);

/*
 * A thread whose copies are smaller than that has created one, since the last
 * profile_builder_get_needs(): it should be called soon.
 */
bool profile_builder_has_new_creator(const struct profile_builder *builder);

/* A thread's short copies were found to be joined wrongly too often: the same. */
bool profile_builder_has_wrong_joins(const struct profile_builder *builder);

/* What the last profile_builder_get_needs() advised is in use from now on. */
void profile_builder_restart_needs(struct profile_builder *builder);

/*
 * Names everything and moves the tables to `ret_data`. The builder goes on with empty ones: what
 * is known of processes and modules stays, for the next window of a live view.
 */
void profile_builder_take(struct profile_builder *builder, struct profile_data *ret_data);

/* The same without the code and the sources of hot functions, which no live view shows. */
void profile_builder_take_window(struct profile_builder *builder, struct profile_data *ret_data);

#endif
