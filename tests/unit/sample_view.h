/* A sample store with a selection and an arena on it: how the tests of view/ begin. */
#ifndef SAMPLE_VIEW_H
#define SAMPLE_VIEW_H

#include "sample_store.h"
#include "view/selection.h"

struct sample_view {
	struct sample_store sample;
	struct selection selection;
	struct arena arena;
};

/* Looks again, for example after the store was changed. */
static inline void sample_view_select(struct sample_view *view, const char *word)
{
	struct err err = {0};

	if (view->selection.store != NULL)
		selection_release(&view->selection);
	sample_check(selection_open(&view->selection, view->sample.path, word, &err), &err);
}

static inline void sample_view_open(struct sample_view *view)
{
	*view = (struct sample_view){0};
	arena_init(&view->arena);
	sample_store_open(&view->sample);
	sample_fill(&view->sample, SAMPLE_ID, 1000);
	sample_view_select(view, "@last");
}

static inline void sample_view_close(struct sample_view *view)
{
	selection_release(&view->selection);
	arena_release(&view->arena);
	sample_store_close(&view->sample);
}

#endif
