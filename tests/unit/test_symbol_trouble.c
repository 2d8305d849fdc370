/* symbol_trouble: each lack has a sentence that says what would help. */
#include "symbol/symbol_trouble.h"

#include "tap.h"

static const struct {
	struct symbol_facts facts;
	const char *text;
} cases[] = {
	{{.path = "/bin/app", .has_build_id = true, .has_exports = true}, ""},
	{{.path = "/bin/app", .is_stripped = true, .lacks_lines = true},
	 "/bin/app is stripped: it has no symbols; build it with -g and without strip"},
	{{.path = "/lib/libc.so.6",
	  .package = "libc6-dbg",
	  .is_stripped = true,
	  .lacks_lines = true,
	  .has_exports = true,
	  .has_build_id = true},
	 "/lib/libc.so.6 is stripped: only what it exports has names; install libc6-dbg, or set "
	 "DEBUGINFOD_URLS and use --debuginfod"},
	{{.path = "/bin/app",
	  .package = "app-dbgsym",
	  .fetch_failure = "no server has it",
	  .is_stripped = true,
	  .has_build_id = true},
	 "/bin/app is stripped: it has no symbols; install app-dbgsym, or see why debuginfod does "
	 "not have it (no server has it)"},
	{{.path = "/bin/app", .lacks_lines = true, .has_build_id = true},
	 "/bin/app has no debug information: no inlined functions and no lines; build it with -g"},
	{{.path = "/bin/app", .package = "app-dbgsym", .lacks_lines = true, .has_build_id = true},
	 "/bin/app has no debug information: no inlined functions and no lines; install "
	 "app-dbgsym, or set DEBUGINFOD_URLS and use --debuginfod"},
	{{.path = "/bin/app", .missing_dwo_count = 3, .damaged_count = 1},
	 "/bin/app: the split debug information (.dwo) of 3 hot units is missing: no inlined "
	 "functions there; put a .dwp beside it"},
	{{.path = "/bin/app", .damaged_count = 2},
	 "/bin/app: the debug information of 2 hot units is damaged"},
	{{.path = "/bin/app", .damage = "/bin/app: cut", .is_stripped = true}, "/bin/app: cut"},
};

int main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct strbuf text;

		strbuf_init(&text, 1024);
		symbol_trouble_add(&cases[i].facts, &text);
		is_str(strbuf_text(&text), cases[i].text, cases[i].text);
		strbuf_release(&text);
	}
	return tap_done();
}
