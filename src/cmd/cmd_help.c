#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd_list.h"
#include "util/parse.h"

static void print_overview(void)
{
	static const char *const groups[] = {"measure", "look", "decide", "keep", "machine"};

	puts("sonde: a performance lab for servers: starts a service, loads it, profiles it, "
	     "watches it,\n"
	     "stores the run, and compares it with other runs.\n\n"
	     "Usage: sonde COMMAND [options]      `sonde COMMAND --help` for each; `man sonde`");
	for (size_t group = 0; group < sizeof(groups) / sizeof(groups[0]); group++) {
		printf("\n%s\n", groups[group]);
		for (const struct cmd *const *cmd = cmd_get_all(); *cmd != NULL; cmd++)
			if (strcmp((*cmd)->group, groups[group]) == 0)
				printf("  %-9s %s\n", (*cmd)->name, (*cmd)->summary);
	}
	printf("\nnot supported yet:");
	for (const char *const *name = cmd_get_later(); *name != NULL; name++)
		printf(" %s", *name);
	puts("");
}

static int run_help(const struct cmd *cmd, int argc, const char **argv)
{
	static const char *const help[] = {"--help", NULL};
	const struct cmd *about;

	if (argc == 0 || strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
		print_overview();
		return CMD_OK;
	}
	about = cmd_find(argv[0]);
	if (about == NULL || about == cmd) {
		fprintf(stderr, "sonde help: there is no command '%s'; `sonde help` lists them\n",
			argv[0]);
		return CMD_USAGE;
	}
	memcpy(argv, help, sizeof(help[0])); /* argv has at least this one word */
	return about->run(about, 1, argv);
}

const struct cmd cmd_help = {
	.name = "help",
	.group = "machine",
	.summary = "this list; `sonde help COMMAND`",
	.usage = "Usage: sonde help [COMMAND]",
	.run = run_help,
};
