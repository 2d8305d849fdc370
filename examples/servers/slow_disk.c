/*
 * Each request writes 4 MiB to a file in the current folder, past the page cache, and waits until
 * the disk has it.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "serve.h"

enum { BLOCK_BYTES = 4 << 20, BLOCKS = 16 };

static _Alignas(4096) char block[BLOCK_BYTES];
static int file;

static int answer(void)
{
	static atomic_uint next;
	off_t offset = (off_t)(atomic_fetch_add(&next, 1) % BLOCKS) * BLOCK_BYTES;

	return pwrite(file, block, sizeof(block), offset) == sizeof(block) ? 200 : 503;
}

int main(int argc, char **argv)
{
	file = open(".", O_TMPFILE | O_WRONLY | O_DIRECT | O_DSYNC, 0600);
	if (file < 0) {
		perror("slow_disk: a file in this folder");
		return 1;
	}
	return serve_main(&(struct serve){.answer = answer, .thread_count = 32}, argc, argv);
}
