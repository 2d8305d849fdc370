/*
 * Where the C library starts threads and main, as addresses: distributions strip the names of those
 * functions (glibc's start_thread and __libc_start_call_main are local symbols). Found by asking
 * our own: a thread's first function and main know whom they would return to. Holds for every
 * process that maps the same file.
 */
#ifndef PROFILE_START_SITE_H
#define PROFILE_START_SITE_H

#include <stdint.h>

/*
 * The return address, in this process, of a thread's first function; 0 when no thread can be made.
 */
uint64_t start_site_find_thread(void);

/* Likewise of main; 0 when the caller is not on the main thread, or nothing can be said. */
uint64_t start_site_find_main(void);

#endif
