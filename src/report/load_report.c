#include "report/load_report.h"

#include <inttypes.h>
#include <string.h>

#include "report/latency_text.h"
#include "report/table.h"
#include "util/alloc.h"
#include "util/clean.h"
#include "util/fmt.h"

enum { NAMES_SHOWN = 20 };

static void add_line(struct strbuf *buffer, const struct run_report_options *options,
		     struct strbuf *line)
{
	if (line->length > 0)
		text_add_wrapped(buffer, &options->layout, 4, strbuf_text(line));
	strbuf_clear(line);
}

static bool is_open_loop(const struct load_view *load)
{
	return strcmp(load->mode, "open") == 0;
}

/* Of one run. */
static uint64_t get_duration_ns(const struct load_view *load)
{
	return load->run_count > 0 ? load->duration_ns / load->run_count : load->duration_ns;
}

/* "schedule: open loop, 5,000/s Poisson over at most 100 connections, HTTP/2, TLSv1.3 …" */
static void add_schedule(const struct load_view *load, struct strbuf *line)
{
	const char *parts[] = {load->schedule, load->protocol, load->tls_cipher};

	strbuf_add_text(line, "schedule: ");
	clean_add(line, load->mode);
	strbuf_add_text(line, " loop");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		strbuf_add_text(line, parts[i][0] != '\0' ? ", " : "");
		clean_add(line, parts[i]);
	}
}

/* Several runs have a line each. */
static void add_warmup(struct strbuf *buffer, const struct load_view *load,
		       const struct run_report_options *options, struct strbuf *line)
{
	const char *text = load->warmup;

	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		strbuf_addf(line, "warm-up: %.*s", (int)length, text);
		if (load->cut_seconds > 0)
			strbuf_add_text(line, "; counts by status, failure texts, send lag and "
					      "breakdown are of the whole run");
		add_line(buffer, options, line);
		text += length + (text[length] == '\n' ? 1 : 0);
	}
}

static void add_requests(const struct load_view *load, struct strbuf *line)
{
	const struct load_counts *counts = &load->total.counts;
	uint64_t failures = load_counts_failures(counts);
	const char *separator = " (";
	char text[FMT_BYTES];

	strbuf_addf(line, "requests: %s answered", fmt_count(text, (double)counts->answered));
	strbuf_addf(line, ", %s failed", fmt_count(text, (double)failures));
	for (int i = 0; i < LOAD_ERROR_COUNT; i++) {
		if (counts->errors[i] == 0)
			continue;
		strbuf_addf(line, "%s%s %s", separator, fmt_count(text, (double)counts->errors[i]),
			    load_error_name((enum load_error)i));
		separator = ", ";
	}
	if (failures > 0)
		strbuf_add_char(line, ')');
	if (load->resent > 0)
		strbuf_addf(line, ", %s sent again on another connection",
			    fmt_count(text, (double)load->resent));
}

/* Those that were earned, on one line. */
static void add_latency(const struct load_view *load, const struct latency_summary *latency,
			struct strbuf *line)
{
	char text[FMT_BYTES];

	if (latency->count == 0)
		return;
	strbuf_add_text(line, load->run_count > 1 ? "latency of all runs together:" : "latency:");
	for (int i = 0; i < LATENCY_QUANTILES; i++)
		if (latency->quantiles[i].is_earned)
			strbuf_addf(line, " %s %s,", latency->quantiles[i].name,
				    fmt_duration(text, (double)latency->quantiles[i].value_ns));
	strbuf_addf(line, " max %s", fmt_duration(text, (double)latency->max_ns));
}

static void add_quantile(struct table *table, const struct latency_quantile *quantile)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	latency_text_add_value(&text, quantile);
	table_add_cell(table, quantile->is_earned ? TEXT_PLAIN : TEXT_WARN, "%s",
		       strbuf_text(&text));
	strbuf_release(&text);
}

static void add_max(struct table *table, const struct latency_summary *latency)
{
	char text[FMT_BYTES];

	table_add_cell(table, TEXT_PLAIN, "%s",
		       latency->count > 0 ? fmt_duration(text, (double)latency->max_ns) : "–");
}

static bool is_shown(const struct latency_quantile *quantile,
		     const struct run_report_options *options)
{
	return quantile->q <= 0.999 || quantile->is_earned || options->is_all;
}

/* Response times from the intended time, and below them service times from the actual send. */
static void add_latency_table(struct strbuf *buffer, const struct load_view *load,
			      const struct latency_summary *response,
			      const struct run_report_options *options)
{
	scoped(table_cleanup) struct table *table = table_new();
	struct latency_summary service;

	latency_summary_make_service(&service, &load->total, response);
	table_add_column(table, TABLE_LEFT, "latency");
	for (int i = 0; i < LATENCY_QUANTILES; i++)
		if (is_shown(&response->quantiles[i], options))
			table_add_column(table, TABLE_RIGHT, response->quantiles[i].name);
	table_add_column(table, TABLE_RIGHT, "max");
	for (int row = 0; row < 2; row++) {
		const struct latency_summary *latency = row == 0 ? response : &service;

		table_add_row(table);
		table_add_cell(table, TEXT_PLAIN, row == 0 ? "response" : "service");
		for (int i = 0; i < LATENCY_QUANTILES; i++)
			if (is_shown(&response->quantiles[i], options))
				add_quantile(table, &latency->quantiles[i]);
		add_max(table, latency);
	}
	table_format(table, buffer, &options->layout);
}

