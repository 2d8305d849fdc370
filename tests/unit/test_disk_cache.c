/* disk_cache in a folder of its own below TMPDIR. */
#include "util/disk_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"
#include "util/alloc.h"
#include "util/fd.h"

static char folder[512];

static char *path_of(const char *name)
{
	return alloc_printf("%s/%s", folder, name);
}

static bool holds(const char *dir, const char *kind, const char *name, const void *bytes,
		  size_t length)
{
	struct strbuf got;
	bool same;

	strbuf_init(&got, STRBUF_MAX_DEFAULT);
	strbuf_add_text(&got, "what was there before");
	same = disk_cache_read(dir, kind, name, &got) == 0 && got.length == length &&
	       memcmp(strbuf_text(&got), bytes, length) == 0;
	strbuf_release(&got);
	return same;
}

static void test_find_dir(void)
{
	scoped_free char *home = NULL, *cache = NULL, *relative = NULL;

	unsetenv("XDG_CACHE_HOME");
	setenv("HOME", "/home/u", 1);
	home = disk_cache_find_dir();
	is_str(home, "/home/u/.cache/sonde", "below the home");
	setenv("XDG_CACHE_HOME", "/var/tmp/c", 1);
	cache = disk_cache_find_dir();
	is_str(cache, "/var/tmp/c/sonde", "or where XDG_CACHE_HOME says");
	setenv("XDG_CACHE_HOME", "c", 1);
	relative = disk_cache_find_dir();
	is_str(relative, "/home/u/.cache/sonde", "a relative one is none");
	unsetenv("XDG_CACHE_HOME");
	unsetenv("HOME");
	ok(disk_cache_find_dir() == NULL, "nowhere");
}

static void test_write_and_read(void)
{
	scoped_free char *dir = path_of("deep/er/cache");
	scoped_free char *entry = path_of("deep/er/cache/cfi-0a1b");
	char large[200000];
	struct stat status;
	struct strbuf small;

	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (char)(i * 7 + i / 251);
	ok(!holds(dir, "cfi", "0a1b", "", 0), "nothing yet");
	is_int(disk_cache_write(dir, "cfi", "0a1b", large, sizeof(large)), 0,
	       "written, with the directory and its parents");
	ok(stat(dir, &status) == 0 && (status.st_mode & 07777) == 0700, "which is ours alone");
	ok(stat(entry, &status) == 0 && (status.st_mode & 07777) == 0600, "as the file");
	ok(holds(dir, "cfi", "0a1b", large, sizeof(large)), "read");
	ok(!holds(dir, "sym", "0a1b", large, sizeof(large)), "by its kind");
	is_int(disk_cache_write(dir, "cfi", "0a1b", "short", 5), 0, "written again");
	ok(holds(dir, "cfi", "0a1b", "short", 5), "read again");
	is_int(disk_cache_write(dir, "cfi", "empty", NULL, 0), 0, "nothing is written");
	ok(holds(dir, "cfi", "empty", "", 0), "and read");
	is_int(disk_cache_write(NULL, "cfi", "0a1b", "x", 1), -ENOENT, "no directory");
	ok(!holds(NULL, "cfi", "0a1b", "x", 1), "to read from either");
	is_int(disk_cache_write(dir, "cfi", "../x", "x", 1), -EINVAL, "no way out");
	is_int(disk_cache_write(dir, ".tmp", "x", "x", 1), -EINVAL, "nor into the hidden ones");
	is_int(disk_cache_write(dir, "cfi", "", "x", 1), -EINVAL, "no name");
	disk_cache_write(dir, "cfi", "0a1b", large, sizeof(large));
	strbuf_init(&small, 1000);
	is_int(disk_cache_read(dir, "cfi", "0a1b", &small), -ENOENT, "more than the buffer takes");
	is_int(small.length, 0, "leaves nothing in it");
	strbuf_release(&small);
}

