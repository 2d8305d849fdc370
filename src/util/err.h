/*
 * Errors that say what to do: a negative errno as the return value, and one sentence for the user
 * in a fixed buffer. `struct err *` is the last parameter where a number alone would not help, and
 * may be NULL.
 *
 *	return err_set(err, -ENOENT, "no run '%s' in %s", name, path);
 *
 * Nothing below cmd/ prints; the sentence travels up unchanged, or with context put before it by
 * err_prefix().
 */
#ifndef UTIL_ERR_H
#define UTIL_ERR_H

struct err {
	int code;	 /* negative errno, 0 = none */
	char text[1024]; /* one sentence without a final newline; longer ones are cut */
};

/* Stores the sentence (when err is not NULL) and returns `code`, a negative errno. */
int err_set(struct err *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Puts context before an existing sentence: "plan.yaml: " + text. Returns err's code, or `code`
 * when err is NULL.
 */
int err_prefix(struct err *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The sentence; a general one for the code when none was set. Valid until err changes. */
const char *err_text(const struct err *err);

#endif
