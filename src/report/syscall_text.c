#include "report/syscall_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/fmt.h"

enum { NAME_COLUMNS = 24 }; /* in the wide form */

#define STRACE_LINE "------ ----------- ----------- --------- --------- ----------------"

/* One line: a call in all threads of a table. */
struct line {
	int32_t number;
	const char *name; /* borrowed from a row */
	uint64_t calls, errors, open, wall_ns, cpu_ns, min_ns, max_ns;
};

/* A table: of one thread, or of all. */
struct section {
	const struct syscall_row *first; /* NULL = of all threads */
	struct line total;
	VEC(struct line) lines;
};

static int compare_lines(const void *a, const void *b)
{
	const struct line *left = a, *right = b;

	if (left->wall_ns != right->wall_ns)
		return left->wall_ns > right->wall_ns ? -1 : 1;
	if (left->calls != right->calls)
		return left->calls > right->calls ? -1 : 1;
	return strcmp(left->name, right->name);
}

static int compare_sections(const void *a, const void *b)
{
	const struct section *left = a, *right = b;

	if (left->total.wall_ns != right->total.wall_ns)
		return left->total.wall_ns > right->total.wall_ns ? -1 : 1;
	return (left->first->tid > right->first->tid) - (left->first->tid < right->first->tid);
}

static void add_to_line(struct line *line, const struct syscall_row *row)
{
	if (row->calls > 0 && (line->calls == 0 || row->min_ns < line->min_ns))
		line->min_ns = row->min_ns;
	if (row->max_ns > line->max_ns)
		line->max_ns = row->max_ns;
	line->calls += row->calls;
	line->errors += row->errors;
	line->open += row->open;
	line->wall_ns += row->wall_ns;
	if (row->cpu_ns == UINT64_MAX || line->cpu_ns == UINT64_MAX)
		line->cpu_ns = UINT64_MAX;
	else
		line->cpu_ns += row->cpu_ns;
}

static void add_row(struct section *section, const struct syscall_row *row)
{
	add_to_line(&section->total, row);
	for (size_t i = 0; i < section->lines.count; i++) {
		if (section->lines.items[i].number == row->number) {
			add_to_line(&section->lines.items[i], row);
			return;
		}
	}
	vec_push(&section->lines, (struct line){.number = row->number, .name = row->name});
	add_to_line(&section->lines.items[section->lines.count - 1], row);
}

