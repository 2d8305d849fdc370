/*
 * Runs a fuzz target over its corpus without a fuzzer: each file as it is, then cut at every length
 * up to 256 and at 64 places beyond, then with seeded single-byte changes. Deterministic: a failure
 * names the file and the change.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state = 0x9e3779b97f4a7c15u;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/*
 * Each input gets an allocation of its exact size, so that AddressSanitizer sees a read one past
 * its end.
 */
static void run_one(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void run_variants(uint8_t *data, size_t size)
{
	for (size_t cut = 0; cut < size && cut < 256; cut++)
		run_one(data, cut);
	for (int i = 0; size > 256 && i < 64; i++)
		run_one(data, (size_t)(next_random() % size));
	for (int i = 0; size > 0 && i < 512; i++) {
		size_t at = (size_t)(next_random() % size);
		uint8_t old = data[at];

		data[at] = (uint8_t)next_random();
		run_one(data, size);
		data[at] = old;
	}
}

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	size_t size;

	if (file == NULL)
		return -1;
	data = malloc(1u << 20);
	if (data == NULL)
		abort();
	size = fread(data, 1, 1u << 20, file);
	fclose(file);
	printf("# %s (%zu bytes)\n", path, size);
	fflush(stdout);
	run_one(data, size);
	run_variants(data, size);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	int files = 0;
	DIR *dir;
	struct dirent *entry;

	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
		return 64;
	}
	dir = opendir(argv[1]);
	if (dir == NULL) {
		perror(argv[1]);
		return 1;
	}
	while ((entry = readdir(dir)) != NULL) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		files += replay_file(path) == 0;
	}
	closedir(dir);
	printf("# %d corpus files replayed\n", files);
	return files > 0 ? 0 : 1;
}
