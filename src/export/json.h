/*
 * The JSON documents of --json: sonde.load/1, sonde.report/1, sonde.annotate/1, sonde.show/1,
 * sonde.compare/1. Their manual is docs/formats/json.md. Times are integer nanoseconds, sizes
 * bytes, shares 0..1; what was not earned is null. Each document ends with a newline.
 */
#ifndef EXPORT_JSON_H
#define EXPORT_JSON_H

#include "util/strbuf.h"
#include "view/call_tree.h"
#include "view/code_view.h"
#include "view/hot_functions.h"
#include "view/load_view.h"
#include "view/machine_view.h"
#include "view/run_diff.h"
#include "view/run_insight.h"
#include "view/run_summary.h"
#include "view/selection.h"
#include "view/series_diff.h"
#include "view/source_lines.h"

/* `selection` names the run the figures are of; NULL = nowhere stored. */
void json_write_load(struct strbuf *json, const struct load_view *view,
		     const struct selection *selection);

/* What a report has besides the functions; NULL = not asked for. */
struct json_report_parts {
	enum hot_group group; /* what the view was read by */
	const struct call_tree *tree;
	const struct source_lines *lines;
};

/* `parts` NULL = by function, and nothing else. */
void json_write_report(struct strbuf *json, const struct hot_functions *view,
		       const struct json_report_parts *parts, const struct selection *selection);

void json_write_annotate(struct strbuf *json, const struct code_view *view,
			 const struct profile_summary *summary, const struct selection *selection);

/*
 * `load` and `machine` (NULL = none) are of all selected runs together, `summary` has the arms
 * apart, and `insights` (NULL = none) one for each of them; that of the only arm stands in the
 * document itself, too.
 */
void json_write_show(struct strbuf *json, const struct run_summary *summary,
		     const struct load_view *load, const struct machine_view *machine,
		     const struct run_insight *insights);

#endif
