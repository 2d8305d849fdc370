#include "store/owner.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/fd.h"
#include "util/strbuf.h"

static void read_boot_id(char boot[static 40])
{
	struct strbuf text;

	strbuf_init(&text, 64);
	fd_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", &text);
	snprintf(boot, 40, "%.36s", strbuf_text(&text));
	strbuf_release(&text);
}

/*
 * Field 22 of /proc/PID/stat, counted behind the last ')'; -1 when there is no such process, or
 * only what is left of it until somebody waits for it (state Z).
 */
static int64_t read_start(int64_t pid)
{
	struct strbuf text;
	char path[64];
	const char *at;
	int64_t start = -1;

	strbuf_init(&text, 4096);
	snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	if (fd_read_file(AT_FDCWD, path, &text) == 0) {
		at = strrchr(strbuf_text(&text), ')');
		if (at != NULL && strncmp(at, ") Z", 3) == 0)
			at = NULL;
		for (int field = 2; at != NULL && field < 22; field++) {
			at = strchr(at, ' ');
			at = at != NULL ? at + 1 : NULL;
		}
		if (at != NULL)
			start = strtoll(at, NULL, 10);
	}
	strbuf_release(&text);
	return start;
}

void owner_get_self(struct owner *ret_owner)
{
	ret_owner->pid = getpid();
	ret_owner->start = read_start(ret_owner->pid);
	read_boot_id(ret_owner->boot);
}

bool owner_is_alive(const struct owner *owner)
{
	char boot[40];

	read_boot_id(boot);
	return strcmp(boot, owner->boot) == 0 && read_start(owner->pid) == owner->start &&
	       owner->start >= 0;
}
