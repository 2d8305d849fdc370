/*
 * What the files that make a profile_builder share: its state, and what one asks of another.
 *
 *	profile_builder.c	  the door, records that are no samples, taking the data
 *	profile_builder_process.c whose memory holds which code: records and /proc
 *	profile_builder_sample.c  samples: unwound, joined, put into the tables
 */
#ifndef PROFILE_PROFILE_BUILDER_PARTS_H
#define PROFILE_PROFILE_BUILDER_PARTS_H

#include "capture/pid_map.h"
#include "profile/module_table.h"
#include "profile/newcomer_need.h"
#include "profile/process_table.h"
#include "profile/profile_builder.h"
#include "profile/stack_builder.h"
#include "profile/stack_join.h"
#include "util/strbuf.h"

struct known_build_id {
	uint32_t path; /* string id */
	uint8_t bytes[BUILD_ID_BYTES], length;
};

enum { CODE_WORDS = 256 };

struct code_word {
	uint64_t avma; /* 0 = none */
	uint64_t word;
};

struct profile_builder {
	struct profile_data data;
	struct process_table processes;
	struct module_table modules;
	struct stack_builder stacks;
	struct unwinder *unwinder;
	enum cfi_arch arch;
	bool is_live;
	struct process_roles strangers; /* roles of a process whose fork was not seen */
	struct strbuf text;		/* of /proc files, kept for the next */
	VEC(struct known_build_id) build_ids;

	/* words of code that were read from the process, by address; of unwinder_pid */
	struct code_word code_words[CODE_WORDS];

	/* whose code the unwinder walks; the same until mappings or the process change */
	const struct mapping_list *mappings;
	uint32_t unwinder_pid;
	struct unwind_frame *frames; /* STACK_DEPTH_MAX */

	VEC(struct stack_join) joins; /* unused ones have tid 0 */
	VEC(uint32_t) free_joins;
	struct pid_map join_index; /* by tid */
	VEC(struct stack_need) needs;
	struct newcomer_need newcomers;
	bool has_newcomers_changed; /* and the new size is not in use yet */
	bool has_new_creator;	    /* a thread with small copies has created one: see to it soon */
	bool has_wrong_joins;	    /* a thread has had one more, and too many: the same */
};

/* --- profile_builder_process.c --- */

/* Known by its pid, else as of now. */
struct process *profile_builder_get_process(struct profile_builder *builder, uint32_t pid);
struct task *profile_builder_get_task(struct profile_builder *builder, uint32_t pid, uint32_t tid);

/* A mapping from now on; the module's file is opened if it is new. */
void profile_builder_add_mapping(struct profile_builder *builder, struct process *process,
				 struct module_mapping *mapping, uint64_t file_offset);

/* --- profile_builder_sample.c --- */

void profile_builder_add_sample(struct profile_builder *builder, const struct perf_record *record,
				const struct sample_origin *origin);

/* An unwind_find_code_fn: `arg` is the builder, whose turn's mappings are looked into. */
bool profile_builder_find_code(void *arg, uint64_t avma, struct unwind_code *ret_code);

/* NULL when nothing is known of the thread's stacks. */
struct stack_join *profile_builder_find_join(struct profile_builder *builder, uint32_t tid);

/* What could not be joined when it came may be by what was learned since. */
void profile_builder_settle(struct profile_builder *builder, struct stack_join *join);

/* The thread has ended. */
void profile_builder_end_join(struct profile_builder *builder, uint32_t tid);

#endif
