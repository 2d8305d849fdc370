/*
 * The parts of `sonde show` that are of an arm's monitors and of the other lenses beside load and
 * profile. Each begins with an empty line and its title, and adds nothing where there is nothing.
 */
#ifndef CMD_SHOW_MACHINE_H
#define CMD_SHOW_MACHINE_H

#include <stdbool.h>

#include "report/text.h"
#include "util/strbuf.h"
#include "view/machine_view.h"
#include "view/run_summary.h"

/* Monitors, counters, and the lenses with what each cost. */
void show_machine_add(struct strbuf *text, const struct run_summary_side *side,
		      const struct machine_view *machine, bool is_all,
		      const struct text_layout *layout);

/* `show --threads`: by CPU time; without is_all the first 40. Says so when there are none. */
void show_machine_add_threads(struct strbuf *text, const struct run_summary_side *side,
			      const struct machine_view *machine, bool is_all,
			      const struct text_layout *layout);

/*
 * `show --syscalls`: of the last run whose calls were counted; with is_all a table a thread. Says
 * so when there is none.
 */
void show_machine_add_syscalls(struct strbuf *text, const struct run_summary_side *side,
			       const struct machine_view *machine, bool is_all,
			       const struct text_layout *layout);

#endif
