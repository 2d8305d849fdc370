/* Bare `sonde`: where one stands, and what to type next. */
#ifndef CMD_HOME_H
#define CMD_HOME_H

/*
 * The last experiment in five lines and the next commands; without a store, what to type first.
 * Returns the exit status.
 */
int home_show(void);

/* SONDE_VERSION, from the build. */
const char *home_version(void);

#endif
