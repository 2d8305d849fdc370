#include "symbol/symbol_trouble.h"

#include <stddef.h>

/* What brings the separate file of a stripped program. */
static void add_help(const struct symbol_facts *facts, struct strbuf *text)
{
	if (facts->package != NULL)
		strbuf_addf(text, "install %s, or ", facts->package);
	if (facts->fetch_failure != NULL)
		strbuf_addf(text, "see why debuginfod does not have it (%s)", facts->fetch_failure);
	else if (facts->has_build_id)
		strbuf_add_text(text, "set DEBUGINFOD_URLS and use --debuginfod");
	else
		strbuf_add_text(text, "build it with -g and without strip");
}

void symbol_trouble_add(const struct symbol_facts *facts, struct strbuf *text)
{
	if (facts->damage != NULL) {
		strbuf_add_text(text, facts->damage);
	} else if (facts->is_stripped) {
		strbuf_addf(text, "%s is stripped: %s; ", facts->path,
			    facts->has_exports ? "only what it exports has names"
					       : "it has no symbols");
		add_help(facts, text);
	} else if (facts->lacks_lines) {
		strbuf_addf(text,
			    "%s has no debug information: no inlined functions and no lines; ",
			    facts->path);
		if (facts->package != NULL || facts->fetch_failure != NULL)
			add_help(facts, text);
		else
			strbuf_add_text(text, "build it with -g");
	} else if (facts->missing_dwo_count > 0) {
		strbuf_addf(text,
			    "%s: the split debug information (.dwo) of %u hot units is missing: no "
			    "inlined functions there; put a .dwp beside it",
			    facts->path, facts->missing_dwo_count);
	} else if (facts->damaged_count > 0) {
		strbuf_addf(text, "%s: the debug information of %u hot units is damaged",
			    facts->path, facts->damaged_count);
	}
}
