#include "util/disk_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/scoped.h"
#include "util/vec.h"

#define MAGIC "SONDEC01"
#define TEMPORARY_PREFIX ".tmp-"
#define TEMPORARY_LIFE_S 3600 /* an older one was left behind by a killed writer */
#define MAX_NAME_BYTES 200

struct header {
	char magic[8];
	uint64_t length;   /* of what follows */
	uint64_t checksum; /* of that and of the entry's name */
};

/*
 * Against damage, not against attackers: eight bytes a step, each folded by a multiplication with
 * an odd constant (the golden ratio's), then mixed as MurmurHash3's finalizer does.
 */
static uint64_t add_checksum(uint64_t sum, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	uint64_t word;

	for (; length >= sizeof(word); at += sizeof(word), length -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
		sum ^= sum >> 32;
	}
	word = (uint64_t)length << 56;
	if (length > 0)
		memcpy(&word, at, length);
	sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
	sum = (sum ^ (sum >> 33)) * 0xff51afd7ed558ccdu;
	return sum ^ (sum >> 33);
}

static bool is_plain_name(const char *text)
{
	return text[0] != '\0' &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "0123456789_-.") == strlen(text);
}

/* KIND-NAME, or NULL for what could lead out of the directory or into its temporary files. */
static char *format_entry(const char *kind, const char *name)
{
	if (!is_plain_name(kind) || kind[0] == '.' || !is_plain_name(name) ||
	    strlen(kind) + strlen(name) >= MAX_NAME_BYTES)
		return NULL;
	return alloc_printf("%s-%s", kind, name);
}

char *disk_cache_find_dir(void)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	/* A relative path is invalid (XDG Base Directory Specification). */
	if (cache != NULL && cache[0] == '/')
		return alloc_printf("%s/sonde", cache);
	if (home != NULL && home[0] == '/')
		return alloc_printf("%s/.cache/sonde", home);
	return NULL;
}

/*
 * The directory must be ours alone: others could place or exchange files in it. A symbolic link
 * could lead to a directory whose files are none of ours, and trimming removes files.
 */
