#include "load/cpu_window.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "util/fd.h"
#include "util/strbuf.h"

/*
 * Of this thread so far. schedstat is "cpu_ns wait_ns slices"; not there without CONFIG_SCHED_INFO.
 */
static uint64_t read_wait_ns(void)
{
	struct strbuf text;
	uint64_t wait_ns = 0;
	const char *blank;

	strbuf_init(&text, 256);
	if (fd_read_file(AT_FDCWD, "/proc/thread-self/schedstat", &text) == 0) {
		blank = strchr(strbuf_text(&text), ' ');
		wait_ns = blank != NULL ? strtoull(blank + 1, NULL, 10) : 0;
	}
	strbuf_release(&text);
	return wait_ns;
}

void cpu_window_read(uint64_t *ret_cpu_ns, uint64_t *ret_wait_ns)
{
	*ret_wait_ns = read_wait_ns();
	*ret_cpu_ns = clock_thread_cpu_ns();
}

void cpu_window_begin(struct cpu_window *window)
{
	if (window->is_begun)
		return;
	window->is_begun = true;
	cpu_window_read(&window->cpu_ns, &window->wait_ns);
}

void cpu_window_end(struct cpu_window *window)
{
	if (!window->is_begun || window->is_over)
		return;
	window->is_over = true;
	window->cpu_ns = clock_thread_cpu_ns() - window->cpu_ns;
	window->wait_ns = read_wait_ns() - window->wait_ns;
}