static double get_percent(uint64_t part, uint64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static void add_wide(struct strbuf *text, const struct line *line)
{
	if (line->cpu_ns == UINT64_MAX)
		strbuf_addf(text, " %11s", "?");
	else
		strbuf_addf(text, " %11.6f", (double)line->cpu_ns / 1e9);
	if (line->calls > 0)
		strbuf_addf(text, " %11.1f %11.1f", (double)line->min_ns / 1e3,
			    (double)line->max_ns / 1e3);
	else
		strbuf_addf(text, " %11s %11s", "", "");
	strbuf_addf(text, " %5" PRIu64, line->open);
}

/* As strace 6.1's print_call_summary has it: no count of errors where there are none. */
static void add_line(struct strbuf *text, const struct line *line, const char *name, double percent,
		     bool is_wide)
{
	uint64_t begun = line->calls + line->open;
	char errors[24] = "";

	if (line->errors > 0)
		snprintf(errors, sizeof(errors), "%" PRIu64, line->errors);
	strbuf_addf(text, "%6.2f %11.6f %11" PRIu64 " %9" PRIu64 " %9s ", percent,
		    (double)line->wall_ns / 1e9, begun > 0 ? line->wall_ns / begun / 1000 : 0,
		    line->calls, errors);
	if (is_wide) {
		strbuf_addf(text, "%-*s", NAME_COLUMNS, name);
		add_wide(text, line);
	} else {
		strbuf_add_text(text, name);
	}
	strbuf_add_char(text, '\n');
}

static void add_rule(struct strbuf *text, bool is_wide)
{
	strbuf_add_text(text, STRACE_LINE);
	if (is_wide)
		strbuf_add_text(text, "-------- ----------- ----------- ----------- -----");
	strbuf_add_char(text, '\n');
}

static void add_head(struct strbuf *text, bool is_wide, const struct text_layout *layout)
{
	char wide[80] = "syscall";

	if (is_wide)
		snprintf(wide, sizeof(wide), "%-*s %11s %11s %11s %5s", NAME_COLUMNS, "syscall",
			 "cpu seconds", "min usecs", "max usecs", "open");
	text_add_styled(text, layout, TEXT_BOLD,
			"% time     seconds  usecs/call     calls    errors ");
	text_add_styled(text, layout, TEXT_BOLD, wide);
	strbuf_add_char(text, '\n');
	add_rule(text, is_wide);
}

/* " nginx (worker, 812), 5,120 calls, 93.1 % of the time" */
static void add_heading(struct strbuf *text, const struct section *section, uint64_t whole_ns)
{
	char calls[FMT_BYTES], share[FMT_BYTES];

	strbuf_add_char(text, ' ');
	text_add_clean(text, section->first->comm);
	strbuf_add_text(text, " (");
	if (section->first->role[0] != '\0') {
		text_add_clean(text, section->first->role);
		strbuf_add_text(text, ", ");
	}
	strbuf_addf(text, "%" PRIu32 "), %s calls, %s of the time\n\n", section->first->tid,
		    fmt_count(calls, (double)section->total.calls),
		    fmt_percent(share, get_percent(section->total.wall_ns, whole_ns) / 100));
}

/* --- errors --- */

struct error_count {
	uint32_t error;
	uint64_t count;
};

static int compare_counts(const void *a, const void *b)
{
	const struct error_count *left = a, *right = b;

	if (left->count != right->count)
		return left->count > right->count ? -1 : 1;
	return (left->error > right->error) - (left->error < right->error);
}

static void add_line_errors(struct strbuf *text, const struct syscall_table *table,
			    const struct section *section, const struct line *line)
{
	VEC(struct error_count) counts = {0};
	size_t j;

	for (size_t i = 0; i < table->errors.count; i++) {
		const struct syscall_error_row *row = &table->errors.items[i];

		if (row->number != line->number ||
		    (section->first != NULL && row->tid != section->first->tid))
			continue;
		for (j = 0; j < counts.count && counts.items[j].error != row->error; j++)
			continue;
		if (j == counts.count)
			vec_push(&counts, (struct error_count){.error = row->error});
		counts.items[j].count += row->count;
	}
	if (counts.count > 0)
		qsort(counts.items, counts.count, sizeof(*counts.items), compare_counts);
	for (size_t i = 0; i < counts.count; i++) {
		char buffer[16];

		if (i == 0)
			strbuf_addf(text, "  %-16s ", line->name);
		strbuf_addf(text, "%s%s %" PRIu64, i > 0 ? ", " : "",
			    syscall_error_name(counts.items[i].error, buffer),
			    counts.items[i].count);
	}
	if (counts.count > 0)
		strbuf_add_char(text, '\n');
	vec_release(&counts);
}

static void add_errors(struct strbuf *text, const struct syscall_table *table,
		       const struct section *section)
{
	if (section->total.errors == 0)
		return;
	strbuf_add_text(text, "\nerrors\n");
	for (size_t i = 0; i < section->lines.count; i++)
		if (section->lines.items[i].errors > 0)
			add_line_errors(text, table, section, &section->lines.items[i]);
}

/* --- tables --- */

static void add_section(struct strbuf *text, const struct syscall_table *table,
			const struct section *section, const struct syscall_text_options *options,
			const struct text_layout *layout)
{
	add_head(text, options->is_wide, layout);
	for (size_t i = 0; i < section->lines.count; i++)
		add_line(text, &section->lines.items[i], section->lines.items[i].name,
			 get_percent(section->lines.items[i].wall_ns, section->total.wall_ns),
			 options->is_wide);
	add_rule(text, options->is_wide);
	add_line(text, &section->total, "total", 100.0, options->is_wide);
	if (options->has_errors)
		add_errors(text, table, section);
}

void syscall_text_add(struct strbuf *text, const struct syscall_table *table,
		      const struct syscall_text_options *options, const struct text_layout *layout)
{
	VEC(struct section) sections = {0};
	struct section *section = NULL;
	uint64_t whole_ns = 0;
	char count[FMT_BYTES];

	for (size_t i = 0; i < table->rows.count; i++) {
		const struct syscall_row *row = &table->rows.items[i];
		bool is_first =
			section == NULL || (options->is_per_thread && row[-1].tid != row->tid);

		if (is_first) {
			vec_push(&sections,
				 (struct section){.first = options->is_per_thread ? row : NULL});
			section = &sections.items[sections.count - 1];
		}
		add_row(section, row);
		whole_ns += row->wall_ns;
	}
	if (options->is_per_thread && sections.count > 0)
		qsort(sections.items, sections.count, sizeof(*sections.items), compare_sections);
	for (size_t i = 0; i < sections.count; i++) {
		section = &sections.items[i];
		qsort(section->lines.items, section->lines.count, sizeof(*section->lines.items),
		      compare_lines);
		if (i > 0)
			strbuf_add_char(text, '\n');
		if (section->first != NULL)
			add_heading(text, section, whole_ns);
		add_section(text, table, section, options, layout);
		vec_release(&section->lines);
	}
	vec_release(&sections);
	if (table->lost > 0)
		strbuf_addf(text, "\n%s more calls were seen and could not be counted\n",
			    fmt_count(count, (double)table->lost));
}
