/*
 * Programs made by the system's compiler while the test runs, in a folder of their own that is
 * removed at the end.
 */
#ifndef COMPILE_H
#define COMPILE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/fd.h"

struct compile {
	char dir[64];
};

static inline bool compile_init(struct compile *compile)
{
	snprintf(compile->dir, sizeof(compile->dir), "/tmp/sonde_compile_XXXXXX");
	return mkdtemp(compile->dir) != NULL;
}

/* A shell command in the folder; false when it fails. */
static inline bool compile_run(const struct compile *compile, const char *command)
{
	scoped_free char *line =
		alloc_printf("cd '%s' && ( %s ) >/dev/null 2>&1", compile->dir, command);

	return system(line) == 0;
}

static inline char *compile_path(const struct compile *compile, const char *name)
{
	return alloc_printf("%s/%s", compile->dir, name);
}

static inline bool compile_write(const struct compile *compile, const char *name, const char *text)
{
	scoped_free char *path = compile_path(compile, name);

	return fd_replace_file(path, text, strlen(text), NULL) == 0;
}

static inline void compile_release(const struct compile *compile)
{
	scoped_free char *line = alloc_printf("rm -rf '%s'", compile->dir);

	if (strncmp(compile->dir, "/tmp/sonde_compile_", 19) == 0 && system(line) != 0)
		printf("# cannot remove %s\n", compile->dir);
}

#endif
