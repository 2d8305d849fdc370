/*
 * Frames that have names already become a profile's tables: what the readers of texts share. Pure.
 */
#ifndef IMPORT_TEXT_PROFILE_H
#define IMPORT_TEXT_PROFILE_H

#include <stdint.h>

#include "model/profile_data.h"
#include "util/hashmap.h"
#include "util/vec.h"

enum {
	TEXT_FRAMES_MAX = 1 << 22, /* distinct ones */
	TEXT_NODES_MAX = 1 << 24,
	TEXT_SAMPLES_MAX = 1 << 26,
	TEXT_EVENTS_MAX = 4096,
};

struct text_profile {
	struct profile_data *data;
	struct hashmap modules, frames, threads, events;
	VEC(uint32_t) stack; /* frames of the sample at hand, leaf first */
	bool is_full;	     /* something was left out because a table was full */
};

/* `data` is initialized and the caller's. */
void text_profile_init(struct text_profile *profile, struct profile_data *data);
void text_profile_release(struct text_profile *profile);

/* Index of the module at `path` as mapped; kinds by perf's names: "[kernel.kallsyms]", "[vdso]". */
uint32_t text_profile_add_module(struct text_profile *profile, const char *path);
uint32_t text_profile_add_kernel(struct text_profile *profile);

/* Index of the frame; FRAME_NONE when there are too many. */
uint32_t text_profile_add_frame(struct text_profile *profile, const struct frame *frame);

/* Index of the thread. One that changed its name is another. */
uint32_t text_profile_add_thread(struct text_profile *profile, uint32_t pid, uint32_t tid,
				 const char *comm);

/*
 * Index of the event; it is added with a period of 1: samples say what they stand for. `is_clock`
 * as in profile_event. UINT16_MAX when there are too many.
 */
uint16_t text_profile_add_event(struct text_profile *profile, const char *name, bool is_clock);

/*
 * A sample with the frames of profile->stack, which is empty then. `sample->stack` is not looked
 * at. Whether a text's stack is whole is told by its outermost function alone.
 */
void text_profile_add_sample(struct text_profile *profile, const struct sample *sample);

#endif
