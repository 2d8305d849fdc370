/* Clocks. One unit inside sonde: nanoseconds; one time line: CLOCK_MONOTONIC. */
#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include <stdint.h>

#define NS_PER_US 1000u
#define NS_PER_MS 1000000u
#define NS_PER_S 1000000000u

uint64_t clock_now_ns(void);	    /* CLOCK_MONOTONIC: what everything is stamped with */
uint64_t clock_wall_ns(void);	    /* CLOCK_REALTIME, ns since 1970: for people only */
uint64_t clock_thread_cpu_ns(void); /* CPU time of the calling thread */

/* Sleeps until the monotonic time; returns early (with -EINTR) on a signal, else 0. */
int clock_sleep_until_ns(uint64_t time_ns);

#endif
