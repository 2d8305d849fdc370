#include "cmd/insight_block.h"

#include <string.h>

#include "report/insight_text.h"
#include "util/alloc.h"
#include "view/machine_view.h"

struct run_insight *insight_block_read(struct arena *arena, const struct run_summary *summary)
{
	struct run_insight *insights = arena_alloc(arena, summary->side_count, sizeof(*insights));

	for (uint32_t i = 0; i < summary->side_count; i++) {
		const struct run_summary_side *side = &summary->sides[i];
		const struct stored_experiment *experiment = &side->selection->experiment;
		struct machine_view machine = {0};

		if (machine_view_read(&machine, arena, side->selection, side->arm, NULL) < 0)
			machine = (struct machine_view){0};
		run_insight_find(&insights[i], arena, side, &machine, experiment->environment,
				 experiment->id);
	}
	return insights;
}

static void add_likely(struct strbuf *text, const struct text_layout *layout,
		       const struct run_summary_side *side, const struct run_insight *insight)
{
	for (uint32_t i = 0; i < insight->warnings.count && i < 2; i++) {
		scoped_free char *line = alloc_printf("%s %s: %s", i == 0 ? "likely" : "also  ",
						      side->label, insight->warnings.items[i].text);

		text_add_wrapped(text, layout, 7, line);
	}
}

static void add_store(struct run_insight *insight, struct arena *arena, const char *store_option)
{
	for (size_t i = 0; i < 2 && insight->next[i] != NULL; i++)
		if (strncmp(insight->next[i], "sonde ", 6) == 0)
			insight->next[i] =
				arena_printf(arena, "%s%s", insight->next[i], store_option);
}

void insight_block_add_of_store(struct strbuf *text, struct arena *arena,
				const struct run_summary *summary, const char *store_option,
				const struct text_layout *layout)
{
	struct run_insight *insights = insight_block_read(arena, summary);

	for (uint32_t i = 0; i < summary->side_count; i++) {
		add_store(&insights[i], arena, store_option);
		if (summary->side_count == 1)
			insight_text_format(text, &insights[i], &summary->sides[i], layout);
		else
			add_likely(text, layout, &summary->sides[i], &insights[i]);
	}
}

void insight_block_add(struct strbuf *text, struct arena *arena, const struct run_summary *summary,
		       const struct text_layout *layout)
{
	insight_block_add_of_store(text, arena, summary, "", layout);
}
