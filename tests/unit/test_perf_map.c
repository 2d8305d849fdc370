#include "symbol/perf_map.h"

#include "tap.h"

static bool is_named(const struct perf_map *map, uint64_t address, const char *name, uint64_t start,
		     uint64_t size)
{
	struct jit_function function;

	if (!perf_map_find(map, address, &function))
		return name == NULL;
	return name != NULL && function.name_length == strlen(name) &&
	       memcmp(function.name, name, function.name_length) == 0 && function.start == start &&
	       function.size == size;
}

static void test_lines(void)
{
	static const char text[] = "7f0000001000 100 LazyCompile:~main /srv/app.js:12\n"
				   "0x7f0000002000 0x20 py::fib:/srv/app.py\r\n"
				   "not a line\n"
				   "7f0000003000\n"
				   "7f0000003000 0 empty\n"
				   "11112222333344445 10 too_long\n"
				   "\n"
				   "7f0000004000 10 last_without_newline";
	scoped(perf_map_cleanup) struct perf_map *map = perf_map_new(text, sizeof(text) - 1);

	is_int(perf_map_get_count(map), 3, "three functions");
	is_int(perf_map_get_skipped_count(map), 4,
	       "four lines of another form are skipped and counted");
	ok(is_named(map, 0x7f0000001000, "LazyCompile:~main /srv/app.js:12", 0x7f0000001000, 0x100),
	   "the first byte; names hold blanks");
	ok(is_named(map, 0x7f00000010ff, "LazyCompile:~main /srv/app.js:12", 0x7f0000001000, 0x100),
	   "the last byte");
	ok(is_named(map, 0x7f0000001100, NULL, 0, 0), "the byte behind has no name");
	ok(is_named(map, 0x7f0000002010, "py::fib:/srv/app.py", 0x7f0000002000, 0x20),
	   "0x and CR LF are understood");
	ok(is_named(map, 0x7f000000400f, "last_without_newline", 0x7f0000004000, 0x10),
	   "the last line needs no end");
}

static void test_reuse(void)
{
	static const char text[] = "1000 100 old\n"
				   "1040 20 new_inside\n"
				   "2000 40 first\n"
				   "1f00 200 new_around\n"
				   "3000 10 same\n"
				   "3000 10 same_again\n";
	scoped(perf_map_cleanup) struct perf_map *map = perf_map_new(text, sizeof(text) - 1);

	ok(is_named(map, 0x1050, "new_inside", 0x1040, 0x20), "later code inside older code wins");
	ok(is_named(map, 0x1080, "old", 0x1000, 0x100), "the older code keeps the rest");
	ok(is_named(map, 0x2010, "new_around", 0x1f00, 0x200),
	   "later code around older code wins too");
	ok(is_named(map, 0x3000, "same_again", 0x3000, 0x10), "and at the same place");
}

int main(void)
{
	struct perf_map *empty = perf_map_new("", 0);

	is_int(perf_map_get_count(empty), 0, "an empty file is an empty map");
	perf_map_free(empty);
	perf_map_free(NULL);
	test_lines();
	test_reuse();
	return tap_done();
}
