#include "cmd/selftest_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lab/selftest_judge.h"
#include "lab/selftest_scenario.h"
#include "report/table.h"
#include "stats/quantile.h"
#include "util/alloc.h"

/* Above these the machine had other things to do, and the errors are its own as well. */
static const double BUSY_OTHERS = 0.2; /* of each CPU */
static const double BUSY_STEAL_RATIO = 0.02;
static const double BUSY_WAIT_RATIO = 0.05;

char *selftest_text_error(char buffer[static FMT_BYTES], int64_t error_ns)
{
	char size[FMT_BYTES];

	snprintf(buffer, FMT_BYTES, "%c%s", error_ns < 0 ? '-' : '+',
		 fmt_duration(size, (double)llabs(error_ns)));
	return buffer;
}

static int64_t get_error_ns(const struct store_selftest_quantile *quantile)
{
	return (int64_t)(quantile->measured_ns - quantile->truth_ns);
}

static void add_quantile(struct table *table, const struct store_selftest_quantile *quantile)
{
	enum text_style style = quantile->is_within ? TEXT_PLAIN : TEXT_BAD;
	const char *sign = quantile->is_bound ? ">= " : "";
	char text[FMT_BYTES];

	table_add_row(table);
	table_add_cell(table, TEXT_PLAIN, "  p%.6g", quantile->q * 100);
	table_add_cell(table, TEXT_PLAIN, "%s%s", sign,
		       fmt_duration(text, (double)quantile->truth_ns));
	table_add_cell(table, TEXT_PLAIN, "%s%s", sign,
		       fmt_duration(text, (double)quantile->measured_ns));
	if (quantile->is_bound) {
		table_add_cell(table, style,
			       quantile->is_within ? "bound holds" : "bound is wrong");
		table_add_cell(table, style, "%s", "");
	} else {
		table_add_cell(table, style, "%s",
			       selftest_text_error(text, get_error_ns(quantile)));
		table_add_cell(table, style, "%+.1f %%",
			       quantile->truth_ns > 0 ? (double)get_error_ns(quantile) * 100 /
								(double)quantile->truth_ns
						      : 0);
	}
	table_add_cell(table, TEXT_DIM, "%s",
		       quantile->law_ns > 0 ? fmt_duration(text, (double)quantile->law_ns) : "");
}

static const char *find_what(const char *name)
{
	const struct selftest_scenario *scenario = selftest_scenario_find(name);

	return scenario != NULL ? scenario->what : "";
}

static void add_scenario(struct table *table, const struct store_selftest_scenario *scenario)
{
	scoped_free char *heading =
		alloc_printf("%s: %s", scenario->name, find_what(scenario->name));
	char text[FMT_BYTES], other[FMT_BYTES], third[FMT_BYTES];

	table_add_heading(table, heading);
	for (int i = 0; i < STORE_SELFTEST_QUANTILES; i++)
		if (scenario->quantiles[i].is_earned)
			add_quantile(table, &scenario->quantiles[i]);
	if (scenario->has_late) {
		double difference = scenario->late_ratio - scenario->late_truth_ratio;

		table_add_row(table);
		table_add_cell(table, TEXT_PLAIN, "  late");
		table_add_cell(table, TEXT_PLAIN, "%s",
			       fmt_percent(text, scenario->late_truth_ratio));
		table_add_cell(table, TEXT_PLAIN, "%s", fmt_percent(text, scenario->late_ratio));
		table_add_cell(table, TEXT_PLAIN, "%+.2f points", difference * 100);
	}
	if (scenario->answered != scenario->offered || scenario->served != scenario->offered) {
		scoped_free char *counts =
			alloc_printf("  sent %s, answered %s; the server read %s",
				     fmt_count(text, (double)scenario->offered),
				     fmt_count(other, (double)scenario->answered),
				     fmt_count(third, (double)scenario->served));

		table_add_heading(table, counts);
	}
}

static void add_table(const struct store_selftest *selftest, const struct text_layout *layout,
		      struct strbuf *text)
{
	static const char *const titles[] = {"truth", "sonde", "error", "", "law"};
	scoped(table_cleanup) struct table *table = table_new();

	table_add_column(table, TABLE_LEFT, "");
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		table_add_column(table, TABLE_RIGHT, titles[i]);
	for (uint32_t i = 0; i < selftest->scenario_count; i++)
		add_scenario(table, &selftest->scenarios[i]);
	table_format(table, text, layout);
}

/* What it would have taken, when somebody misses a quantile. */
static void add_unearned(const struct store_selftest *selftest, const struct text_layout *layout,
			 struct strbuf *text)
{
	scoped_free char *note = NULL;
	double needed = 0;

	for (uint32_t i = 0; i < selftest->scenario_count; i++)
		for (int q = 0; q < STORE_SELFTEST_QUANTILES; q++) {
			const struct store_selftest_quantile *quantile =
				&selftest->scenarios[i].quantiles[q];
			double count = (double)quantile_needed_count(quantile->q);

			if (!quantile->is_earned && count > needed)
				needed = count;
		}
	if (needed <= 0)
		return;
	/* the tail of a constant delay is the ping's, which has to earn it, too */
	note = alloc_printf("Quantiles that are not listed were not earned; -d %.0fs earns all.",
			    ceil(needed * (SELFTEST_PING_PART + 0.1) / selftest->rate_hz));
	text_add_wrapped(text, layout, 0, note);
}

