/* A load view made by hand, for the exports' tests: histograms are owned by the struct. */
#ifndef FAKE_LOAD_H
#define FAKE_LOAD_H

#include "util/strbuf.h"
#include "view/load_view.h"

enum { FAKE_SECONDS = 3 };

struct fake_load {
	struct load_view view;
	struct load_view_second seconds[FAKE_SECONDS];
	struct strbuf encoded[FAKE_SECONDS];
};

/* Two and a half seconds of one run, nothing in it. */
static inline void fake_load_init(struct fake_load *fake)
{
	*fake = (struct fake_load){.view = {.url = "http://127.0.0.1:8080/",
					    .mode = "closed",
					    .connections = 4,
					    .threads = 2,
					    .run_count = 1,
					    .duration_ns = 2500000000u,
					    .total = {.name = "", .method = ""}}};
	fake->view.total.response = histogram_new();
	for (uint32_t i = 0; i < FAKE_SECONDS; i++) {
		strbuf_init(&fake->encoded[i], 1 << 20);
		fake->seconds[i].second = i;
	}
	fake->view.seconds = fake->seconds;
	fake->view.second_count = FAKE_SECONDS;
}

/* Answers to requests that were due in a second, and came in it. Once a second. */
static inline void fake_load_add(struct fake_load *fake, uint32_t at, uint64_t value_ns,
				 uint64_t count)
{
	struct load_view_second *second = &fake->seconds[at];
	struct histogram *answers = histogram_new();

	histogram_record_count(answers, value_ns, count);
	histogram_encode(answers, &fake->encoded[at]);
	second->response = fake->encoded[at].data;
	second->response_length = fake->encoded[at].length;
	second->sum_ns = answers->sum_ns;
	second->min_ns = answers->min_ns;
	second->max_ns = answers->max_ns;
	second->counts.offered = second->counts.answered = second->counts.completed = count;
	second->counts.bytes_in = 100 * count;
	load_counts_add(&fake->view.total.counts, &second->counts);
	histogram_merge(fake->view.total.response, answers);
	histogram_free(answers);
}

/* Requests that were given up on at an age. */
static inline void fake_load_give_up(struct fake_load *fake, uint64_t age_ns, uint64_t count)
{
	if (fake->view.total.censored == NULL)
		fake->view.total.censored = histogram_new();
	histogram_record_count(fake->view.total.censored, age_ns, count);
	fake->view.total.counts.offered += count;
	fake->view.total.counts.errors[LOAD_ERROR_TIMEOUT] += count;
}

static inline void fake_load_release(struct fake_load *fake)
{
	histogram_free(fake->view.total.response);
	histogram_free(fake->view.total.censored);
	for (uint32_t i = 0; i < FAKE_SECONDS; i++)
		strbuf_release(&fake->encoded[i]);
}

#endif
