#include "elf/elf_pages.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/fd.h"

#define MAX_FILE_BYTES (16ull << 30)
#define MAX_MEMORY_BYTES (4ull << 30)
#define PAGE_BYTES 4096u
#define WORD_PAGES 64u
#define POPULATE_BYTES_MIN (64u << 10)

static int map_zeros(const char *name, uint64_t size, uint8_t **ret_bytes, struct err *err)
{
	void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (bytes == MAP_FAILED)
		return err_set(err, -errno, "%s: no address space for %llu bytes: %s", name,
			       (unsigned long long)size, strerror(errno));
	*ret_bytes = bytes;
	return 0;
}

static void init_locks(struct elf_pages *pages)
{
	for (int i = 0; i < ELF_PAGES_LOCK_COUNT; i++)
		pthread_mutex_init(&pages->locks[i], NULL);
}

int elf_pages_open(struct elf_pages *pages, int fd, const char *name, struct err *err)
{
	struct stat status;
	size_t words;
	int r;

	*pages = (struct elf_pages){.fd = fd, .name = name};
	init_locks(pages);
	if (fstat(fd, &status) < 0)
		return err_set(err, -errno, "cannot stat %s: %s", name, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return err_set(err, -EINVAL, "%s is not a regular file", name);
	if (status.st_size == 0)
		return err_set(err, -EBADMSG, "%s: the file is empty", name);
	if ((uint64_t)status.st_size > MAX_FILE_BYTES)
		return err_set(err, -EFBIG, "%s: files of more than %llu GiB are not read", name,
			       MAX_FILE_BYTES >> 30);
	pages->length = (size_t)status.st_size;
	pages->changed = status.st_mtim;
	r = map_zeros(name, pages->length, &pages->bytes, err);
	if (r < 0)
		return r;
	/*
	 * A huge page for each small header would make the holes cost memory after all. For large
	 * ranges they would be three times as fast, or stall for half a second when the kernel has
	 * to compact memory for them: the worst case counts.
	 */
	madvise(pages->bytes, pages->length, MADV_NOHUGEPAGE);
	words = (pages->length - 1) / PAGE_BYTES / WORD_PAGES + 1;
	pages->loaded = alloc_array(words, sizeof(*pages->loaded));
	return 0;
}

void elf_pages_open_take(struct elf_pages *pages, uint8_t *bytes, size_t length, const char *name)
{
	*pages = (struct elf_pages){.fd = -1, .name = name, .bytes = bytes, .length = length};
	pages->memory_bytes = length;
	init_locks(pages);
}

void elf_pages_close(struct elf_pages *pages)
{
	if (pages->fd < 0)
		free(pages->bytes);
	else if (pages->bytes != NULL)
		munmap(pages->bytes, pages->length);
	free(pages->loaded);
	fd_close(pages->fd);
	for (int i = 0; i < ELF_PAGES_LOCK_COUNT; i++)
		pthread_mutex_destroy(&pages->locks[i]);
}

int elf_pages_read(const struct elf_pages *pages, uint64_t file_offset, void *ret_bytes,
		   size_t size)
{
	ssize_t got;

	if (size > INT_MAX)
		size = INT_MAX;
	if (pages->fd < 0) {
		if (file_offset >= pages->length)
			return 0;
		if (size > pages->length - file_offset)
			size = pages->length - file_offset;
		memcpy(ret_bytes, pages->bytes + file_offset, size);
		return (int)size;
	}
	do
		got = pread(pages->fd, ret_bytes, size, (off_t)file_offset);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : (int)got;
}

/* Headers of one file and symbols of another would make wrong names. */
int elf_pages_check_unchanged(const struct elf_pages *pages, struct err *err)
{
	struct stat status;

	if (pages->fd < 0)
		return 0;
	if (fstat(pages->fd, &status) < 0)
		return err_set(err, -errno, "cannot stat %s: %s", pages->name, strerror(errno));
	if ((size_t)status.st_size != pages->length ||
	    status.st_mtim.tv_sec != pages->changed.tv_sec ||
	    status.st_mtim.tv_nsec != pages->changed.tv_nsec)
		return err_set(err, -ESTALE, "%s was overwritten while it was read", pages->name);
	return 0;
}

static int hold_memory(struct elf_pages *pages, uint64_t size, struct err *err)
{
	uint64_t before = atomic_fetch_add(&pages->memory_bytes, size);

	if (size <= MAX_MEMORY_BYTES && before <= MAX_MEMORY_BYTES - size)
		return 0;
	atomic_fetch_sub(&pages->memory_bytes, size);
	return err_set(err, -EFBIG, "%s: what is needed of it takes more than %llu GiB",
		       pages->name, MAX_MEMORY_BYTES >> 30);
}

int elf_pages_map(struct elf_pages *pages, uint64_t size, uint8_t **ret_bytes, struct err *err)
{
	int r;

	size = size > 0 ? size : 1; /* nothing has an address too */
	r = hold_memory(pages, size, err);
	if (r < 0)
		return r;
	r = map_zeros(pages->name, size, ret_bytes, err);
	if (r < 0)
		atomic_fetch_sub(&pages->memory_bytes, size);
	return r;
}

void elf_pages_unmap(struct elf_pages *pages, uint8_t *bytes, uint64_t size)
{
	size = size > 0 ? size : 1;
	munmap(bytes, size);
	atomic_fetch_sub(&pages->memory_bytes, size);
}

/*
 * One call gives many pages their memory; else pread takes a fault for each, which costs as much as
 * the copying. A kernel before 5.14 refuses, and takes the faults.
 */
static void populate(const struct elf_pages *pages, uint64_t start, uint64_t end)
{
#ifdef MADV_POPULATE_WRITE
	if (end - start >= POPULATE_BYTES_MIN)
		madvise(pages->bytes + start, end - start, MADV_POPULATE_WRITE);
#endif
}

/* Reads whole pages, which nobody looks at yet: the last may end with the file. */
static int read_pages(struct elf_pages *pages, uint64_t start, uint64_t end, struct err *err)
{
	if (end > pages->length)
		end = pages->length;
	populate(pages, start, end);
	while (start < end) {
		int got = elf_pages_read(pages, start, pages->bytes + start, end - start);

		if (got < 0)
			return err_set(err, got, "cannot read %s: %s", pages->name, strerror(-got));
		if (got == 0)
			return err_set(err, -EBADMSG,
				       "%s became shorter while it was read; was it replaced?",
				       pages->name);
		start += (uint64_t)got;
	}
	return 0;
}

/* Loads those of the word's pages in `wanted` that are missing. Its lock is held. */
static int load_word(struct elf_pages *pages, uint64_t word, uint64_t wanted, struct err *err)
{
	uint64_t missing =
		wanted & ~atomic_load_explicit(&pages->loaded[word], memory_order_relaxed);
	uint64_t memory = (uint64_t)__builtin_popcountll(missing) * PAGE_BYTES, run = missing;
	int r;

	if (missing == 0) /* another thread was faster */
		return 0;
	r = hold_memory(pages, memory, err);
	if (r < 0)
		return r;
	while (r == 0 && run != 0) {
		uint32_t first = (uint32_t)__builtin_ctzll(run), count;
		uint64_t rest = ~(run >> first);

		count = rest != 0 ? (uint32_t)__builtin_ctzll(rest) : WORD_PAGES;
		r = read_pages(pages, (word * WORD_PAGES + first) * PAGE_BYTES,
			       (word * WORD_PAGES + first + count) * PAGE_BYTES, err);
		run &= count + first < WORD_PAGES ? UINT64_MAX << (first + count) : 0;
	}
	if (r == 0)
		r = elf_pages_check_unchanged(pages, err);
	if (r == 0)
		atomic_fetch_or_explicit(&pages->loaded[word], missing, memory_order_release);
	else
		atomic_fetch_sub(&pages->memory_bytes, memory);
	return r;
}

/* Bits of the pages first to last that are in this word. */
static uint64_t get_word_mask(uint64_t word, uint64_t first_page, uint64_t last_page)
{
	uint64_t mask = UINT64_MAX;

	if (word == first_page / WORD_PAGES)
		mask &= UINT64_MAX << first_page % WORD_PAGES;
	if (word == last_page / WORD_PAGES)
		mask &= UINT64_MAX >> (WORD_PAGES - 1 - last_page % WORD_PAGES);
	return mask;
}

int elf_pages_load(struct elf_pages *pages, uint64_t file_offset, uint64_t size, struct err *err)
{
	uint64_t first, last;

	if (file_offset > pages->length || size > pages->length - file_offset)
		return err_set(err, -EBADMSG, "%s: %llu bytes at %llu are beyond its end at %zu",
			       pages->name, (unsigned long long)size,
			       (unsigned long long)file_offset, pages->length);
	if (size == 0 || pages->fd < 0)
		return 0;
	if (size > MAX_MEMORY_BYTES)
		return hold_memory(pages, size, err);
	first = file_offset / PAGE_BYTES;
	last = (file_offset + size - 1) / PAGE_BYTES;
	for (uint64_t word = first / WORD_PAGES; word <= last / WORD_PAGES; word++) {
		uint64_t wanted = get_word_mask(word, first, last);
		pthread_mutex_t *lock = &pages->locks[word % ELF_PAGES_LOCK_COUNT];
		int r;

		if ((wanted & ~atomic_load_explicit(&pages->loaded[word], memory_order_acquire)) ==
		    0)
			continue;
		pthread_mutex_lock(lock);
		r = load_word(pages, word, wanted, err);
		pthread_mutex_unlock(lock);
		if (r < 0)
			return r;
	}
	return 0;
}
