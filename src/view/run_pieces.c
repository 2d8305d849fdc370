#include "view/run_pieces.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/bootstrap.h"
#include "stats/quantile.h"
#include "stats/survival.h"
#include "store/store_load.h"
#include "util/alloc.h"

#define SECOND_NS UINT64_C(1000000000)

enum {
	SECONDS_MAX = 1000000, /* a longer window is a damaged row: twelve days */
	NAME_ALL = UINT32_MAX,
	NAME_NONE = UINT32_MAX - 1u, /* no request of the run */
};

struct piece_reader {
	struct run_pieces *pieces;
	uint32_t name;
};

static int add_second(void *context, const struct load_second *second)
{
	struct piece_reader *reader = context;
	struct run_pieces *pieces = reader->pieces;
	uint32_t piece = second->second / pieces->seconds_each;

	if (reader->name != NAME_ALL && second->name != reader->name)
		return 0;
	piece = piece < pieces->count ? piece : pieces->count - 1;
	histogram_merge(pieces->responses[piece], second->response);
	histogram_merge(pieces->answers, second->response);
	if (second->censored != NULL)
		histogram_merge(pieces->censored, second->censored);
	if (second->second < pieces->second_count)
		pieces->completed[second->second] += (double)second->counts.completed;
	return 0;
}

static void make_pieces(struct run_pieces *pieces, uint64_t window_ns, uint32_t most)
{
	uint64_t seconds = (window_ns + SECOND_NS - 1) / SECOND_NS;
	uint32_t count = seconds > SECONDS_MAX ? SECONDS_MAX : seconds > 0 ? (uint32_t)seconds : 1;

	*pieces = (struct run_pieces){.answers = histogram_new(),
				      .censored = histogram_new(),
				      .second_count = count,
				      .seconds_each = (count + most - 1) / most};
	pieces->completed = alloc_array(count, sizeof(double));
	pieces->lengths = alloc_array(count, sizeof(double));
	for (uint32_t i = 0; i < count; i++)
		pieces->lengths[i] = fmin(fmax((double)window_ns / (double)SECOND_NS - i, 0), 1);
	pieces->count = (count + pieces->seconds_each - 1) / pieces->seconds_each;
	pieces->responses = alloc_array(pieces->count, sizeof(struct histogram *));
	for (uint32_t i = 0; i < pieces->count; i++)
		pieces->responses[i] = histogram_new();
}

static int find_name(struct piece_reader *reader, struct arena *arena, struct store *store,
		     int64_t run, const char *request, struct err *err)
{
	struct stored_name *list;
	uint32_t count;
	int r = store_list_names(store, arena, run, &list, &count, err);

	reader->name = NAME_NONE;
	for (uint32_t i = 0; r == 0 && i < count; i++) {
		if (strcmp(list[i].name, request) != 0)
			continue;
		reader->name = list[i].id;
		reader->pieces->has_request = true;
	}
	return r;
}

int run_pieces_read(struct run_pieces *ret_pieces, struct arena *arena, struct store *store,
		    const struct stored_run *run, const char *request, uint64_t window_ns,
		    uint32_t most, struct err *err)
{
	struct piece_reader reader = {.pieces = ret_pieces, .name = NAME_ALL};
	int r = 0;

	make_pieces(ret_pieces, window_ns, most);
	if (request[0] != '\0')
		r = find_name(&reader, arena, store, run->key, request, err);
	return r < 0 ? r : store_read_seconds(store, run->key, add_second, &reader, err);
}

void run_pieces_release(struct run_pieces *pieces)
{
	for (uint32_t i = 0; i < pieces->count; i++)
		histogram_free(pieces->responses[i]);
	free(pieces->responses);
	free(pieces->completed);
	free(pieces->lengths);
	histogram_free(pieces->answers);
	histogram_free(pieces->censored);
	*pieces = (struct run_pieces){0};
}

uint32_t run_pieces_choose_block(const struct run_pieces *pieces)
{
	scoped_free double *means = alloc_array(pieces->count + 1, sizeof(*means));

	for (uint32_t i = 0; i < pieces->count; i++)
		means[i] = pieces->responses[i]->count > 0 ? quantile_mean_ns(pieces->responses[i])
							   : (double)NAN;
	return bootstrap_choose_block(means, pieces->count);
}

bool run_pieces_is_moved(const struct histogram *answers, const struct histogram *censored,
			 double q)
{
	uint64_t value_ns;

	if (!survival_find_quantile(answers, censored, q, &value_ns))
		return true;
	return histogram_slot_of(value_ns) != histogram_slot_of(quantile_of_histogram(answers, q));
}
