#include "cmd/home.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/look.h"
#include "report/run_report.h"
#include "util/alloc.h"
#include "util/fmt.h"
#include "view/run_summary.h"

enum { HOME_LINES = 5 };

const char *home_version(void)
{
	return SONDE_VERSION;
}

static int show_welcome(void)
{
	static const char *const first[][2] = {
		{"sonde load :8080/path", "put load on a server that is up"},
		{"sonde run --url :8080/path -- ./server", "start a server, load and profile it"},
		{"sonde record -p :8080 -d 10s", "profile what listens on a port"},
		{"sonde doctor", "what this machine allows and disturbs"},
		{"sonde help", "all commands"},
	};

	puts("sonde measures servers: it starts one, loads it, profiles it, and says what\n"
	     "changed. Nothing is stored yet. What to type first:");
	if (access("sonde.yaml", R_OK) == 0)
		printf("  %-40s %s\n", "sonde run", "measure as sonde.yaml in this folder says");
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		printf("  %-40s %s\n", first[i][0], first[i][1]);
	return CMD_OK;
}

/* "requests/s 9,876" and the like of one arm: what was measured, the first that count. */
static void add_side(struct strbuf *text, const struct run_summary_side *side)
{
	static const struct {
		const char *metric, *label;
		char *(*format)(char buffer[static FMT_BYTES], double value);
	} figures[] = {{"rate_rps", "requests/s", fmt_count},
		       {"latency_p50", "p50", fmt_duration},
		       {"latency_p99", "p99", fmt_duration},
		       {"cpu_per_request", "CPU per request", fmt_duration}};
	const char *separator = ":";

	strbuf_addf(text, "  %s", side->label);
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		const struct arm_metric *metric =
			arm_metrics_find(&side->metrics, figures[i].metric, "");
		char value[FMT_BYTES];

		if (metric == NULL)
			continue;
		strbuf_addf(text, "%s %s %s", separator, figures[i].label,
			    figures[i].format(value, metric->median));
		separator = ",";
	}
	if (side->has_profile)
		strbuf_addf(text, "%s %llu samples", separator,
			    (unsigned long long)side->profile.summary.quality.sample_count);
	strbuf_add_char(text, '\n');
}

/* At most `most` lines of what is in `lines`. */
static void add_first_lines(struct strbuf *text, const char *lines, uint32_t most)
{
	for (; most > 0 && *lines != '\0'; most--) {
		size_t length = strcspn(lines, "\n");

		strbuf_add_text(text, "  ");
		strbuf_add(text, lines, length);
		strbuf_add_char(text, '\n');
		lines += length + (lines[length] == '\n' ? 1 : 0);
	}
}

static void add_head(struct strbuf *text, const struct selection *selection)
{
	const struct stored_experiment *experiment = &selection->experiment;
	struct text_layout layout = look_get_layout();
	char when[FMT_BYTES];

	text_add_styled(text, &layout, TEXT_BOLD, experiment->name);
	strbuf_addf(text, "  %s  %s  %s, %s", experiment->id,
		    fmt_wall_time(when, experiment->created_wall_ns), experiment->kind,
		    run_state_name(experiment->state));
	if (experiment->run_count > 1)
		strbuf_addf(text, ", %u runs", experiment->run_count);
	if (experiment->tags[0] != '\0')
		strbuf_addf(text, ", tagged %s", experiment->tags);
	strbuf_add_char(text, '\n');
}

/* The head, a line for each of the first arms, and the conclusion in what is left of five lines. */
static void add_summary(struct strbuf *text, const struct selection *selection)
{
	struct run_summary summary = {0};
	struct text_layout layout = look_get_layout();
	struct strbuf conclusion;
	struct arena arena;
	uint32_t left = HOME_LINES - 1;

	arena_init(&arena);
	strbuf_init(&conclusion, 1 << 20);
	if (layout.columns > 2)
		layout.columns -= 2; /* the indent */
	if (run_summary_read(&summary, &arena, selection, NULL, NULL) == 0) {
		for (uint32_t i = 0; i < summary.side_count && left > 1; i++, left--)
			add_side(text, &summary.sides[i]);
		run_report_format_conclusion(&conclusion, &summary, &layout);
		add_first_lines(text, strbuf_text(&conclusion), left);
	}
	run_summary_release(&summary);
	strbuf_release(&conclusion);
	arena_release(&arena);
}

static void add_next(struct strbuf *text, const struct selection *selection, bool is_measured)
{
	const char *kind = selection->experiment.kind;

	strbuf_add_text(text, "next: sonde show");
	if (!is_measured)
		strbuf_add_text(text, " · sonde list");
	else if (selection->arm_count > 1)
		strbuf_addf(text,
			    " · sonde compare · sonde flame @last/%s @last/%s · sonde run "
			    "--more 2",
			    selection->arms[0].name, selection->arms[1].name);
	else if (strcmp(kind, "load") == 0)
		strbuf_add_text(text, " · sonde compare · sonde list");
	else
		strbuf_addf(text, " · sonde report · sonde flame%s",
			    strcmp(kind, "run") == 0 ? " · sonde run --more 5" : "");
	strbuf_add_char(text, '\n');
}

int home_show(void)
{
	scoped(selection_cleanup) struct selection selection = {0};
	scoped_free char *path = store_find_path(NULL, ".", false);
	struct err err = {0};
	struct strbuf text;
	bool is_measured;
	int status;
	int r = selection_open(&selection, path, CMD_LAST, &err);

	if (r == -ENOENT)
		return show_welcome();
	if (r < 0)
		return cmd_fail(&err);
	strbuf_init(&text, 1 << 20);
	add_head(&text, &selection);
	is_measured = look_check_measured(&selection, &err) == 0;
	if (is_measured)
		add_summary(&text, &selection);
	else
		add_first_lines(&text, err_text(&err), 1);
	add_next(&text, &selection, is_measured);
	status = cmd_write_output("", strbuf_text(&text), text.length);
	strbuf_release(&text);
	return status;
}
