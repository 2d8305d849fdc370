/* /proc/PID/maps: lines as the kernel writes them, damaged ones, and this process's own. */
#include "procfs/proc_maps.h"

#include <errno.h>
#include <unistd.h>

#include "procfs/proc_file.h"
#include "tap.h"

static const char service[] =
	"5581b2a00000-5581b2a28000 r--p 00000000 fd:01 131204                     "
	"/srv/bin/gateway\n"
	"5581b2a28000-5581b2b9c000 r-xp 00028000 fd:01 131204                     "
	"/srv/bin/gateway\n"
	"5581b3c10000-5581b3c31000 rw-p 00000000 00:00 0                          [heap]\n"
	"7f2c14000000-7f2c14021000 rw-p 00000000 00:00 0 \n"
	"7f2c18a00000-7f2c18b00000 r-xp 0001f000 08:111 99                        /usr/lib/lib "
	"c++.so (deleted)\n"
	"7f2c19000000-7f2c19001000 rw-s 00000000 00:01 1024                       /memfd:jit "
	"(deleted)\n"
	"7f2c19002000-7f2c19003000 ---p 00000000 00:00 0                          [anon:stack "
	"guard]\n"
	"7ffd2e5f0000-7ffd2e5f2000 r-xp 00000000 00:00 0                          [vdso]\n"
	"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n";

static bool has_path(const struct proc_mapping *mapping, const char *path)
{
	return mapping->path_length == strlen(path) &&
	       memcmp(mapping->path, path, strlen(path)) == 0;
}

static void test_service(void)
{
	struct proc_maps_iterator maps = {
		.text = service, .length = sizeof(service) - 1, .is_strict = true};
	struct proc_mapping all[16];
	int count = 0;

	while (count < 16 && proc_maps_next(&maps, &all[count]) > 0)
		count++;
	is_int(count, 9, "all lines are mappings");
	is_int(maps.line, 9, "and counted");
	is_int(proc_maps_next(&maps, &all[9]), 0, "the end stays the end");
	ok(all[0].start_avma == 0x5581b2a00000 && all[0].end_avma == 0x5581b2a28000, "the range");
	ok(all[0].is_readable && !all[0].is_writable && !all[0].is_executable && !all[0].is_shared,
	   "r--p");
	ok(all[1].is_executable && !all[1].is_writable && all[1].file_offset == 0x28000,
	   "code, with its offset");
	is_int(all[1].inode, 131204, "the inode");
	ok(all[1].dev_major == 0xfd && all[1].dev_minor == 1, "the device");
	ok(has_path(&all[1], "/srv/bin/gateway") && !all[1].is_deleted, "the path");
	ok(has_path(&all[2], "[heap]") && all[2].inode == 0, "a name in brackets");
	ok(has_path(&all[3], "") && all[3].is_writable, "anonymous memory has the empty path");
	ok(has_path(&all[4], "/usr/lib/lib c++.so") && all[4].is_deleted,
	   "a deleted file, blanks in its name");
	is_int(all[4].dev_minor, 0x111, "a minor number of three digits");
	ok(has_path(&all[5], "/memfd:jit") && all[5].is_deleted && all[5].is_shared, "a memfd");
	ok(has_path(&all[6], "[anon:stack guard]") && !all[6].is_readable,
	   "named anonymous memory");
	ok(all[8].end_avma == 0xffffffffff601000, "the top of the address space");
}

static void test_damaged_lines(void)
{
	static const char *const damaged[] = {
		"",
		"7f00-",
		"7f00 7f10 r-xp 0 0:0 0",
		"7f00-7f00 r-xp 00000000 00:00 0",
		"7f10-7f00 r-xp 00000000 00:00 0",
		"7f00-7f10 r-xq 00000000 00:00 0",
		"7f00-7f10 r-x",
		"7f00-7f10 r-xp 00000000 00-00 0",
		"7f00-7f10 r-xp 00000000 00:00",
		"7f00-7f10 r-xp 00000000 00:00 12x /lib",
		"7f00-7f10 r-xp 00000000 100000000:00 0",
		"10000000000000000-20000000000000000 r-xp 00000000 00:00 0",
		"g000-h000 r-xp 00000000 00:00 0",
	};
	struct proc_mapping mapping = {.inode = 7};

	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++)
		if (!ok(proc_maps_parse_line(damaged[i], strlen(damaged[i]), &mapping) == -EBADMSG,
			"a damaged line is refused"))
			printf("# '%s'\n", damaged[i]);
	is_int(mapping.inode, 7, "and nothing is written");
}

static void test_damaged_text(void)
{
	static const char text[] =
		"1000-2000 r-xp 00000000 00:00 0 /a\nnonsense\n3000-4000 r-xp 00000000 00:00 0 /b";
	struct proc_maps_iterator lenient = {.text = text, .length = sizeof(text) - 1};
	struct proc_maps_iterator strict = {
		.text = text, .length = sizeof(text) - 1, .is_strict = true};
	struct proc_mapping mapping;

	ok(proc_maps_next(&lenient, &mapping) == 1 && has_path(&mapping, "/a"), "the line before");
	ok(proc_maps_next(&lenient, &mapping) == 1 && has_path(&mapping, "/b"),
	   "the line after, without newline");
	is_int(lenient.damaged_count, 1, "the damaged line is counted");
	is_int(lenient.line, 3, "and keeps its number");
	is_int(proc_maps_next(&lenient, &mapping), 0, "the end");
	is_int(proc_maps_next(&strict, &mapping), 1, "strict: the line before");
	is_int(proc_maps_next(&strict, &mapping), -EBADMSG,
	       "strict: the damaged line ends the walk");
	is_int(strict.line, 2, "and is named by its number");
}

static void test_own(void)
{
	uint64_t code = (uint64_t)(uintptr_t)&test_service;
	struct procfs here = {0};
	struct proc_maps_iterator maps = {.is_strict = true};
	struct proc_mapping mapping;
	struct strbuf buffer;
	bool has_code = false;
	int r;

	strbuf_init(&buffer, 64 << 20);
	is_int(proc_file_read(&here, &buffer, "/proc/%d/maps", (int)getpid()), 0,
	       "this process's maps are read");
	maps.text = strbuf_text(&buffer);
	maps.length = buffer.length;
	while ((r = proc_maps_next(&maps, &mapping)) > 0)
		if (mapping.start_avma <= code && code < mapping.end_avma)
			has_code = mapping.is_executable && mapping.inode != 0 &&
				   mapping.path[0] == '/';
	is_int(r, 0, "without a damaged line");
	ok(has_code, "this function lies in executable memory of a file");
	strbuf_release(&buffer);
}

int main(void)
{
	test_service();
	test_damaged_lines();
	test_damaged_text();
	test_own();
	return tap_done();
}
