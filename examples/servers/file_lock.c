/*
 * Four processes that lock the same file for 1 ms of each request. As SQLite with a busy timeout
 * does it: where the lock is refused, sleep, longer each time, and try again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "serve.h"

static int file;

static int set_lock(short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

	return fcntl(file, F_SETLK, &lock);
}

static int answer(void)
{
	static const unsigned delays_ms[] = {1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100};
	const unsigned count = sizeof(delays_ms) / sizeof(delays_ms[0]);

	for (unsigned tries = 0; set_lock(F_WRLCK) < 0; tries++) {
		if (errno != EAGAIN && errno != EACCES)
			return 503;
		serve_sleep(1000 * delays_ms[tries < count ? tries : count - 1]);
	}
	serve_work(1000);
	set_lock(F_UNLCK);
	return 200;
}

int main(int argc, char **argv)
{
	FILE *database = tmpfile();

	if (database == NULL) {
		perror("file_lock: tmpfile");
		return 1;
	}
	file = fileno(database);
	return serve_main(&(struct serve){.answer = answer, .thread_count = 1, .process_count = 4},
			  argc, argv);
}
