/*
 * How often the verdicts are wrong, and how often they see what is there, by simulation of the very
 * code that judges runs. Prints tables; takes a minute or two.
 *
 *	verdicts [TRIALS]		rates
 *	verdicts --constants [TRIALS]	the table of stats/sequential.c
 */
#include "verdicts.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "util/parse.h"
#include "verdicts_functions.h"

enum { TRIALS = 50000, CONSTANT_TRIALS = 1000000, MOST_TRIALS = 10000000 };

/* The paths to a verdict, in the order in which they are printed. */
static const struct {
	void (*print)(uint32_t trials);
	uint32_t share; /* of the trials, 1 / share: what takes longer does with fewer */
} paths[] = {
	{verdicts_print_errors, 1},	   {verdicts_print_power, 1},
	{verdicts_print_looks, 1},	   {verdicts_print_functions, 40},
	{verdicts_print_changepoints, 20},
};

int main(int argc, char **argv)
{
	bool is_constants = argc > 1 && strcmp(argv[1], "--constants") == 0;
	const char *text = argc > 1 + is_constants ? argv[1 + is_constants] : NULL;
	uint64_t trials = is_constants ? CONSTANT_TRIALS : TRIALS;

	if (argc > 2 + is_constants || (text != NULL && (parse_u64(text, &trials) < 0 ||
							 trials < 100 || trials > MOST_TRIALS))) {
		fprintf(stderr, "usage: verdicts [--constants] [TRIALS, 100 to %d]\n", MOST_TRIALS);
		return 64;
	}
	if (is_constants) {
		verdicts_print_constants((uint32_t)trials);
		return 0;
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		paths[i].print((uint32_t)trials / paths[i].share);
	return 0;
}
