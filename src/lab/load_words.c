#include "lab/load_words.h"

#include "util/fmt.h"
#include "util/strbuf.h"

/* "0 → 5,000/s in 10 s, 1 min of it, 200/s" */
static void add_stages(struct strbuf *words, const struct plan_load *load, const char *unit)
{
	double value = load->stage_begin;
	char text[FMT_BYTES], time[FMT_BYTES];

	strbuf_addf(words, "from %s%s", fmt_count(text, value), unit);
	for (uint32_t i = 0; i < load->stage_count; i++) {
		const struct load_stage *stage = &load->stages[i];

		fmt_duration(time, (double)stage->duration_ns);
		fmt_count(text, stage->target);
		if (stage->duration_ns == 0)
			strbuf_addf(words, ", at once %s%s", text, unit);
		else if (stage->target > value || stage->target < value)
			strbuf_addf(words, ", in %s to %s%s", time, text, unit);
		else
			strbuf_addf(words, ", hold %s", time);
		value = stage->target;
	}
}

static void add_users(struct strbuf *words, const struct plan_load *load)
{
	const struct load_think *think = &load->think;
	char low[FMT_BYTES], high[FMT_BYTES];

	if (load->is_users && load->stage_count == 1 && load->stage_begin <= 0) {
		strbuf_addf(words, "%s users", fmt_count(low, load->stages[0].target));
		if (load->stages[0].duration_ns > 0)
			strbuf_addf(words, ", spawned in %s",
				    fmt_duration(low, (double)load->stages[0].duration_ns));
	} else if (load->is_users) {
		strbuf_add_text(words, "users ");
		add_stages(words, load, "");
	} else {
		strbuf_addf(words, "%s connection%s", fmt_count(low, load->connections),
			    load->connections == 1 ? "" : "s");
	}
	fmt_duration(low, (double)think->low_ns);
	fmt_duration(high, (double)think->high_ns);
	if (think->kind == LOAD_THINK_CONSTANT)
		strbuf_addf(words, ", thinking %s", low);
	else if (think->kind == LOAD_THINK_UNIFORM)
		strbuf_addf(words, ", thinking %s to %s", low, high);
	else if (think->kind == LOAD_THINK_EXPONENTIAL)
		strbuf_addf(words, ", thinking %s in the mean", low);
}

static void add_rate(struct strbuf *words, const struct plan_load *load)
{
	char text[FMT_BYTES];

	if (load->replay != NULL)
		strbuf_addf(words, "the times of %s", load->replay);
	else if (load->stage_count > 0)
		add_stages(words, load, "/s");
	else
		strbuf_addf(words, "%s/s", fmt_count(text, load->rate_hz));
	if (load->replay != NULL && (load->replay_speed > 1 || load->replay_speed < 1))
		strbuf_addf(words, " at %.4g times their speed", load->replay_speed);
	if (load->arrivals == LOAD_ARRIVALS_POISSON)
		strbuf_add_text(words, " Poisson");
	strbuf_addf(words, " over at most %s connection%s", fmt_count(text, load->connections),
		    load->connections == 1 ? "" : "s");
}

char *load_words_make(const struct plan_load *load)
{
	struct strbuf words;

	strbuf_init(&words, STRBUF_MAX_DEFAULT);
	if (load->is_open)
		add_rate(&words, load);
	else
		add_users(&words, load);
	if (load->depth > 1)
		strbuf_addf(&words, " x %u %s", load->depth,
			    load->protocol == LOAD_HTTP1 ? "requests in a pipeline"
							 : "requests at once");
	if (load->is_closing)
		strbuf_add_text(&words, ", one for each request");
	if (load->script != NULL)
		strbuf_addf(&words, ", made by %s", load->script);
	return strbuf_take(&words);
}

char *load_words_length(const struct plan_load *load)
{
	struct strbuf words;
	char text[FMT_BYTES];

	strbuf_init(&words, STRBUF_MAX_DEFAULT);
	if (load->is_warmup_auto)
		strbuf_add_text(&words, "the warm-up is found, ");
	else if (load->warmup_ns > 0)
		strbuf_addf(&words, "%s warm-up, ", fmt_duration(text, (double)load->warmup_ns));
	if (load->is_once)
		strbuf_add_text(&words, "each data line once");
	else if (load->iterations > 0)
		strbuf_addf(&words, "%s requests", fmt_count(text, (double)load->iterations));
	else if (load->duration_ns > 0)
		strbuf_addf(&words, "%s measured", fmt_duration(text, (double)load->duration_ns));
	else
		strbuf_add_text(&words, "until all is sent");
	return strbuf_take(&words);
}
