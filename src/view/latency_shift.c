#include "view/latency_shift.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/bootstrap.h"
#include "stats/quantile.h"
#include "stats/survival.h"
#include "store/store_load.h"
#include "util/fmt.h"
#include "view/arm_metrics.h"
#include "view/run_diff.h"
#include "view/run_pieces.h"

/* Of all runs of a side together: some 100 MB at most, and a fraction of a second. */
enum { PIECES_OF_SIDE = 1200, PIECES_LEAST = 8 };

/* A request is late when it was sent by so much after its time: as lab/load_judge.c has it. */
#define LATE_FLOOR_NS 200000.0
#define LATE_RATIO 0.2 /* of the median response time */
#define LATE_LIMIT 0.01

static const struct {
	double q;
	const char *name;
} quantiles[LATENCY_SHIFT_ROWS] = {
	{0.1, "p10"}, {0.2, "p20"}, {0.3, "p30"}, {0.4, "p40"},	 {0.5, "p50"},	{0.6, "p60"},
	{0.7, "p70"}, {0.8, "p80"}, {0.9, "p90"}, {0.95, "p95"}, {0.99, "p99"}, {0.999, "p99.9"},
};

struct shift_side {
	const char *label; /* "base" */
	const struct selection *selection;
	struct arm_metrics metrics; /* which runs count */
	/* those that have load, and of pairs only those with a partner */
	struct shift_run *runs;
	uint32_t run_count;
	struct histogram *answers;  /* of all */
	struct histogram *censored; /* ages of those given up on */
	struct histogram *lag;	    /* open loop: sent - intended */
	const char *mode;	    /* of the first run */
};

struct shift_run {
	const struct stored_run *run;
	uint64_t window_ns;
	struct run_pieces pieces;
};

/* ---- reading ---- */

/* Runs without load do not count: they may be of `record`. */
static int take_loads(struct shift_side *side, struct arena *arena, struct err *err)
{
	side->runs = arena_alloc(arena, side->metrics.run_count + 1, sizeof(*side->runs));
	for (uint32_t i = 0; i < side->metrics.run_count; i++) {
		const struct stored_run *run = side->metrics.runs[i];
		struct stored_load_summary summary;
		int r = store_read_load_summary(side->selection->store, arena, run->key, &summary,
						err);

		if (r == -ENOENT)
			continue;
		if (r < 0)
			return r;
		if (side->run_count == 0)
			side->mode = summary.mode;
		if (summary.histograms[LOAD_HISTOGRAM_SEND_LAG] != NULL)
			histogram_merge(side->lag, summary.histograms[LOAD_HISTOGRAM_SEND_LAG]);
		store_release_load_summary(&summary);
		side->runs[side->run_count++] =
			(struct shift_run){.run = run,
					   .window_ns = summary.end_ns > summary.begin_ns
								? summary.end_ns - summary.begin_ns
								: 0};
	}
	if (side->run_count == 0)
		return err_set(err, -ENOENT, "%s has no run with response times that counts",
			       side->selection->word);
	return 0;
}

/* Leaves of both sides the runs that have a partner, in the same order. */
static void keep_pairs(struct shift_side *base, struct shift_side *head)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < base->run_count; i++) {
		for (uint32_t j = kept; j < head->run_count; j++) {
			struct shift_run partner = head->runs[j];

			if (partner.run->record.pair != base->runs[i].run->record.pair)
				continue;
			head->runs[j] = head->runs[kept];
			head->runs[kept] = partner;
			base->runs[kept++] = base->runs[i];
			break;
		}
	}
	base->run_count = head->run_count = kept;
}

static bool has_pair(const struct shift_side *base, const struct shift_side *head)
{
	for (uint32_t i = 0; i < base->run_count; i++)
		for (uint32_t j = 0; j < head->run_count; j++)
			if (base->runs[i].run->record.pair == head->runs[j].run->record.pair)
				return true;
	return false;
}

static int read_side(struct shift_side *side, struct arena *arena, const char *request,
		     struct err *err)
{
	uint32_t most = PIECES_OF_SIDE / side->run_count;
	bool has_request = false;

	most = most < PIECES_LEAST ? PIECES_LEAST : most > RUN_PIECES_MOST ? RUN_PIECES_MOST : most;
	for (uint32_t i = 0; i < side->run_count; i++) {
		struct shift_run *run = &side->runs[i];
		int r = run_pieces_read(&run->pieces, arena, side->selection->store, run->run,
					request, run->window_ns, most, err);

		if (r < 0)
			return r;
		histogram_merge(side->answers, run->pieces.answers);
		histogram_merge(side->censored, run->pieces.censored);
		has_request |= run->pieces.has_request;
	}
	if (request[0] != '\0' && !has_request)
		return err_set(err, -ENOENT,
			       "%s has no request named '%s'; `sonde show %s` lists them",
			       side->selection->word, request, side->selection->word);
	return 0;
}

