/* TCP: connections that were not taken, and segments that were sent again. */
#include <math.h>
#include <string.h>

#include "util/fmt.h"
#include "view/warning_rules.h"

#define SOME_RETRANSMITS 0.001 /* as in "Is the load to be believed?" of docs/method.md */
#define MANY_RETRANSMITS 10
#define RETRANSMIT_NS 200e6 /* the least that one waits */
#define NEAR_FULL 0.5	    /* of a backlog */

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
			? "the queues of the services' own listeners were not watched"
			: arena_printf(input->arena, "%s: %.0f waiting at most, backlog %.0f%s",
				       warning_input_clean(input, listener->scope), listener->max,
				       backlog, describe_backlog(input, backlog));
	ret_warning->next = "sonde show --all";
	return true;
}

/* ---- retransmits ---- */

bool warning_network_find_retransmits(const struct warning_input *input,
				      struct warning *ret_warning)
{
	const struct series_view_row *row =
		warning_input_find_highest(input, "network.retransmits");
	double again, sent, all_ns = input->answers * input->response_ns;
	char count[FMT_BYTES], share[FMT_BYTES];

	if (row == NULL)
		return false;
	again = row->mean * input->window_s;
	sent = warning_input_get_events(input, "network.out_segments", row->scope);
	if (!(again >= MANY_RETRANSMITS) || !(again > SOME_RETRANSMITS * sent))
		return false;
	ret_warning->strength = fmax(0.1, all_ns > 0 ? again * RETRANSMIT_NS / all_ns : 0);
	ret_warning->text =
		arena_printf(input->arena,
			     "%s TCP segments were sent again (%s): each costs its request at "
			     "least 200 ms, as a "
			     "rule",
			     fmt_count(count, round(again)), fmt_percent(share, again / sent));
	ret_warning->evidence =
		arena_printf(input->arena, "%.1f/s of %.0f/s segments of %s, whoever's they were",
			     row->mean, sent / input->window_s,
			     strcmp(row->scope, "host") == 0
				     ? "this network namespace"
				     : arena_printf(input->arena, "the network namespace of %s",
						    warning_input_clean(input, row->scope)));
	ret_warning->next = "sonde show --all";
	return true;
}
