/* sonde's door: finds the command and hands over; everything else is in cmd/. */
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/home.h"
#include "util/alloc.h"
#include "util/parse.h"

enum { MMAP_THRESHOLD_BYTES = 128 * 1024 };

static int refuse(const char *word)
{
	const char *names[64];
	size_t count = 0;
	const char *nearest;

	for (const char *const *name = cmd_get_later(); *name != NULL; name++) {
		if (strcmp(*name, word) == 0) {
			fprintf(stderr,
				"sonde: the command '%s' is not supported yet; `sonde help` lists "
				"those that are\n",
				word);
			return CMD_USAGE;
		}
	}
	for (const struct cmd *const *cmd = cmd_get_all(); *cmd != NULL && count < 63; cmd++)
		names[count++] = (*cmd)->name;
	names[count] = NULL;
	nearest = parse_find_nearest(word, names);
	fprintf(stderr, "sonde: there is no command '%s'%s%s%s `sonde help` lists them\n", word,
		nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
		nearest != NULL ? "'?" : ";");
	return CMD_USAGE;
}

static int dispatch(int argc, const char **words)
{
	const struct cmd *cmd;

	if (argc < 2)
		return home_show();
	if (strcmp(words[1], "--version") == 0 || strcmp(words[1], "-V") == 0) {
		printf("sonde %s\n", home_version());
		return CMD_OK;
	}
	if (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0)
		words[1] = "help";
	cmd = cmd_find(words[1]);
	return cmd != NULL ? cmd->run(cmd, argc - 2, words + 2) : refuse(words[1]);
}

/*
 * A closed standard descriptor would be the first that is free: a socket or the database would take
 * its place, and whatever is printed would go there. Its stand-in refuses what the closed one
 * would.
 */
static bool hold_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	/* commands reorder theirs */
	const char **words = alloc_array((size_t)argc + 1, sizeof(*words));
	int status;

	/* fixed, so that large zeroed blocks (histograms) stay memory that nobody has touched */
	mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES);
	for (int i = 0; i < argc; i++)
		words[i] = argv[i];
	status = hold_standard_descriptors() ? dispatch(argc, words) : CMD_NOT_MEASURED;
	free(words);
	return status;
}