/* How late the generator was and what the machine did: the reasons of an error. */
static void add_circumstances(const struct store_selftest *selftest,
			      const struct text_layout *layout, struct strbuf *text)
{
	uint64_t ping_ns = 0, lag_p50_ns = 0, lag_p99_ns = 0;
	double client = 0, server = 0;
	char a[FMT_BYTES], b[FMT_BYTES], c[FMT_BYTES], d[FMT_BYTES], e[FMT_BYTES];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	scoped_free char *lags = NULL, *machine = NULL;
	bool is_busy;

	for (uint32_t i = 0; i < selftest->scenario_count; i++) {
		const struct store_selftest_scenario *scenario = &selftest->scenarios[i];

#define RAISE(to, value) ((to) = (value) > (to) ? (value) : (to))
		RAISE(ping_ns, scenario->ping_p50_ns);
		RAISE(lag_p50_ns, scenario->has_late ? 0 : scenario->lag_p50_ns);
		RAISE(lag_p99_ns, scenario->has_late ? 0 : scenario->lag_p99_ns);
		RAISE(client, scenario->client_wait_ratio);
		RAISE(server, scenario->server_wait_ratio);
#undef RAISE
	}
	lags = alloc_printf("At most, of all scenarios: empty round trip p50 %s; send lag (without "
			    "freezes) p50 %s, p99 %s.",
			    fmt_duration(a, (double)ping_ns), fmt_duration(b, (double)lag_p50_ns),
			    fmt_duration(c, (double)lag_p99_ns));
	text_add_wrapped(text, layout, 0, lags);
	is_busy = selftest->other_cpus > BUSY_OTHERS * (double)(cpus > 0 ? cpus : 1) ||
		  selftest->steal_ratio > BUSY_STEAL_RATIO || client > BUSY_WAIT_RATIO ||
		  server > BUSY_WAIT_RATIO;
	machine = alloc_printf(
		"%s: other processes used %s CPUs of %ld, steal %s; run-queue wait of the "
		"generator %s, of the server %s.",
		is_busy ? "The machine was busy, and part of the errors is its own" : "The machine",
		fmt_count(a, selftest->other_cpus), cpus, fmt_percent(b, selftest->steal_ratio),
		fmt_percent(d, client), fmt_percent(e, server));
	text_add_wrapped(text, layout, 0, machine);
}

/* Which quantiles are outside, when some are. */
static void add_outside(const struct store_selftest *selftest, const struct text_layout *layout,
			struct strbuf *text)
{
	struct strbuf line;

	strbuf_init(&line, 4096);
	for (uint32_t i = 0; i < selftest->scenario_count; i++) {
		const struct store_selftest_scenario *scenario = &selftest->scenarios[i];

		if (!selftest_judge_is_counted(scenario))
			strbuf_addf(&line, "%s %s counts",
				    line.length > 0 ? "," : "Outside:", scenario->name);
		for (int q = 0; q < STORE_SELFTEST_QUANTILES; q++)
			if (!scenario->quantiles[q].is_within)
				strbuf_addf(&line, "%s %s p%.6g",
					    line.length > 0 ? "," : "Outside:", scenario->name,
					    scenario->quantiles[q].q * 100);
	}
	if (line.length > 0) {
		strbuf_add_text(&line, "; the limits are 5 %, or 100 us up to p90 and 500 us "
				       "beyond.");
		text_add_wrapped(text, layout, 0, strbuf_text(&line));
	}
	strbuf_release(&line);
}

static void add_verdict(const struct store_selftest *selftest, const struct text_layout *layout,
			struct strbuf *text)
{
	char rate[FMT_BYTES], p50[FMT_BYTES], p99[FMT_BYTES] = "not earned";
	scoped_free char *line = NULL;

	if (selftest->has_p99)
		snprintf(p99, sizeof(p99), "%+.1f %%", selftest->p99_error_ratio * 100);
	line = alloc_printf("ruler error at %s/s: p50 %s, p99 %s: %s its limits",
			    fmt_count(rate, selftest->rate_hz),
			    selftest_text_error(p50, selftest->p50_error_ns), p99,
			    selftest->is_within ? "within" : "OUTSIDE");
	text_add_styled(text, layout, selftest->is_within ? TEXT_GOOD : TEXT_BAD, line);
	strbuf_add_char(text, '\n');
}

void selftest_text_format(const struct store_selftest *selftest, const struct text_layout *layout,
			  struct strbuf *text)
{
	add_table(selftest, layout, text);
	strbuf_add_char(text, '\n');
	add_unearned(selftest, layout, text);
	add_circumstances(selftest, layout, text);
	add_outside(selftest, layout, text);
	add_verdict(selftest, layout, text);
}
