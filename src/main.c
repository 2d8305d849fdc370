/* sonde's door: finds the command and hands over; everything else is in cmd/. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/home.h"
#include "util/alloc.h"
#include "util/parse.h"

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

int main(int argc, char **argv)
{
	/* commands reorder theirs */
	const char **words = alloc_array((size_t)argc + 1, sizeof(*words));
	int status;

	for (int i = 0; i < argc; i++)
		words[i] = argv[i];
	status = dispatch(argc, words);
	free(words);
	return status;
}
