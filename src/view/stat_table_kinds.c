/* The command lines of sysstat that --like takes. */
#include <errno.h>
#include <string.h>

#include "view/stat_table_parts.h"

enum option_name { OPTION_NONE, OPTION_THREADS, OPTION_IDLE, OPTION_PARTITIONS };

/* One letter of one program: a table, an option, or what is so anyway. */
struct letter {
	char letter;
	enum stat_table_kind kind; /* STAT_TABLE_COUNT = none */
	enum option_name option;
	bool takes_all; /* the word ALL may follow */
};

struct program {
	const char *name;
	const char *usage;
	const struct letter *letters; /* ends with letter 0 */
	enum stat_table_kind defaults[2];
};

static const struct letter pidstat_letters[] = {
	{'u', STAT_PIDSTAT_CPU},
	{'r', STAT_PIDSTAT_MEMORY},
	{'d', STAT_PIDSTAT_IO},
	{'w', STAT_PIDSTAT_SWITCHES},
	{'v', STAT_PIDSTAT_KERNEL},
	{'t', STAT_TABLE_COUNT, OPTION_THREADS},
	{'p', STAT_TABLE_COUNT, OPTION_IDLE, true},
	{0},
};

static const struct letter mpstat_letters[] = {
	{'u', STAT_MPSTAT},
	{'P', STAT_MPSTAT, OPTION_NONE, true},
	{0},
};

static const struct letter iostat_letters[] = {
	{'c', STAT_IOSTAT_CPU},
	{'d', STAT_IOSTAT},
	{'x', STAT_TABLE_COUNT},
	{'k', STAT_TABLE_COUNT},
	{'p', STAT_TABLE_COUNT, OPTION_PARTITIONS, true},
	{0},
};

static const struct program programs[] = {
	{"pidstat",
	 "-u -r -d -w -v, -t for threads, -p ALL for idle ones too",
	 pidstat_letters,
	 {STAT_PIDSTAT_CPU, STAT_PIDSTAT_CPU}},
	{"mpstat", "-P ALL", mpstat_letters, {STAT_MPSTAT, STAT_MPSTAT}},
	{"iostat", "-c -d -x, -p for partitions", iostat_letters, {STAT_IOSTAT_CPU, STAT_IOSTAT}},
};

/* What was understood so far. */
struct reading {
	const char *text; /* whole, for the sentences */
	const struct program *program;
	bool kinds[STAT_TABLE_COUNT];
	bool has_kinds;
	bool may_be_all;
	struct stat_table_options options;
};

struct word {
	const char *at;
	int length;
};

static struct word next_word(const char **text)
{
	size_t blanks = strspn(*text, " \t");
	struct word word = {*text + blanks, (int)strcspn(*text + blanks, " \t")};

	*text = word.at + word.length;
	return word;
}

static bool is_word(struct word word, const char *wanted)
{
	return (size_t)word.length == strlen(wanted) &&
	       memcmp(word.at, wanted, (size_t)word.length) == 0;
}

static int read_program(struct reading *reading, struct word word, struct err *err)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (is_word(word, programs[i].name))
			reading->program = &programs[i];
	if (reading->program == NULL)
		return err_set(err, -EINVAL,
			       "tables like '%.*s' are not known: pidstat, mpstat, iostat are",
			       word.length, word.at);
	return 0;
}

static int read_letter(struct reading *reading, char c, struct err *err)
{
	const struct letter *letter = reading->program->letters;

	while (letter->letter != 0 && letter->letter != c)
		letter++;
	if (letter->letter == 0)
		return err_set(err, -EINVAL, "'%s': -%c of %s is not known here: %s are",
			       reading->text, c, reading->program->name, reading->program->usage);
	if (letter->kind != STAT_TABLE_COUNT) {
		reading->kinds[letter->kind] = true;
		reading->has_kinds = true;
	}
	reading->options.has_threads |= letter->option == OPTION_THREADS;
	reading->options.has_idle |= letter->option == OPTION_IDLE;
	reading->options.has_partitions |= letter->option == OPTION_PARTITIONS;
	reading->may_be_all = letter->takes_all;
	return 0;
}

static int read_word(struct reading *reading, struct word word, struct err *err)
{
	int r = 0;

	if (reading->may_be_all && is_word(word, "ALL")) {
		reading->may_be_all = false;
		return 0;
	}
	if (word.length < 2 || word.at[0] != '-')
		return err_set(err, -EINVAL,
			       "'%s': what to watch and how often stands outside of it, as in"
			       " sonde stat -p PID --like '%s' 1 60",
			       reading->text, reading->program->name);
	for (int i = 1; i < word.length && r == 0; i++)
		r = read_letter(reading, word.at[i], err);
	return r;
}

int stat_table_parse_kinds(const char *text, bool kinds[static STAT_TABLE_COUNT],
			   struct stat_table_options *options, struct err *err)
{
	struct reading reading = {.text = text};
	const char *rest = text;
	int r = read_program(&reading, next_word(&rest), err);

	for (struct word word = {0}; r == 0; r = read_word(&reading, word, err)) {
		word = next_word(&rest);
		if (word.length == 0)
			break;
	}
	if (r < 0)
		return r;
	for (int i = 0; i < 2 && !reading.has_kinds; i++)
		kinds[reading.program->defaults[i]] = true;
	for (int i = 0; i < STAT_TABLE_COUNT; i++)
		kinds[i] |= reading.kinds[i];
	options->has_threads |= reading.options.has_threads;
	options->has_idle |= reading.options.has_idle;
	options->has_partitions |= reading.options.has_partitions;
	return 0;
}
