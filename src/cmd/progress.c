#include "cmd/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "util/fmt.h"
#include "util/strbuf.h"

void progress_init(struct progress *progress, bool is_quiet)
{
	*progress = (struct progress){.is_terminal = cmd_is_terminal(STDERR_FILENO),
				      .has_color = cmd_has_color(STDERR_FILENO),
				      .is_quiet = is_quiet};
}

static void format_line(struct strbuf *line, const struct lab_progress *now)
{
	char elapsed[FMT_BYTES], expected[FMT_BYTES], rate[FMT_BYTES], p99[FMT_BYTES];

	strbuf_addf(line, "%s", phase_name(now->phase));
	if (now->run_total > 1)
		strbuf_addf(line, " · run %u/%u %s", now->run, now->run_total, now->arm);
	strbuf_addf(line, " · %s", fmt_duration(elapsed, (double)now->elapsed_ns));
	if (now->expected_ns > 0)
		strbuf_addf(line, "/%s", fmt_duration(expected, (double)now->expected_ns));
	if (now->rate_rps > 0)
		strbuf_addf(line, " · %s requests/s", fmt_count(rate, now->rate_rps));
	if (now->p99_ns > 0)
		strbuf_addf(line, " · p99 %s", fmt_duration(p99, (double)now->p99_ns));
	if (now->failures > 0)
		strbuf_addf(line, " · %llu failed", (unsigned long long)now->failures);
	if (now->samples > 0)
		strbuf_addf(line, " · %llu samples", (unsigned long long)now->samples);
}

/* Cuts to `columns`, on a character's border (the middle dots are two bytes, one column). */
static size_t cut_bytes(const char *text, uint32_t columns)
{
	size_t at = 0;
	uint32_t used = 0;

	while (text[at] != '\0' && used < columns) {
		at++;
		while (((unsigned char)text[at] & 0xc0) == 0x80)
			at++;
		used++;
	}
	return at;
}

static void show_tick(struct progress *progress, const struct lab_progress *now)
{
	bool is_new = now->run != progress->last_run || now->phase != progress->last_phase;
	struct strbuf line;

	if (!progress->is_terminal && !(is_new && now->phase == PHASE_MEASURE))
		return;
	progress->last_run = now->run;
	progress->last_phase = now->phase;
	strbuf_init(&line, 4096);
	format_line(&line, now);
	if (progress->is_terminal) {
		fprintf(stderr, "\r\033[K%.*s",
			(int)cut_bytes(strbuf_text(&line), cmd_get_width(STDERR_FILENO) - 1),
			strbuf_text(&line));
		progress->is_line_open = true;
	} else {
		fprintf(stderr, "%s\n", strbuf_text(&line));
	}
	strbuf_release(&line);
}

void progress_end(struct progress *progress)
{
	if (progress->is_line_open)
		fputs("\r\033[K", stderr);
	progress->is_line_open = false;
}

void progress_show(void *context, const struct lab_progress *now, const char *text)
{
	struct progress *progress = context;

	if (text != NULL) {
		progress_end(progress);
		fprintf(stderr, "sonde: %s\n", text);
	} else if (!progress->is_quiet) {
		show_tick(progress, now);
	}
}