/* Why the others may not be said; and what stands on few independent answers. */
static void add_notes(struct strbuf *buffer, const struct load_view *load,
		      const struct latency_summary *latency,
		      const struct run_report_options *options, struct strbuf *line)
{
	bool is_said = false;

	for (int i = 0; i < LATENCY_QUANTILES; i++) {
		const struct latency_quantile *quantile = &latency->quantiles[i];

		if (!is_shown(quantile, options) && !quantile->is_lower_bound)
			continue;
		strbuf_add_text(line, "  ");
		if (latency_text_add_refusal(line, latency, quantile, get_duration_ns(load)))
			add_line(buffer, options, line);
		strbuf_clear(line);
	}
	/* of the highest one it says enough of the others */
	for (int i = LATENCY_QUANTILES - 1; i >= 0 && (!is_said || options->is_all); i--) {
		strbuf_add_text(line, "  ");
		is_said = latency_text_add_dependence(line, latency, &latency->quantiles[i]);
		if (is_said)
			add_line(buffer, options, line);
		strbuf_clear(line);
	}
}

/* "connect p50 80.0 us"; of too few "connect at most 120 us". */
static void add_part(struct strbuf *line, const char *name, const struct histogram *histogram)
{
	const char *separator = line->length > 0 ? " · " : "breakdown: ";
	const struct latency_quantile *median;
	struct latency_summary summary;
	char text[FMT_BYTES];

	latency_summary_make(&summary, histogram, NULL);
	if (summary.count == 0)
		return;
	median = &summary.quantiles[0];
	strbuf_addf(line, "%s%s %s %s", separator, name,
		    median->is_earned ? median->name : "at most",
		    fmt_duration(text,
				 (double)(median->is_earned ? median->value_ns : summary.max_ns)));
}

static void add_breakdown(const struct load_view *load, struct strbuf *line)
{
	char text[FMT_BYTES];

	if (load->resolve_ns > 0)
		strbuf_addf(line, "breakdown: resolve %s",
			    fmt_duration(text, (double)load->resolve_ns));
	add_part(line, "connect", load->histograms[LOAD_HISTOGRAM_CONNECT]);
	add_part(line, "TLS", load->histograms[LOAD_HISTOGRAM_TLS]);
	add_part(line, "first byte", load->histograms[LOAD_HISTOGRAM_FIRST_BYTE]);
	add_part(line, "transfer", load->histograms[LOAD_HISTOGRAM_TRANSFER]);
}

/* Only what is not as planned: connections that had to be opened again. */
static void add_connections(const struct load_view *load, struct strbuf *line)
{
	char text[FMT_BYTES];

	if (load->reconnects == 0 && load->tls_resumed == 0)
		return;
	strbuf_add_text(line, "connections: ");
	if (load->connects > 0) /* else not known: of an older sonde */
		strbuf_addf(line, "%s opened, ", fmt_count(text, (double)load->connects));
	strbuf_addf(line, "%s again within the window", fmt_count(text, (double)load->reconnects));
	if (load->tls_cipher[0] != '\0')
		strbuf_addf(line, ", %s with a resumed TLS session",
			    fmt_count(text, (double)load->tls_resumed));
}

static uint64_t find_most_waiting(const struct load_view *load)
{
	uint64_t most = 0;

	for (uint32_t i = 0; i < load->second_count; i++)
		if (load->seconds[i].waiting > most)
			most = load->seconds[i].waiting;
	return most;
}

static void add_send_lag(const struct load_view *load, struct strbuf *line)
{
	const struct histogram *histogram = load->histograms[LOAD_HISTOGRAM_SEND_LAG];
	uint64_t waiting = find_most_waiting(load);
	struct latency_summary lag;
	char text[FMT_BYTES];

	if (histogram == NULL || histogram->count == 0)
		return;
	latency_summary_make(&lag, histogram, NULL);
	strbuf_add_text(line, "send lag:");
	for (int i = 0; i < LATENCY_QUANTILES; i++)
		if (lag.quantiles[i].is_earned &&
		    (lag.quantiles[i].q <= 0.5 || lag.quantiles[i].q >= 0.99))
			strbuf_addf(line, " %s %s,", lag.quantiles[i].name,
				    fmt_duration(text, (double)lag.quantiles[i].value_ns));
	strbuf_addf(line, " max %s", fmt_duration(text, (double)lag.max_ns));
	strbuf_addf(line, "; at most %s in flight", fmt_count(text, (double)load->in_flight_max));
	if (waiting > 0)
		strbuf_addf(line, ", %s waiting for a connection",
			    fmt_count(text, (double)waiting));
}

