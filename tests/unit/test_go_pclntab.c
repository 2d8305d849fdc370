/* go_pclntab on a table made as each version's linker makes it. */
#include "symbol/go_pclntab.h"

#include <errno.h>

#include "go_table.h"
#include "tap.h"

/* "function file:line < caller file:line < …" */
static const char *describe(const struct go_pclntab *table, uint64_t address)
{
	static char text[512];
	struct go_place place;
	size_t length = 0;

	text[0] = '\0';
	if (!go_pclntab_find(table, address, &place))
		return "none";
	for (uint32_t i = 0; i < place.frame_count; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s %s:%u",
					   i > 0 ? " < " : "", place.frames[i].function,
					   place.frames[i].file, place.frames[i].line);
	return text;
}

static void test_version(uint32_t version)
{
	struct go_table made;
	struct go_pclntab table;
	struct go_place place;

	printf("# Go 1.%u\n", version);
	go_table_make(&made, version, 1);
	if (!ok(go_pclntab_parse(&table, made.bytes, sizeof(made.bytes), 0, NULL) == 0,
		"the table parses"))
		return;
	is_str(describe(&table, 0xfff), "none", "before the first function");
	is_str(describe(&table, 0x1000), "main.main /src/main.go:10", "its first byte");
	is_str(describe(&table, 0x1012), "main.main /src/main.go:12", "its second line");
	is_str(describe(&table, 0x1022), "main.main /src/add.go:5",
	       "without inline trees: where the code is from, in the function that has it");
	is_str(describe(&table, 0x103f), "main.main /src/main.go:14", "its last byte");
	is_str(describe(&table, 0x1040), "main.other /src/main.go:30", "the next one");
	is_str(describe(&table, 0x1060), "none", "behind the last");
	ok(go_pclntab_find(&table, 0x1050, &place) && place.function_svma == 0x1040 &&
		   place.function_size == 0x20,
	   "where a function is");
	go_pclntab_set_inline_trees(&table, made.trees, sizeof(made.trees));
	if (version < 18)
		return;
	is_str(describe(&table, 0x1022), "main.add /src/add.go:5 < main.main /src/main.go:12",
	       "an inlined function, and the line that calls it");
	is_str(describe(&table, 0x102c),
	       "main.twice /src/add.go:9 < main.add /src/add.go:5 < main.main /src/main.go:12",
	       "one inlined into the inlined one");
	is_str(describe(&table, 0x1030), "main.main /src/main.go:14", "behind it");
	ok(go_pclntab_find(&table, 0x102c, &place) && place.function_svma == 0x1000 &&
		   place.function_size == 0x40,
	   "where the code of all three is");
}

static void test_relocated(void)
{
	struct go_table made;
	struct go_pclntab table;

	go_table_make(&made, 20, 0);
	is_int(go_pclntab_parse(&table, made.bytes, sizeof(made.bytes), 0x5000, NULL), 0,
	       "a header that does not say where the code starts");
	is_str(describe(&table, 0x5041), "main.other /src/main.go:30", "the caller says it");
}

static void test_bad(void)
{
	struct go_table made;
	struct go_pclntab table;
	struct err err = {0};

	go_table_make(&made, 20, 1);
	is_int(go_pclntab_parse(&table, made.bytes, 60, 0, &err), -EBADMSG, "cut in its header");
	is_int(go_pclntab_parse(&table, made.bytes, GO_FUNCTIONS_AT + 8, 0, &err), -EBADMSG,
	       "cut in its list of functions");
	made.bytes[0] = 0xfb;
	is_int(go_pclntab_parse(&table, made.bytes, sizeof(made.bytes), 0, &err), -EBADMSG,
	       "the format before Go 1.16");
	ok(strstr(err_text(&err), "1.16") != NULL, "is said to be so");
	go_table_make(&made, 20, 1);
	go_put(made.bytes + 8, UINT64_MAX / 2, 8);
	is_int(go_pclntab_parse(&table, made.bytes, sizeof(made.bytes), 0, &err), -EBADMSG,
	       "more functions than there is room for");
	go_table_make(&made, 20, 1);
	go_put(made.trees + 8 + 8, 0x28, 4); /* the call's own address: it calls itself */
	go_put(made.trees + 8 + 16 + 8, 0x28, 4);
	go_pclntab_parse(&table, made.bytes, sizeof(made.bytes), 0, NULL);
	go_pclntab_set_inline_trees(&table, made.trees, sizeof(made.trees));
	struct go_place place;

	ok(go_pclntab_find(&table, 0x1028, &place) && place.frame_count == GO_PCLNTAB_MAX_FRAMES,
	   "a call that is in itself ends");
}

int main(void)
{
	test_version(16);
	test_version(18);
	test_version(20);
	test_relocated();
	test_bad();
	return tap_done();
}
