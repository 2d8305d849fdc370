#include "report/counter_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "util/clean.h"
#include "util/fmt.h"
#include "view/counter_ratios.h"

enum { VALUE_COLUMNS = 18, EVENT_COLUMNS = 25, MEANING_BYTES = 128 };

/* "1,234.56" milliseconds, or a whole number. */
static char *format_value(char buffer[static FMT_BYTES], const struct counter *counter)
{
	double hundredths;

	if (!counter->is_time)
		return fmt_count(buffer, round(counter->value));
	hundredths = round(counter->value / 1e4);
	fmt_count(buffer, floor(hundredths / 100));
	snprintf(buffer + strlen(buffer), FMT_BYTES - strlen(buffer), ".%02d",
		 (int)fmod(hundredths, 100));
	return buffer;
}

/* "97.254 /sec", "1.203 M/sec" */
static void format_rate(char meaning[static MEANING_BYTES], double rate_hz)
{
	static const char *const units[] = {"/sec", "K/sec", "M/sec", "G/sec"};
	size_t unit = 0;

	while (rate_hz >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		rate_hz /= 1000;
		unit++;
	}
	snprintf(meaning, MEANING_BYTES, "%8.3f %s", rate_hz, units[unit]);
}

static void format_ratio(char meaning[static MEANING_BYTES], const struct counter_ratio *ratio)
{
	switch (ratio->unit) {
	case COUNTER_RATIO_SHARE:
		snprintf(meaning, MEANING_BYTES, "%7.2f%% %s", ratio->value * 100, ratio->text);
		return;
	case COUNTER_RATIO_PLAIN:
		snprintf(meaning, MEANING_BYTES, "%8.3f %s", ratio->value, ratio->text);
		return;
	case COUNTER_RATIO_HZ:
		snprintf(meaning, MEANING_BYTES, "%8.3f %s", ratio->value / 1e9, ratio->text);
		return;
	}
}

/* "#    1.234 insn per cycle", "(scaled from 42 %)"; "" = nothing to say. */
static void format_meaning(char meaning[static 2 * MEANING_BYTES], const struct counters *counters,
			   const struct counter *counter, double elapsed_ns)
{
	char figure[MEANING_BYTES] = "", scaled[MEANING_BYTES / 2] = "";
	double rate_hz = counter_ratios_get_rate(counters, counter, elapsed_ns);
	struct counter_ratio ratio;

	if (counter_ratios_find(&ratio, counters, counter, elapsed_ns))
		format_ratio(figure, &ratio);
	else if (isfinite(rate_hz))
		format_rate(figure, rate_hz);
	if (counter->running_ns < counter->enabled_ns)
		snprintf(scaled, sizeof(scaled), "%s(scaled from %.0f %%)",
			 figure[0] != '\0' ? "  " : "",
			 100.0 * (double)counter->running_ns / (double)counter->enabled_ns);
	snprintf(meaning, 2 * MEANING_BYTES, "%s%s%s", figure[0] != '\0' ? "# " : "", figure,
		 scaled);
}

/* Its name as it may be shown: a store may hold anything. */
static const char *clean_name(struct counter *copy, const struct counter *counter)
{
	*copy = *counter;
	clean_text(copy->name, '?');
	return copy->name;
}

static void add_row(struct strbuf *text, const struct counters *counters,
		    const struct counter *counter, double elapsed_ns,
		    const struct text_layout *layout)
{
	char value[FMT_BYTES], meaning[2 * MEANING_BYTES];
	struct counter copy;
	const char *name = clean_name(&copy, counter);
	size_t columns;

	format_meaning(meaning, counters, counter, elapsed_ns);
	columns = VALUE_COLUMNS + 6 + EVENT_COLUMNS + 1 + strlen(meaning);
	strbuf_addf(text, "%*s %-4s ", VALUE_COLUMNS, format_value(value, counter),
		    counter->is_time ? "msec" : "");
	if (meaning[0] == '\0')
		strbuf_add_text(text, name);
	else if (layout->columns == 0 || columns <= layout->columns)
		strbuf_addf(text, "%-*s %s", EVENT_COLUMNS, name, meaning);
	else
		strbuf_addf(text, "%s\n%*s%s", name, VALUE_COLUMNS + 6, "", meaning);
	strbuf_add_char(text, '\n');
}

/* "not supported here: cycles, instructions" */
static void add_others(struct strbuf *text, const struct counters *counters,
		       enum counter_state state, const char *reason,
		       const struct text_layout *layout)
{
	scoped(strbuf_release) struct strbuf line;
	struct counter copy;

	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	for (size_t i = 0; i < counters->count; i++) {
		if (counters->items[i].state != state)
			continue;
		if (line.length == 0)
			strbuf_addf(&line, "  %s: ", counter_state_name(state));
		else
			strbuf_add_text(&line, ", ");
		strbuf_add_text(&line, clean_name(&copy, &counters->items[i]));
	}
	if (line.length == 0)
		return;
	if (reason != NULL && reason[0] != '\0')
		strbuf_addf(&line, " (%s)", reason);
	text_add_wrapped(text, layout, 4, strbuf_text(&line));
}

static void add_time(struct strbuf *text, double ns, const char *what)
{
	if (isfinite(ns))
		strbuf_addf(text, "%*.9f seconds %s\n", VALUE_COLUMNS, ns / 1e9, what);
}

void counter_text_add(struct strbuf *text, const struct counters *counters,
		      const struct counter_text_window *window, const struct text_layout *layout)
{
	for (size_t i = 0; i < counters->count; i++)
		if (counters->items[i].state == COUNTER_COUNTED)
			add_row(text, counters, &counters->items[i], window->elapsed_ns, layout);
	add_others(text, counters, COUNTER_NOT_COUNTED,
		   "other events had the CPU's counters all the time", layout);
	add_others(text, counters, COUNTER_NOT_SUPPORTED, "this machine lacks them", layout);
	add_others(text, counters, COUNTER_NOT_PERMITTED, window->refusal, layout);
	if (isfinite(window->elapsed_ns)) {
		strbuf_add_char(text, '\n');
		add_time(text, window->elapsed_ns, "time elapsed");
	}
	if (isfinite(window->user_ns) && isfinite(window->system_ns)) {
		strbuf_add_char(text, '\n');
		add_time(text, window->user_ns, "user");
		add_time(text, window->system_ns, "sys");
	}
}