static void side_init(struct shift_side *side, const char *label, const struct selection *selection)
{
	*side = (struct shift_side){.label = label,
				    .selection = selection,
				    .mode = "",
				    .answers = histogram_new(),
				    .censored = histogram_new(),
				    .lag = histogram_new()};
}

static void side_release(struct shift_side *side)
{
	for (uint32_t i = 0; i < side->run_count; i++)
		run_pieces_release(&side->runs[i].pieces);
	histogram_free(side->answers);
	histogram_free(side->censored);
	histogram_free(side->lag);
}

/* ---- the rows ---- */

/* A side's value, or the sentence why there is none. */
static double find_value(const struct shift_side *side, struct arena *arena,
			 struct latency_shift_row *row)
{
	uint64_t count = side->answers->count + side->censored->count, value_ns;
	char needed[FMT_BYTES], had[FMT_BYTES];

	if (side->answers->count == 0 || !quantile_is_earned(count, row->q)) {
		row->why_not =
			arena_printf(arena, "%s needs %s answers, %s had %s", row->name,
				     fmt_count(needed, (double)quantile_needed_count(row->q)),
				     side->label, fmt_count(had, (double)side->answers->count));
		return (double)NAN;
	}
	if (!survival_find_quantile(side->answers, side->censored, row->q, &value_ns)) {
		row->why_not =
			arena_printf(arena, "%s of %s is %s or more: %s requests were given up on",
				     row->name, side->label, fmt_duration(needed, (double)value_ns),
				     fmt_count(had, (double)side->censored->count));
		return (double)NAN;
	}
	return (double)value_ns;
}

static struct latency_shift_row make_row(const struct shift_side *base,
					 const struct shift_side *head, struct arena *arena,
					 uint32_t place)
{
	struct latency_shift_row row = {.q = quantiles[place].q,
					.name = quantiles[place].name,
					.change = (double)NAN,
					.lo = (double)NAN,
					.hi = (double)NAN,
					.band_lo = (double)NAN,
					.band_hi = (double)NAN,
					.why_not = ""};

	row.head = find_value(head, arena, &row);
	row.base = find_value(base, arena, &row);
	if (!(row.base > 0) || !isfinite(row.head))
		return row;
	row.change = row.head / row.base - 1;
	row.is_below_resolution = llabs((long long)histogram_slot_of((uint64_t)row.base) -
					(long long)histogram_slot_of((uint64_t)row.head)) <= 1;
	if (run_pieces_is_moved(base->answers, base->censored, row.q) ||
	    run_pieces_is_moved(head->answers, head->censored, row.q))
		row.why_not = arena_printf(arena,
					   "%s has no interval: requests that were given up on "
					   "move it",
					   row.name);
	return row;
}

static struct bootstrap_side make_runs(const struct shift_side *side, struct arena *arena)
{
	struct bootstrap_run *runs = arena_alloc(arena, side->run_count, sizeof(*runs));

	for (uint32_t i = 0; i < side->run_count; i++) {
		const struct run_pieces *pieces = &side->runs[i].pieces;

		runs[i] = (struct bootstrap_run){
			.seconds = (const struct histogram *const *)pieces->responses,
			.second_count = pieces->count,
			.block_seconds = run_pieces_choose_block(pieces)};
	}
	return (struct bootstrap_side){runs, side->run_count};
}

static void set_bounds(struct latency_shift_row *row, const struct bootstrap_quantile *found)
{
	row->lo = expm1(found->lo);
	row->hi = expm1(found->hi);
	row->band_lo = expm1(found->band_lo);
	row->band_hi = expm1(found->band_hi);
	row->is_apart = !row->is_below_resolution && (row->lo > 0 || row->hi < 0);
	row->is_apart_in_band = row->is_apart && (row->band_lo > 0 || row->band_hi < 0);
}

/* Rows that can have an interval; the band is of these. */
static void find_intervals(struct latency_shift *shift, const struct shift_side *base,
			   const struct shift_side *head, struct arena *arena, uint64_t seed)
{
	struct bootstrap_quantile found[LATENCY_SHIFT_ROWS] = {{0}};
	struct bootstrap_side base_runs = make_runs(base, arena);
	struct bootstrap_side head_runs = make_runs(head, arena);
	uint32_t places[LATENCY_SHIFT_ROWS], count = 0;

	for (uint32_t i = 0; i < LATENCY_SHIFT_ROWS; i++) {
		if (!isfinite(shift->rows[i].change) || shift->rows[i].why_not[0] != '\0')
			continue;
		found[count].q = shift->rows[i].q;
		places[count++] = i;
	}
	if (count == 0 ||
	    !bootstrap_shift(&base_runs, &head_runs, strcmp(shift->design, "paired") == 0,
			     shift->level, seed, found, count))
		return;
	for (uint32_t i = 0; i < count; i++) {
		struct latency_shift_row *row = &shift->rows[places[i]];

		set_bounds(row, &found[i]);
		shift->apart_count += row->is_apart;
		if (!isfinite(row->lo))
			row->why_not = arena_printf(arena,
						    "%s has no interval: one run of fewer than "
						    "4 seconds shows no noise",
						    row->name);
	}
}