static int open_dir(const char *dir)
{
	struct stat status;
	int fd, r = 0;

	if (dir == NULL)
		return -ENOENT;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		r = -errno;
	else if (status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		r = -EPERM;
	if (r < 0)
		fd_close(fd);
	return r < 0 ? r : fd;
}

/*
 * Root in somebody's home (sudo keeps HOME on some systems) would make a cache there that its owner
 * can never use.
 */
static bool is_foreign_home(const char *parent)
{
	struct stat status;

	return geteuid() == 0 && stat(parent, &status) == 0 && status.st_uid != 0;
}

/* The directory, and its parents as far as they are missing. */
static int make_dir(const char *dir)
{
	scoped_free char *path = alloc_strdup(dir);

	for (char *slash = path + 1; *slash != '\0'; slash++) {
		if (*slash != '/')
			continue;
		*slash = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return -errno;
		if (is_foreign_home(path))
			return -EPERM;
		*slash = '/';
	}
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static bool is_ours(const struct stat *status)
{
	return S_ISREG(status->st_mode) && status->st_uid == geteuid();
}

static int read_exactly(int fd, void *ret_bytes, size_t length)
{
	uint8_t *at = ret_bytes;

	while (length > 0) {
		ssize_t got = read(fd, at, length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -ENODATA;
		at += got;
		length -= (size_t)got;
	}
	return 0;
}

static int read_contents(int fd, uint64_t length, struct strbuf *ret_bytes)
{
	uint8_t chunk[65536];

	while (length > 0) {
		size_t part = length < sizeof(chunk) ? (size_t)length : sizeof(chunk);
		int r = read_exactly(fd, chunk, part);

		if (r < 0)
			return r;
		strbuf_add(ret_bytes, chunk, part);
		if (ret_bytes->is_full)
			return -EFBIG;
		length -= part;
	}
	return 0;
}

static int read_entry(int dir_fd, const char *entry, struct strbuf *ret_bytes)
{
	scoped(fd_cleanup) int fd =
		openat(dir_fd, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	const struct timespec used[] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_NOW}};
	struct header header;
	struct stat status;
	int r;

	if (fd < 0 || fstat(fd, &status) < 0 || !is_ours(&status))
		return -ENOENT;
	if (read_exactly(fd, &header, sizeof(header)) < 0 ||
	    memcmp(header.magic, MAGIC, sizeof(header.magic)) != 0 ||
	    header.length > DISK_CACHE_BYTES ||
	    header.length != (uint64_t)status.st_size - sizeof(header))
		return -EBADMSG;
	r = read_contents(fd, header.length, ret_bytes);
	if (r < 0)
		return r;
	if (add_checksum(add_checksum(0, entry, strlen(entry)), strbuf_text(ret_bytes),
			 ret_bytes->length) != header.checksum)
		return -EBADMSG;
	/* what disk_cache_trim() goes by; a read-only cache has no need of it */
	futimens(fd, used);
	return 0;
}

int disk_cache_read(const char *dir, const char *kind, const char *name, struct strbuf *ret_bytes)
{
	scoped_free char *entry = format_entry(kind, name);
	scoped(fd_cleanup) int dir_fd = open_dir(dir);

	strbuf_clear(ret_bytes);
	if (entry == NULL || dir_fd < 0)
		return -ENOENT;
	if (read_entry(dir_fd, entry, ret_bytes) == 0)
		return 0;
	strbuf_clear(ret_bytes);
	return -ENOENT;
}

static int write_temporary(int dir_fd, const char *temporary, const char *entry, const void *bytes,
			   size_t length)
{
	scoped(fd_cleanup) int fd = openat(
		dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct header header = {
		.magic = MAGIC,
		.length = length,
		.checksum = add_checksum(add_checksum(0, entry, strlen(entry)), bytes, length),
	};
	int r;

	if (fd < 0)
		return -errno;
	r = fd_write_all(fd, &header, sizeof(header));
	return r < 0 ? r : fd_write_all(fd, bytes, length);
}

int disk_cache_write(const char *dir, const char *kind, const char *name, const void *bytes,
		     size_t length)
{
	scoped_free char *entry = format_entry(kind, name);
	scoped(fd_cleanup) int dir_fd = open_dir(dir);
	int r;

	if (entry == NULL)
		return -EINVAL;
	if (length > DISK_CACHE_BYTES)
		return -EFBIG;
	if (dir_fd == -ENOENT && dir != NULL) {
		r = make_dir(dir);
		if (r < 0)
			return r;
		dir_fd = open_dir(dir);
	}
	if (dir_fd < 0)
		return dir_fd;
	/* Unique among threads and processes; in another pid namespace, by the time. */
	scoped_free char *temporary =
		alloc_printf(TEMPORARY_PREFIX "%d-%d-%llu", (int)getpid(), (int)gettid(),
			     (unsigned long long)clock_now_ns());
	r = write_temporary(dir_fd, temporary, entry, bytes, length);
	if (r == 0 && renameat(dir_fd, temporary, dir_fd, entry) < 0)
		r = -errno;
	if (r < 0 && r != -EEXIST)
		unlinkat(dir_fd, temporary, 0);
	return r;
}

struct cached_file {
	char *name;
	uint64_t bytes;
	struct timespec used;
};

struct cached_files {
	VEC_FIELDS(struct cached_file);
};

static int compare_used(const void *a, const void *b)
{
	const struct cached_file *left = a, *right = b;

	if (left->used.tv_sec != right->used.tv_sec)
		return left->used.tv_sec < right->used.tv_sec ? -1 : 1;
	return (left->used.tv_nsec > right->used.tv_nsec) -
	       (left->used.tv_nsec < right->used.tv_nsec);
}

static void list_files(int dir_fd, DIR *dir, struct cached_files *files)
{
	time_t now = (time_t)(clock_wall_ns() / NS_PER_S);
	struct dirent *entry;
	struct stat status;

	while ((entry = readdir(dir)) != NULL) {
		if (fstatat(dir_fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !is_ours(&status))
			continue;
		if (strncmp(entry->d_name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) == 0) {
			if (now - status.st_mtim.tv_sec > TEMPORARY_LIFE_S)
				unlinkat(dir_fd, entry->d_name, 0);
			continue;
		}
		vec_push(files, (struct cached_file){.name = alloc_strdup(entry->d_name),
						     .bytes = (uint64_t)status.st_size,
						     .used = status.st_mtim});
	}
}

void disk_cache_trim(const char *dir, uint64_t bytes_max)
{
	struct cached_files files = {0};
	int dir_fd = open_dir(dir);
	uint64_t bytes = 0;
	DIR *stream;

	if (dir_fd < 0)
		return;
	stream = fdopendir(dir_fd);
	if (stream == NULL) {
		fd_close(dir_fd);
		return;
	}
	list_files(dir_fd, stream, &files);
	for (size_t i = 0; i < files.count; i++)
		bytes += files.items[i].bytes;
	if (files.count > 0)
		qsort(files.items, files.count, sizeof(*files.items), compare_used);
	for (size_t i = 0; i < files.count; i++) {
		if (bytes > bytes_max && unlinkat(dir_fd, files.items[i].name, 0) == 0)
			bytes -= files.items[i].bytes;
		free(files.items[i].name);
	}
	vec_release(&files);
	closedir(stream);
}
