/* What is typed for a side of a proof: a kind and a value. */
#ifndef LAB_SIDE_WORD_H
#define LAB_SIDE_WORD_H

#include "lab/side.h"

/*
 * "rev:main" is a revision, and so is "main" when no arm and no file has that name. ret_value
 * points into the word; it may be wrong or "". -EINVAL: several meanings; -ENOENT: none.
 */
int side_word_parse(const struct side_setup *setup, const char *word, enum arm_kind *ret_kind,
		    const char **ret_value, struct err *err);

/* The word with its prefix, so that it has one meaning. Caller frees. */
char *side_word_format(enum arm_kind kind, const char *value);

#endif
