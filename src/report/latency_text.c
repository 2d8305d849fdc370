#include "report/latency_text.h"

#include <math.h>

#include "util/fmt.h"

enum { DEPENDENCE_WORTH_SAYING = 10 };

void latency_text_add_value(struct strbuf *text, const struct latency_quantile *quantile)
{
	char value[FMT_BYTES];

	if (quantile->is_earned)
		strbuf_add_text(text, fmt_duration(value, (double)quantile->value_ns));
	else if (quantile->is_lower_bound)
		strbuf_addf(text, "≥ %s", fmt_duration(value, (double)quantile->bound_ns));
	else
		strbuf_add_text(text, "–");
}

/* ": -d 24s", rounded up to what one would type. */
static void add_duration(struct strbuf *text, const struct latency_quantile *quantile,
			 uint64_t duration_ns, uint64_t had)
{
	double seconds;

	if (had == 0 || duration_ns == 0)
		return;
	seconds = (double)duration_ns / 1e9 * (double)quantile->needed_count / (double)had;
	if (seconds <= 90)
		strbuf_addf(text, ": -d %.0fs", ceil(seconds));
	else if (seconds <= 90 * 60)
		strbuf_addf(text, ": -d %.0fm", ceil(seconds / 60));
	else
		strbuf_addf(text, ": -d %.0fh", ceil(seconds / 3600));
}

bool latency_text_add_refusal(struct strbuf *text, const struct latency_summary *summary,
			      const struct latency_quantile *quantile, uint64_t duration_ns)
{
	char needed[FMT_BYTES], had[FMT_BYTES], worth[FMT_BYTES], censored[FMT_BYTES];

	fmt_count(needed, (double)quantile->needed_count);
	fmt_count(had, (double)summary->count);
	if (quantile->is_lower_bound) {
		strbuf_addf(text, "%s ≥ %s (%s request%s never answered)", quantile->name,
			    fmt_duration(worth, (double)quantile->bound_ns),
			    fmt_count(censored, (double)summary->censored_count),
			    summary->censored_count == 1 ? "" : "s");
		return true;
	}
	if (quantile->is_earned)
		return false;
	if (quantile->is_dependent) {
		strbuf_addf(text, "%s – %s answers are worth %s independent ones, it takes %s",
			    quantile->name, had,
			    fmt_count(worth, (double)quantile->effective_count), needed);
		add_duration(text, quantile, duration_ns, quantile->effective_count);
		return true;
	}
	strbuf_addf(text, "%s – needs %s answers, had %s", quantile->name, needed, had);
	add_duration(text, quantile, duration_ns, summary->count);
	return true;
}

bool latency_text_add_dependence(struct strbuf *text, const struct latency_summary *summary,
				 const struct latency_quantile *quantile)
{
	char had[FMT_BYTES], worth[FMT_BYTES];

	if (!quantile->is_earned || quantile->effective_count == 0 ||
	    quantile->effective_count >= summary->count / DEPENDENCE_WORTH_SAYING)
		return false;
	strbuf_addf(text,
		    "%s: %s answers are worth %s independent ones: the slow ones came in bunches",
		    quantile->name, fmt_count(had, (double)summary->count),
		    fmt_count(worth, (double)quantile->effective_count));
	return true;
}
