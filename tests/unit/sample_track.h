/*
 * The last of a few experiments against the accepted one: what the renderers of `track` are given.
 */
#ifndef SAMPLE_TRACK_H
#define SAMPLE_TRACK_H

#include "sample_history.h"
#include "view/track_view.h"

struct sample_track {
	struct sample_view view;
	struct selection base;
	struct track_view track;
};

/*
 * `count` experiments; the last costs `cpu_ns` a request, the others 100 us. `accepted` 0 = none.
 */
static inline void sample_track_open(struct sample_track *sample, uint32_t count, double cpu_ns,
				     uint32_t accepted)
{
	struct track_view_options options = {0};
	struct stored_baseline baseline = {0};
	struct err err = {0};

	*sample = (struct sample_track){0};
	arena_init(&sample->view.arena);
	sample_store_open(&sample->view.sample);
	for (uint32_t i = 1; i <= count; i++)
		sample_history_add(&sample->view.sample, i,
				   &(struct sample_experiment){
					   .cpu_ns = i == count ? cpu_ns : 100e3, .rate = 25000});
	if (accepted > 0)
		sample_history_accept(&sample->view.sample, accepted, "first | good");
	sample_view_select(&sample->view, "@last");
	if (accepted > 0) {
		sample_check(track_view_find_baseline(sample->view.selection.store,
						      &sample->view.arena, "gateway", &baseline,
						      &err),
			     &err);
		sample_check(selection_open(&sample->base, sample->view.sample.path,
					    baseline.experiment, &err),
			     &err);
	}
	sample_check(track_view_read(&sample->track, &sample->view.arena, &sample->view.selection,
				     accepted > 0 ? &baseline : NULL,
				     accepted > 0 ? &sample->base : NULL, "", &options, &err),
		     &err);
}

static inline void sample_track_close(struct sample_track *sample)
{
	selection_release(&sample->base);
	sample_view_close(&sample->view);
}

#endif
