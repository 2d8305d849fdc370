/*
 * What came of the plan's hypotheses (lab/hypothesis.h): one answer each, and with `--load all` one
 * for each load.
 */
#ifndef CMD_HYPOTHESIS_LIST_H
#define CMD_HYPOTHESIS_LIST_H

#include "lab/plan.h"
#include "report/text.h"
#include "util/strbuf.h"
#include "view/selection.h"

struct hypothesis_answer {
	const struct hypothesis *hypothesis;
	const char *load; /* of `--load all`; "" */
	enum hypothesis_verdict verdict;
	struct rank_estimate estimate; /* differences, or those of logarithms */
	uint32_t more;		       /* pairs that it would take when OPEN; 0 = not known */
	bool is_of_run;		       /* `sonde run --more` adds them */
	const char *why;	       /* nothing was measured of it: a sentence; "" */
};

struct hypothesis_list {
	struct hypothesis_answer *answers;
	uint32_t count;
};

/* The answers are the arena's and borrow the plan. */
int hypothesis_list_read(struct hypothesis_list *ret_list, struct arena *arena,
			 const struct plan *plan, const struct selection *selection,
			 struct err *err);

/* A line each, behind a blank one; nothing without hypotheses. */
void hypothesis_list_format(struct strbuf *text, const struct hypothesis_list *list,
			    const struct text_layout *layout);

/*
 * Adds "hypotheses" to a document of sonde.show/1 (docs/formats/plan.md); nothing without
 * hypotheses.
 */
void hypothesis_list_add_json(struct strbuf *json, const struct hypothesis_list *list);

/*
 * For commands whose page has no place for them: what is REFUTED, OPEN or about arms that were not
 * measured is said on stderr. CMD_BAD_ANSWER when one is REFUTED, else CMD_OK.
 */
int hypothesis_list_judge(const struct plan *plan, const struct selection *selection);

/* CMD_BAD_ANSWER when one is REFUTED; with is_strict CMD_NO_ANSWER when one is OPEN; CMD_OK. */
int hypothesis_list_get_status(const struct hypothesis_list *list, bool is_strict);

#endif
