/*
 * Lines of numbers under tests/data/stats: what a reference computed. '#' begins a comment. Words
 * that are no numbers are skipped, except the first, which is kept.
 */
#ifndef STATS_VECTORS_H
#define STATS_VECTORS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "util/parse.h"

enum { VECTOR_NUMBERS = 256 };

struct vector_line {
	char word[16]; /* the first, when it is no number */
	double numbers[VECTOR_NUMBERS];
	uint32_t count;
};

static inline FILE *vectors_open(const char *name)
{
	const char *data = getenv("SONDE_TEST_DATA");
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/stats/%s", data != NULL ? data : "tests/data", name);
	file = fopen(path, "r");
	if (file == NULL) {
		printf("Bail out! cannot open %s\n", path);
		exit(1);
	}
	return file;
}

static inline bool vectors_next(FILE *file, struct vector_line *line)
{
	char text[8192], *rest = text, *word;

	do {
		if (fgets(text, sizeof(text), file) == NULL)
			return false;
	} while (text[0] == '#');
	*line = (struct vector_line){0};
	while ((word = strsep(&rest, " \n")) != NULL) {
		if (line->count < VECTOR_NUMBERS &&
		    parse_double(word, &line->numbers[line->count]) == 0)
			line->count++;
		else if (line->count == 0)
			snprintf(line->word, sizeof(line->word), "%s", word);
	}
	return true;
}

/* To within rounding of what both sides computed with doubles. */
static inline bool vectors_agree(double got, double want)
{
	return fabs(got - want) <= 1e-12 * fmax(fabs(want), fabs(got)) + 1e-15;
}

#endif