static void add_generator(const struct load_view *load, struct strbuf *line)
{
	double duration_ns = (double)load->duration_ns;
	char text[FMT_BYTES];

	if (load->client_cpu_ns == 0 || duration_ns <= 0)
		return;
	strbuf_addf(line, "generator: %" PRIu32 " thread%s, %.2f CPU", load->threads,
		    load->threads == 1 ? "" : "s", (double)load->client_cpu_ns / duration_ns);
	if (load->total.counts.completed > 0)
		strbuf_addf(line, ", %s of CPU time per request",
			    fmt_duration(text, (double)load->client_cpu_ns /
						       (double)load->total.counts.completed));
	if (load->client_wait_ns > 0 && load->threads > 0)
		strbuf_addf(line, ", waited %s of the time for a CPU",
			    fmt_percent(text, (double)load->client_wait_ns / duration_ns /
						      load->threads));
}

static void add_ruler(const struct load_view *load, struct strbuf *line)
{
	const struct load_view_ruler *ruler = &load->ruler;
	double error_ns = (double)ruler->p50_error_ns;
	char text[FMT_BYTES];

	if (!ruler->is_known)
		return;
	strbuf_addf(line, "ruler: at most p50 %s%s", error_ns < 0 ? "-" : "+",
		    fmt_duration(text, error_ns < 0 ? -error_ns : error_ns));
	if (ruler->has_p99)
		strbuf_addf(line, ", p99 %+.2f %%", ruler->p99_error_ratio * 100);
	strbuf_addf(line, " off at %s/s%s", fmt_count(text, ruler->rate_hz),
		    ruler->is_within ? "" : ", which is more than it should be");
	strbuf_addf(line, " (sonde selftest load, %s)", fmt_wall_time(text, ruler->wall_ns));
}

void load_report_add_lines(struct strbuf *buffer, const struct load_view *load,
			   const struct run_report_options *options)
{
	static void (*const adders[])(const struct load_view *, struct strbuf *) = {
		add_breakdown, add_connections, add_send_lag, add_generator, add_ruler};
	struct latency_summary latency;
	struct strbuf line;

	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	latency_summary_make_response(&latency, &load->total);
	add_schedule(load, &line);
	add_line(buffer, options, &line);
	add_warmup(buffer, load, options, &line);
	add_requests(load, &line);
	add_line(buffer, options, &line);
	if (is_open_loop(load) && latency.count > 0)
		add_latency_table(buffer, load, &latency, options);
	else
		add_latency(load, &latency, &line);
	add_line(buffer, options, &line);
	add_notes(buffer, load, &latency, options, &line);
	for (size_t i = 0; i < sizeof(adders) / sizeof(adders[0]); i++) {
		adders[i](load, &line);
		add_line(buffer, options, &line);
	}
	strbuf_release(&line);
}

static void add_name(struct table *table, const struct load_view_name *name)
{
	uint64_t failures = load_counts_failures(&name->counts);
	struct latency_summary latency;
	char text[FMT_BYTES];

	latency_summary_make_response(&latency, name);
	table_add_row(table);
	table_add_cell(table, TEXT_PLAIN, "%s", name->name);
	table_add_cell(table, TEXT_PLAIN, "%s", fmt_count(text, (double)name->counts.answered));
	table_add_cell(table, failures > 0 ? TEXT_BAD : TEXT_PLAIN, "%s",
		       fmt_count(text, (double)failures));
	for (int i = 0; i < LATENCY_QUANTILES; i++)
		if (latency.quantiles[i].q <= 0.99)
			add_quantile(table, &latency.quantiles[i]);
	add_max(table, &latency);
}

void load_report_add_names(struct strbuf *buffer, const struct run_summary_side *side,
			   const struct run_report_options *options)
{
	scoped_free char *heading = alloc_printf("requests: %s", side->label);
	scoped(table_cleanup) struct table *table = table_new();
	const struct load_view *load = &side->load;
	uint32_t shown = load->name_count;
	struct latency_summary none;

	if (load->name_count < 2)
		return;
	if (shown > NAMES_SHOWN && !options->is_all)
		shown = NAMES_SHOWN;
	latency_summary_make(&none, NULL, NULL);
	table_add_column(table, TABLE_LEFT, "request");
	table_set_cuttable(table, 0);
	table_add_column(table, TABLE_RIGHT, "answered");
	table_add_column(table, TABLE_RIGHT, "failed");
	for (int i = 0; i < LATENCY_QUANTILES; i++)
		if (none.quantiles[i].q <= 0.99)
			table_add_column(table, TABLE_RIGHT, none.quantiles[i].name);
	table_add_column(table, TABLE_RIGHT, "max");
	for (uint32_t i = 0; i < shown; i++)
		add_name(table, &load->names[i]);
	strbuf_add_char(buffer, '\n');
	text_add_styled(buffer, &options->layout, TEXT_BOLD, heading);
	strbuf_add_char(buffer, '\n');
	table_format(table, buffer, &options->layout);
	if (shown < load->name_count)
		strbuf_addf(buffer, "and %" PRIu32 " more: --all\n", load->name_count - shown);
}
