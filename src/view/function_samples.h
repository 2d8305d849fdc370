/*
 * Samples by function and replicate, of both sides of a comparison (profile_replicates.h): what
 * function_diff tests.
 *
 * Functions are the same on both sides by name and by their module's base name. The name is without
 * what a compiler adds to clones and parts of one function: ".cold", ".part.N", ".isra.N",
 * ".constprop.N", ".llvm.N", ".lto_priv.N", ".localalias", " [clone …]". Addresses are those of one
 * build, so that what has no name is one row of its module. And where only one of the sides knows a
 * module's names (the other was stripped), the whole module is one row: its functions would all
 * seem new, or gone.
 */
#ifndef VIEW_FUNCTION_SAMPLES_H
#define VIEW_FUNCTION_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "view/profile_replicates.h"

struct function_samples_row {
	const char *name;   /* without marks of clones; of what has no name "[module]" */
	const char *module; /* base name */
	bool is_kernel;
	bool is_nameless; /* all of a module that has no name */
	bool is_hidden;	  /* kernel time that rights hide: known of whole runs only */
	/* samples of stacks that it is in, by side: 0 = never seen there */
	double seen[PROFILE_SIDES];
};

struct function_samples {
	struct function_samples_row *rows;
	uint32_t count;
	double *counts;	       /* row-major, replicates->count each: self, or total */
	uint32_t merged_count; /* modules that are one row because a side lacks their names */
};

/* Reads the profiles of `replicates`, which were chosen and not read yet. */
int function_samples_read(struct function_samples *ret_samples, struct arena *arena,
			  struct profile_replicates *replicates, bool is_total, struct err *err);

/* Length of a function's name without the marks of clones and parts. */
size_t function_samples_measure_name(const char *name);

#endif
