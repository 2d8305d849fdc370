/*
 * What the sections of a plan have in common: a table of keys says what each holds and where it
 * goes, and one set of sentences says what is wrong. A section is read with plan_reader_read_map(),
 * which refuses unknown keys, and then looks at its keys of kind PLAN_OTHER itself.
 *
 * A plan is read twice. As written: a text with a '$' is kept, a number with one keeps its default.
 * And as each arm sees it, with all variables replaced: then every value is checked.
 */
#ifndef LAB_PLAN_READER_H
#define LAB_PLAN_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab/plan_node.h"
#include "util/err.h"

struct plan_pair;

struct plan_reader {
	struct arena *arena;
	const char *name; /* of the file, for sentences */
	const char *arm;  /* whose variables were replaced; NULL = the plan as written */
	struct err *err;
};

enum plan_kind {
	PLAN_TEXT,     /* const char *, not empty, on one line */
	PLAN_BLOCK,    /* const char *, any text */
	PLAN_FIXED,    /* const char * for all arms alike: no variables */
	PLAN_U16,      /* uint16_t, min..max */
	PLAN_U32,      /* uint32_t, min..max */
	PLAN_COUNT,    /* as PLAN_U32, for all arms alike: no variables */
	PLAN_NUMBER,   /* double, min..max */
	PLAN_DURATION, /* uint64_t ns, min..max ns */
	PLAN_RATE,     /* double, events per second */
	PLAN_BOOL,     /* bool */
	PLAN_OTHER,    /* read by the section */
	PLAN_REFUSED,  /* not built yet; `hint` says what to use instead */
};

struct plan_field {
	const char *key;
	enum plan_kind kind;
	size_t offset;
	double min, max;
	const char *hint; /* may be NULL */
};

/* "FILE:LINE:COLUMN: sentence" (the sentence alone where there is no place); returns -EINVAL. */
int plan_reader_fail(const struct plan_reader *reader, const struct plan_node *node,
		     const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "'KEY' must be WHAT, not 'value'"; returns -EINVAL. */
int plan_reader_refuse(const struct plan_reader *reader, const struct plan_node *node,
		       const char *key, const char *what, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Reads the fields of a mapping into the struct at `base`; what is not stated stays as it is.
 * `where` names the section in sentences ("load", "a request"). The table ends with a NULL key.
 */
int plan_reader_read_map(const struct plan_reader *reader, const struct plan_node *node,
			 const char *where, const struct plan_field *fields, void *base);

/* One value, by its line of such a table. */
int plan_reader_read_field(const struct plan_reader *reader, const struct plan_node *node,
			   const struct plan_field *field, void *base);

/* The keys alone: that each is one of the fields. */
int plan_reader_check_keys(const struct plan_reader *reader, const struct plan_node *node,
			   const char *where, const struct plan_field *fields);

/*
 * The fields that the mapping has, whatever else it has: for keys that stand as PLAN_OTHER in the
 * section's table.
 */
int plan_reader_read_fields(const struct plan_reader *reader, const struct plan_node *node,
			    const struct plan_field *fields, void *base);

/*
 * A text node's text; lists, mappings and nothing at all are refused. May be empty or hold
 * variables.
 */
int plan_reader_read_text(const struct plan_reader *reader, const struct plan_node *node,
			  const char *key, const char **ret_text);

/* A mapping of names to texts, under `key`. */
int plan_reader_read_pairs(const struct plan_reader *reader, const struct plan_node *node,
			   const char *key, const struct plan_pair **ret_pairs,
			   uint32_t *ret_count);

/* A list of texts under `key`, each on one line, at most `max` of them. */
int plan_reader_read_texts(const struct plan_reader *reader, const struct plan_node *node,
			   const char *key, uint32_t max, const char ***ret_texts,
			   uint32_t *ret_count);

/*
 * Which of `words` (NULL-terminated, at most 8) the mapping's `key` is; *ret_word stays as it is
 * when the key is not there or holds a variable.
 */
int plan_reader_read_word(const struct plan_reader *reader, const struct plan_node *map,
			  const char *key, const char *const *words, uint32_t *ret_word);

/* The list under `key`, at most `max` items; -EINVAL when it is no list. */
int plan_reader_check_list(const struct plan_reader *reader, const struct plan_node *node,
			   const char *key, uint32_t max);

/*
 * Names that appear in ids and tables: letters, digits, '_', '.' and '-', up to 63 bytes. `what` is
 * "a service".
 */
int plan_reader_check_name(const struct plan_reader *reader, const struct plan_node *node,
			   const char *what, const char *name);

/* A text node's URL (wire/url.h), and whether it may have a path; an address HOST:PORT, :PORT or
 * unix:PATH. */
int plan_reader_check_url(const struct plan_reader *reader, const struct plan_node *node,
			  const char *key, bool may_have_path);
int plan_reader_check_address(const struct plan_reader *reader, const struct plan_node *node,
			      const char *key);

/* The text still holds variables: what it says is known only when an arm has replaced them. */
bool plan_reader_is_deferred(const struct plan_reader *reader, const char *text);

/* "; did you mean 'connections'?", or "" when no name is near. In the arena. */
const char *plan_reader_suggest(const struct plan_reader *reader, const char *word,
				const char *const *names);

/* The text in quotes, cut when it is long and without control characters. In the arena. */
const char *plan_reader_quote(const struct plan_reader *reader, const char *text);

#endif
