/* TCP: connections that were not taken, and segments that were sent again. */
#include <math.h>
#include <string.h>

#include "util/fmt.h"
#include "view/warning_rules.h"

#define SOME_RETRANSMITS 0.001 /* as in "Is the load to be believed?" of docs/method.md */
#define MANY_RETRANSMITS 10
#define RETRANSMIT_NS 200e6 /* the least that one waits */
#define SEGMENT_BYTES 1448
#define HALF 0.5
#define NEAR_FULL 0.5 /* of a backlog */

/* ---- listen_overflow ---- */

/* The listener that came nearest to its backlog; NULL = none was watched. */
static const struct series_view_row *find_fullest(const struct warning_input *input,
						  double *ret_ratio, double *ret_backlog)
{
	const struct series_view *series = &input->machine->series;
	const struct series_view_row *fullest = NULL;

	*ret_ratio = 0;
	for (uint32_t i = 0; i < series->row_count; i++) {
		const struct series_view_row *row = &series->rows[i];
		double backlog = warning_input_get_max(input, "listener.backlog", row->scope);

		if (strcmp(row->name, "listener.queue_max") != 0 || !(backlog > 0))
			continue;
		if (fullest != NULL && row->max / backlog <= *ret_ratio)
			continue;
		fullest = row;
		*ret_ratio = row->max / backlog;
		*ret_backlog = backlog;
	}
	return fullest;
}

/* Of all network namespaces that were watched the worst. */
static double count_overflows(const struct warning_input *input)
{
	const struct series_view_row *overflows =
		warning_input_find_highest(input, "network.listen_overflows");
	const struct series_view_row *drops =
		warning_input_find_highest(input, "network.listen_drops");

	/* A drop for another reason than a full queue is in drops alone. */
	return fmax(overflows != NULL ? overflows->mean : 0, drops != NULL ? drops->mean : 0) *
	       input->window_s;
}

static const char *describe_backlog(const struct warning_input *input, double backlog)
{
	if (backlog >= input->somaxconn)
		return arena_printf(input->arena,
				    "; net.core.somaxconn = %.0f allows no longer one",
				    input->somaxconn);
	return "";
}

bool warning_network_find_overflow(const struct warning_input *input, struct warning *ret_warning)
{
	double ratio, backlog = 0, overflows = count_overflows(input);
	const struct series_view_row *listener = find_fullest(input, &ratio, &backlog);
	bool is_ours = listener == NULL || ratio >= NEAR_FULL;
	char count[FMT_BYTES];

	/* Half of one: a mean over a window that is not quite the run's. */
	if (!(overflows >= 0.5) && ratio < 1)
		return false;
	if (overflows >= 0.5) {
		ret_warning->strength = is_ours ? 0.6 : 0.2;
		ret_warning->text = arena_printf(input->arena,
						 "a listen queue was full for %s connection%s: "
						 "whom it turns away waits 1 s, "
						 "3 s, 7 s for the next try%s",
						 fmt_count(count, fmax(round(overflows), 1)),
						 overflows < 1.5 ? "" : "s",
						 is_ours ? "" : " (perhaps another program's)");
	} else {
		ret_warning->strength = 0.3;
		ret_warning->text =
			arena_printf(input->arena,
				     "the listen queue of %s was full: the service takes "
				     "connections too slowly, and the next one would have waited "
				     "a second",
				     warning_input_clean(input, listener->scope));
	}
	ret_warning->evidence =
		listener == NULL
			? (input->is_load_alone
				   ? "of any program of this network namespace"
				   : "the queues of the services' own listeners were not watched")
			: arena_printf(input->arena, "%s: %.0f waiting at most, backlog %.0f%s",
				       warning_input_clean(input, listener->scope), listener->max,
				       backlog, describe_backlog(input, backlog));
	ret_warning->next = "sonde show --all";
	return true;
}

/* ---- retransmits ---- */

