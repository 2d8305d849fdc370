/* CPU time and run-queue wait of the calling thread between two moments. */
#ifndef LOAD_CPU_WINDOW_H
#define LOAD_CPU_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

struct cpu_window {
	bool is_begun, is_over;
	/* of the window, once it is over; wait_ns 0 when the kernel does not say */
	uint64_t cpu_ns, wait_ns;
};

/* Of the calling thread since it began. */
void cpu_window_read(uint64_t *ret_cpu_ns, uint64_t *ret_wait_ns);

/* The first call counts, later ones do nothing; nor does an end without a begin. */
void cpu_window_begin(struct cpu_window *window);
void cpu_window_end(struct cpu_window *window);

#endif