/* ---- what one must know beside them ---- */

static void add_note(struct latency_shift *shift, const char *note)
{
	shift->notes[shift->note_count++] = note;
}

static void note_runs(struct latency_shift *shift, struct arena *arena)
{
	uint32_t least = shift->base_runs < shift->head_runs ? shift->base_runs : shift->head_runs;

	shift->is_within_run = least <= 1;
	shift->has_few_runs = least > 1 && least < LATENCY_SHIFT_FEW_RUNS;
	if (shift->is_within_run)
		add_note(shift, "one run on a side: intervals are of the time within the runs, too "
				"narrow for a verdict");
	else if (shift->has_few_runs)
		add_note(shift,
			 arena_printf(arena,
				      "%u and %u runs: intervals of fewer than %d a side "
				      "are rough",
				      shift->base_runs, shift->head_runs, LATENCY_SHIFT_FEW_RUNS));
}

static void note_loop(struct latency_shift *shift, const struct shift_side *base,
		      const struct shift_side *head)
{
	bool is_base_open = strcmp(base->mode, "open") == 0;
	bool is_head_open = strcmp(head->mode, "open") == 0;

	shift->is_closed_loop = !is_base_open || !is_head_open;
	if (is_base_open != is_head_open)
		add_note(shift, "one side is closed loop and the other open: their response times "
				"are not of the same thing");
	else if (shift->is_closed_loop)
		add_note(shift, "closed loop: a slower server is sent less, so times tell of the "
				"load too; `--rate` gives both sides the same");
}

static void note_schedule(struct latency_shift *shift, const struct shift_side *side,
			  struct arena *arena)
{
	double late_ns =
		fmax(LATE_FLOOR_NS, LATE_RATIO * (double)quantile_of_histogram(side->answers, 0.5));
	double late = quantile_share_above(side->lag, (uint64_t)late_ns);
	char share[FMT_BYTES], by[FMT_BYTES];

	if (late > LATE_LIMIT)
		add_note(shift, arena_printf(arena,
					     "the schedule was missed: %s of %s's requests were "
					     "sent more than %s late, which is in their times",
					     fmt_percent(share, late), side->label,
					     fmt_duration(by, late_ns)));
}

static void settle(struct latency_shift *shift, const struct shift_side *base,
		   const struct shift_side *head, struct arena *arena, uint64_t seed)
{
	shift->base_runs = base->run_count;
	shift->head_runs = head->run_count;
	shift->base_count = base->answers->count;
	shift->head_count = head->answers->count;
	note_runs(shift, arena);
	note_loop(shift, base, head);
	note_schedule(shift, base, arena);
	note_schedule(shift, head, arena);
	for (uint32_t i = 0; i < LATENCY_SHIFT_ROWS; i++)
		shift->rows[i] = make_row(base, head, arena, i);
	find_intervals(shift, base, head, arena, seed);
}

static int read_sides(struct latency_shift *shift, struct arena *arena, struct shift_side *base,
		      struct shift_side *head, bool can_pair, struct err *err)
{
	int r = take_loads(base, arena, err);

	if (r == 0)
		r = take_loads(head, arena, err);
	if (r < 0)
		return r;
	shift->design = "unpaired";
	if (can_pair && has_pair(base, head)) {
		shift->design = "paired";
		keep_pairs(base, head);
	}
	r = read_side(base, arena, shift->request, err);
	return r < 0 ? r : read_side(head, arena, shift->request, err);
}

int latency_shift_read(struct latency_shift *ret_shift, struct arena *arena,
		       const struct selection *base, uint32_t base_arm,
		       const struct selection *head, uint32_t head_arm,
		       const struct latency_shift_options *options, struct err *err)
{
	static const struct latency_shift_options defaults;
	bool can_pair = strcmp(base->experiment.id, head->experiment.id) == 0 &&
			strcmp(base->arms[base_arm].name, head->arms[head_arm].name) != 0;
	struct latency_shift shift = {0};
	struct shift_side sides[2];
	int r;

	options = options != NULL ? options : &defaults;
	shift.request = options->request != NULL ? arena_strdup(arena, options->request) : "";
	shift.level = options->level > 0 ? options->level : RUN_DIFF_LEVEL;
	side_init(&sides[0], "base", base);
	side_init(&sides[1], "head", head);
	r = arm_metrics_read(&sides[0].metrics, arena, base, base_arm, ARM_RUNS_COMPARABLE, err);
	if (r == 0)
		r = arm_metrics_read(&sides[1].metrics, arena, head, head_arm, ARM_RUNS_COMPARABLE,
				     err);
	if (r == 0)
		r = read_sides(&shift, arena, &sides[0], &sides[1], can_pair, err);
	if (r == 0) {
		shift.left_out = arm_metrics_join_left_out(arena, sides[0].metrics.left_out,
							   sides[1].metrics.left_out);
		settle(&shift, &sides[0], &sides[1], arena, options->seed);
		*ret_shift = shift;
	}
	side_release(&sides[0]);
	side_release(&sides[1]);
	return r;
}