/* Each single bit of a file counts, and so does its name. */
static void test_damaged(void)
{
	scoped_free char *dir = path_of("damaged"), *entry = path_of("damaged/cfi-1");
	scoped_free char *other = path_of("damaged/cfi-2");
	struct strbuf file;
	int found = 0;

	disk_cache_write(dir, "cfi", "1", "the bytes of it", 15);
	strbuf_init(&file, 1 << 20);
	fd_read_file(AT_FDCWD, entry, &file);
	is_int(file.length, 24 + 15, "a file is header and bytes");
	for (size_t bit = 0; bit < file.length * 8; bit++) {
		scoped(fd_cleanup) int fd = open(entry, O_WRONLY | O_TRUNC | O_CLOEXEC);

		file.data[bit / 8] ^= (char)(1 << bit % 8);
		fd_write_all(fd, file.data, file.length);
		found += holds(dir, "cfi", "1", file.data + 24, 15);
		file.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	is_int(found, 0, "with a bit changed it is not there");
	for (size_t length = 0; length < file.length; length++) {
		scoped(fd_cleanup) int fd = open(entry, O_WRONLY | O_TRUNC | O_CLOEXEC);

		fd_write_all(fd, file.data, length);
		found += holds(dir, "cfi", "1", file.data + 24, 15);
	}
	is_int(found, 0, "nor cut");
	is_int(disk_cache_write(dir, "cfi", "1", "the bytes of it", 15), 0, "it is replaced");
	is_int(rename(entry, other), 0, "(renamed)");
	ok(!holds(dir, "cfi", "2", "the bytes of it", 15), "under another name it is another's");
	strbuf_release(&file);
}

static void test_not_ours(void)
{
	scoped_free char *dir = path_of("open"), *real = path_of("real"), *link = path_of("link");
	scoped_free char *target = path_of("target"), *entry = path_of("real/cfi-1");
	scoped_free char *fifo = path_of("real/cfi-2"), *file = path_of("file");
	struct strbuf text;

	mkdir(dir, 0700);
	chmod(dir, 0777);
	is_int(disk_cache_write(dir, "cfi", "1", "x", 1), -EPERM, "a directory open to all");
	disk_cache_write(real, "cfi", "1", "x", 1);
	is_int(symlink(real, link), 0, "(a link to a directory)");
	ok(disk_cache_write(link, "cfi", "1", "x", 1) < 0, "is not followed");
	ok(!holds(link, "cfi", "1", "x", 1), "nor read");
	disk_cache_trim(link, 0);
	ok(holds(real, "cfi", "1", "x", 1), "nor trimmed");
	is_int(rename(entry, target) + symlink(target, entry), 0, "(a link to a file)");
	ok(!holds(real, "cfi", "1", "x", 1), "is not read");
	is_int(disk_cache_write(real, "cfi", "1", "yy", 2), 0, "but replaced");
	ok(holds(real, "cfi", "1", "yy", 2), "by a file");
	strbuf_init(&text, 1000);
	fd_read_file(AT_FDCWD, target, &text);
	is_int(text.length, 24 + 1, "what it led to is as it was");
	strbuf_release(&text);
	is_int(mkfifo(fifo, 0600), 0, "(a fifo)");
	ok(!holds(real, "cfi", "2", "x", 1), "does not block");
	fd_replace_file(file, "x", 1, NULL);
	ok(disk_cache_write(file, "cfi", "1", "x", 1) < 0, "a file is no directory");
}

static void set_used(const char *path, time_t seconds)
{
	struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};

	utimensat(AT_FDCWD, path, times, 0);
}

static void test_trim(void)
{
	scoped_free char *dir = path_of("trim"), *left = path_of("trim/.tmp-1-1-1");
	scoped_free char *sub = path_of("trim/sub"), *fresh = path_of("trim/.tmp-2-2-2");
	char bytes[1000] = "";

	for (int i = 0; i < 4; i++) {
		char name[2] = {(char)('a' + i), '\0'};
		scoped_free char *path = alloc_printf("%s/cfi-%s", dir, name);

		disk_cache_write(dir, "cfi", name, bytes, sizeof(bytes));
		set_used(path, 1000 + i);
	}
	mkdir(sub, 0700);
	fd_replace_file(left, "x", 1, NULL);
	set_used(left, 1000);
	fd_replace_file(fresh, "x", 1, NULL);
	disk_cache_trim(dir, 4096);
	ok(holds(dir, "cfi", "a", bytes, sizeof(bytes)), "below the limit all stay; a is used");
	ok(access(left, F_OK) < 0 && access(fresh, F_OK) == 0,
	   "but what a killed writer left goes; not what one is writing");
	disk_cache_trim(dir, 4095);
	ok(!holds(dir, "cfi", "b", bytes, sizeof(bytes)), "b was used before all others");
	ok(holds(dir, "cfi", "a", bytes, sizeof(bytes)) &&
		   holds(dir, "cfi", "c", bytes, sizeof(bytes)) &&
		   holds(dir, "cfi", "d", bytes, sizeof(bytes)),
	   "they stay");
	disk_cache_trim(dir, 0);
	ok(!holds(dir, "cfi", "a", bytes, sizeof(bytes)), "nothing stays below 0");
	ok(access(sub, F_OK) == 0, "but what is no entry");
	disk_cache_trim(NULL, 0);
	disk_cache_trim("/nonexistent", 0);
}

int main(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/sonde_cache_XXXXXX", base != NULL ? base : "/tmp");
	if (mkdtemp(folder) == NULL) {
		printf("Bail out! cannot make %s\n", folder);
		return 1;
	}
	test_find_dir();
	test_write_and_read();
	test_damaged();
	test_not_ours();
	test_trim();
	scoped_free char *command = alloc_printf("rm -rf '%s'", folder);
	if (system(command) != 0)
		printf("# %s was left behind\n", folder);
	return tap_done();
}
