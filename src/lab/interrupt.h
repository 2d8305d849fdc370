/*
 * Ctrl-C and SIGTERM as a number: the one mutable global of the tree. Once = finish in order and
 * keep what was measured; twice = at once; a third time the process ends where it stands (a script
 * that loops for ever), with what the store has, and the keeper ends the services. SIGPIPE is
 * ignored (a closed terminal or pipe must not end a measurement).
 */
#ifndef LAB_INTERRUPT_H
#define LAB_INTERRUPT_H

enum { INTERRUPT_GIVE_UP = 3 };

/* Installs the handlers; the main thread's blocking calls return early (EINTR) on a signal. */
void interrupt_install(void);

/* How many SIGINT, SIGTERM or SIGHUP have arrived. Any thread. */
int interrupt_get_count(void);

#endif
