/*
 * TAP for unit tests: ok() counts and prints, tap_done() ends the program's main. Macros, so that a
 * failure names its own line and shows both values.
 */
#ifndef TAP_H
#define TAP_H

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int tap_count;
static int tap_failed;

static inline bool tap_report(bool passed, const char *what, const char *file, int line)
{
	printf("%s %d - ", passed ? "ok" : "not ok", ++tap_count);
	for (; *what != '\0'; what++) /* one line, whatever the words hold */
		putchar(*what == '\n' || *what == '\r' ? ' ' : *what);
	putchar('\n');
	if (!passed) {
		tap_failed++;
		printf("# failed at %s:%d\n", file, line);
	}
	return passed;
}

#define ok(condition, what) tap_report((condition), (what), __FILE__, __LINE__)

#define is_int(got, want, what)                                                                    \
	do {                                                                                       \
		int64_t got_ = (int64_t)(got), want_ = (int64_t)(want);                            \
		if (!ok(got_ == want_, what))                                                      \
			printf("#  got %" PRId64 "\n# want %" PRId64 "\n", got_, want_);           \
	} while (0)

#define is_str(got, want, what)                                                                    \
	do {                                                                                       \
		const char *got_ = (got), *want_ = (want);                                         \
		if (!ok(got_ != NULL && strcmp(got_, want_) == 0, what))                           \
			printf("#  got '%s'\n# want '%s'\n", got_ ? got_ : "(null)", want_);       \
	} while (0)

/* `tolerance` is absolute. */
#define is_near(got, want, tolerance, what)                                                        \
	do {                                                                                       \
		double got_ = (got), want_ = (want);                                               \
		if (!ok(fabs(got_ - want_) <= (tolerance), what))                                  \
			printf("#  got %.17g\n# want %.17g\n", got_, want_);                       \
	} while (0)

static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed == 0 ? 0 : 1;
}

#endif
