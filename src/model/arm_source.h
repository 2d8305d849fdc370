/*
 * Where an arm of an experiment comes from: an arm of the plan with its variables, or a side of a
 * proof, which may be a revision, the working tree, a patch, another command. One a row of the
 * store's `arm`; the arm's name is what its runs carry. All texts belong to whoever made the
 * struct; "" = none.
 */
#ifndef MODEL_ARM_SOURCE_H
#define MODEL_ARM_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

enum arm_kind {
	ARM_PLAN,     /* arm:NAME, and what `run` makes of arms, matrix and loads */
	ARM_VARIABLE, /* var:k=v */
	ARM_COMMAND,  /* cmd:… */
	ARM_REVISION, /* rev:REVISION */
	ARM_TREE,     /* the working tree as it was when the proof began */
	ARM_PATCH,    /* patch:FILE, on top of HEAD */
};

enum { ARM_SOURCE_PATCH_BYTES = 1024 * 1024 };

struct arm_source {
	uint32_t place;	  /* of the arm, from 0: the first is the base */
	const char *name; /* "main~2", "working tree", "proxy": at most ARM_BYTES - 1 bytes */
	enum arm_kind kind;
	const char *word;     /* as typed: "rev:main~2"; "" = from the plan */
	const char *revision; /* full commit id; of a tree or patch: what it stands on */
	const char *subject;  /* first line of that commit's message */
	/* git's id of the tree that was built: equal ones are the same program */
	const char *content;
	/* the difference of a tree or patch to its revision, at most ARM_SOURCE_PATCH_BYTES */
	const char *patch;
	const char *vars; /* JSON object, values as text: {"workers": "12"}; "{}" = none */
};

/* "arm" "var" "cmd" "rev" "tree" "patch"; the store's words. */
const char *arm_kind_name(enum arm_kind kind);

/* Whether it is one of these words. */
bool arm_kind_parse(enum arm_kind *ret_kind, const char *word);

#endif