/* Of a run. The services' own are those that they sent again themselves: answers, not requests. */
struct retransmits {
	const char *scope; /* whose network namespace */
	double all, sent;  /* segments of it */
	double own;	   /* 0 when connections were not watched */
	double own_sent;   /* of the services, at least */
	double slow;	   /* requests that took as long as one costs; NaN without load */
};

static bool find_retransmits(const struct warning_input *input, struct retransmits *found)
{
	const struct load_counts *counts = &input->side->load.total.counts;
	const struct series_view *series = &input->machine->series;
	const struct series_view_row *row =
		warning_input_find_highest(input, "network.retransmits");

	if (row == NULL)
		return false;
	*found = (struct retransmits){.scope = row->scope, .slow = (double)NAN};
	found->all = row->mean * input->window_s;
	found->sent = warning_input_get_events(input, "network.out_segments", row->scope);
	for (uint32_t i = 0; i < series->row_count; i++)
		if (strcmp(series->rows[i].name, "connection.retransmits") == 0)
			found->own += series->rows[i].mean * input->window_s;
	found->own_sent = found->sent;
	if (!input->side->has_load)
		return true;
	found->slow = warning_input_count_slower(input, (uint64_t)RETRANSMIT_NS) +
		      (double)counts->errors[LOAD_ERROR_TIMEOUT];
	found->own_sent = fmax(input->answers, (double)counts->bytes_in / SEGMENT_BYTES);
	return true;
}

static bool is_many(double again, double sent)
{
	return again >= MANY_RETRANSMITS && again > SOME_RETRANSMITS * sent;
}

/*
 * Among much traffic of other programs a share of all segments says nothing: then it is many as
 * soon as they may be what made requests as slow as they make them.
 */
static bool is_cause(const struct warning_input *input, const struct retransmits *found)
{
	return found->all >= MANY_RETRANSMITS && is_many(found->slow, input->answers) &&
	       found->all >= HALF * found->slow;
}

static const char *describe_whose(const struct warning_input *input,
				  const struct retransmits *found)
{
	const char *where = strcmp(found->scope, "host") == 0
				    ? "this network namespace"
				    : arena_printf(input->arena, "the network namespace of %s",
						   warning_input_clean(input, found->scope));

	return arena_printf(
		input->arena, "%.1f/s of %.0f/s segments of %s, whoever's they were%s%s",
		found->all / input->window_s, found->sent / input->window_s, where,
		isnan(found->slow) ? ""
				   : arena_printf(input->arena, "; %.0f requests took over 200 ms",
						  found->slow),
		found->own >= 0.5
			? arena_printf(input->arena, "; %.0f by the services' own connections",
				       found->own)
			: "");
}

bool warning_network_find_retransmits(const struct warning_input *input,
				      struct warning *ret_warning)
{
	struct retransmits found;
	double all_ns = input->answers * input->response_ns;
	bool is_own;
	char count[FMT_BYTES], share[FMT_BYTES];

	if (!find_retransmits(input, &found))
		return false;
	is_own = is_many(found.own, found.own_sent);
	/* Where no request was so slow, those of the host were another program's. */
	if (!is_own && !is_cause(input, &found) &&
	    !(is_many(found.all, found.sent) && (isnan(found.slow) || found.slow >= 1)))
		return false;
	ret_warning->strength = 0.1;
	if (all_ns > 0)
		ret_warning->strength =
			fmax(0.1, fmin(found.all, found.slow) * RETRANSMIT_NS / all_ns);
	ret_warning->text = arena_printf(
		input->arena,
		"%s TCP segments were sent again%s: each costs its request at least 200 ms, as a "
		"rule",
		fmt_count(count, round(is_own ? fmax(found.own, found.all) : found.all)),
		is_own ? ""
		       : arena_printf(input->arena, " (%s)",
				      fmt_percent(share, found.all / found.sent)));
	ret_warning->evidence = describe_whose(input, &found);
	ret_warning->next = "sonde show --all";
	return true;
}
