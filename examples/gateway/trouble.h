/*
 * trouble: one sentence for the user, set where something is wrong and printed where the program
 * ends. Functions return 0 or a negative errno; those whose number would not tell what to do also
 * take one of these.
 */
#ifndef GATEWAY_TROUBLE_H
#define GATEWAY_TROUBLE_H

struct trouble {
	char text[1024];
};

/*
 * Sets the sentence and returns `code`, so that a failure is one statement. A NULL trouble is
 * allowed.
 */
int trouble_set(struct trouble *trouble, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
