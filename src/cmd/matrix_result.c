#include "cmd/matrix_result.h"

#include <string.h>

#include "report/scaling_text.h"
#include "util/alloc.h"

enum { CAUTIONS_MAX = 3 };

bool matrix_result_is_meant(const struct plan *plan, const struct selection *selection)
{
	return selection->arm_count > 1 &&
	       (plan->has_matrix || plan->arm_count > MATRIX_RESULT_ARMS);
}

/* Of the first run of an arm that was not VALID; NULL when all were. */
static const struct stored_run *find_doubtful(const struct selected_arm *arm)
{
	for (uint32_t i = 0; i < arm->run_count; i++)
		if (arm->runs[i].has_validity && arm->runs[i].validity != VALIDITY_VALID)
			return &arm->runs[i];
	return NULL;
}

/* The first reasons are enough to know what is the matter; `show` has the others. */
static void add_cautions(struct strbuf *text, const struct selection *selection,
			 const struct text_layout *layout)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < selection->arm_count; i++) {
		const struct stored_run *run = find_doubtful(&selection->arms[i]);
		scoped_free char *line = NULL;

		if (run == NULL)
			continue;
		if (count == 0)
			strbuf_add_text(text, "\nWith care:\n");
		if (count++ >= CAUTIONS_MAX)
			continue;
		line = alloc_printf("  %s was %s: %.*s", selection_arm_label(selection, i),
				    validity_name(run->validity), (int)strcspn(run->reasons, "\n"),
				    run->reasons);
		text_add_wrapped(text, layout, 4, line);
	}
	if (count > CAUTIONS_MAX)
		strbuf_addf(text, "  and %u more arm%s; `sonde show` has all reasons\n",
			    count - CAUTIONS_MAX, count - CAUTIONS_MAX == 1 ? "" : "s");
}

static void add_failures(struct strbuf *text, const struct selection *selection,
			 const struct text_layout *layout)
{
	for (uint32_t i = 0; i < selection->run_count; i++) {
		const struct run_record *run = &selection->runs[i].record;
		scoped_free char *line = NULL;

		if (run->state == RUN_DONE)
			continue;
		line = alloc_printf("  run %u (%s) %s%s%.*s", run->number, run->arm,
				    run_state_name(run->state), run->failure[0] != '\0' ? ": " : "",
				    (int)strcspn(run->failure, "\n"), run->failure);
		text_add_wrapped(text, layout, 4, line);
	}
}

void matrix_result_format(struct strbuf *text, const struct scaling *scaling,
			  const struct plan *plan, const struct selection *selection,
			  const struct text_layout *layout)
{
	scaling_text_format_table(text, scaling, layout);
	if (scaling->row_count < plan->arm_count)
		strbuf_addf(text, "  %u of %u arms were measured\n", scaling->row_count,
			    plan->arm_count);
	add_failures(text, selection, layout);
	strbuf_add_char(text, '\n');
	scaling_text_format_growth(text, scaling, layout);
	add_cautions(text, selection, layout);
}
