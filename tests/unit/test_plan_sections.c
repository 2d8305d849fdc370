#include "view/plan_sections.h"

#include "tap.h"

static void check(const char *base, const char *head, const char *want, const char *what)
{
	struct arena arena;

	arena_init(&arena);
	is_str(plan_sections_compare(&arena, base, head), want, what);
	arena_release(&arena);
}

int main(void)
{
	static const char plan[] = "name: a\nload:\n  rate: 5/s\n  requests:\n    - {path: /x}\n"
				   "vars: {n: 1}\n";

	check(plan, plan, "", "the same");
	check(plan,
	      "# c\nname: a   \n\nload:\n  rate: 5/s  \n  # more\n  requests:\n    - {path: /x}\n"
	      "vars: {n: 1}",
	      "", "comments, blanks, blank lines");
	check(plan, "vars: {n: 1}\nname: a\nload:\n  rate: 5/s\n  requests:\n    - {path: /x}\n",
	      "", "another order");
	check(plan, "name: a\nload:\n  rate: 6/s\n  requests:\n    - {path: /x}\nvars: {n: 1}\n",
	      "load", "a value below");
	check(plan, "name: b\nload:\n  rate: 5/s\n  requests:\n    - {path: /x}\narms: {}\n",
	      "name, vars, arms", "one line, one gone, one new");
	check("a: 1\r\n", "a: 1\n", "", "CRLF");
	check("", "a\x1b: 1\n", "a?", "nothing, and a key with a control character");
	check("no key at all", "\n\n", "", "texts without keys");
	return tap_done();
}
