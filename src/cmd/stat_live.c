#include "cmd/stat_live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/terminal.h"
#include "report/live_text.h"
#include "util/alloc.h"
#include "util/fd.h"

struct stat_live {
	struct terminal *terminal;
	int input_fd;
	struct live_text picture;
	char *name;
	struct strbuf shown;
	/* The last sight, or that of the pause: the lab's own changes with each interval. */
	struct machine_sample last, now;
	struct series_list series; /* one point each */
	uint64_t elapsed_ns;	   /* 0 = nothing was seen yet */
};

static void copy_sample(struct machine_sample *to, const struct machine_sample *from)
{
	struct machine_sample kept;

	machine_sample_clear(to);
	kept = *to;
	*to = *from;
	to->cpus = kept.cpus;
	to->disks = kept.disks;
	to->tasks = kept.tasks;
	for (size_t i = 0; i < from->cpus.count; i++)
		vec_push(&to->cpus, from->cpus.items[i]);
	for (size_t i = 0; i < from->tasks.count; i++)
		vec_push(&to->tasks, from->tasks.items[i]);
}

static void copy_last_points(struct series_list *to, const struct series_list *from)
{
	series_list_release(to);
	to->next = 0;
	for (size_t i = 0; i < from->count; i++) {
		const struct series *series = &from->items[i];
		const struct series_point *last;

		if (series->points.count == 0)
			continue;
		last = &series->points.items[series->points.count - 1];
		series_list_add(to, series->name, series->scope, series->unit, last->time_ns,
				last->value);
	}
}

static void draw(struct stat_live *live)
{
	struct text_layout layout;
	uint32_t rows;

	if (live->elapsed_ns == 0)
		return;
	terminal_measure(live->terminal, &layout, &rows);
	strbuf_clear(&live->shown);
	live_text_draw(&live->picture, &live->last, &live->now, &live->series,
		       (double)live->elapsed_ns / 1e9, &layout, rows, &live->shown);
	terminal_show(live->terminal, &live->shown);
}

static bool observe(void *context, const struct lab_sight *sight)
{
	struct stat_live *live = context;

	if (!sight->is_final && !live->picture.is_paused) {
		copy_sample(&live->last, sight->last);
		copy_sample(&live->now, sight->now);
		copy_last_points(&live->series, sight->series);
		live->elapsed_ns = sight->elapsed_ns;
	}
	if (!sight->is_final)
		draw(live); /* also of a pause: the terminal may have another size */
	return !terminal_is_closed(live->terminal);
}

static bool press(void *context)
{
	struct stat_live *live = context;
	struct terminal_key key;

	while (terminal_next_key(live->terminal, &key))
		if (!live_text_press(&live->picture, &key))
			return false;
	draw(live);
	return !terminal_is_closed(live->terminal);
}

int stat_live_open(struct stat_live **ret_live, struct lab_options *options, const char *name,
		   struct err *err)
{
	struct stat_live *live;
	struct lab_watch *watch = &options->watch;
	int r;

	live = alloc_new(struct stat_live);
	strbuf_init(&live->shown, 16 << 20);
	live->name = alloc_strdup(name);
	live->picture.name = live->name;
	live->input_fd = -1;
	r = terminal_open(&live->terminal, err);
	/* the lab takes 0, which it is, for none */
	if (r == 0)
		live->input_fd = fcntl(terminal_get_fd(live->terminal), F_DUPFD_CLOEXEC, 3);
	if (r == 0 && live->input_fd < 0)
		r = err_set(err, -errno, "cannot read keys: %s", strerror(errno));
	if (r < 0) {
		stat_live_close(live);
		return r;
	}
	watch->tables.has_cpus = watch->tables.has_io = true;
	watch->observe = observe;
	watch->press = press;
	watch->input_fd = live->input_fd;
	watch->context = live;
	*ret_live = live;
	return 0;
}

void stat_live_close(struct stat_live *live)
{
	if (live == NULL)
		return;
	terminal_close(live->terminal);
	fd_close(live->input_fd);
	strbuf_release(&live->shown);
	machine_sample_release(&live->last);
	machine_sample_release(&live->now);
	series_list_release(&live->series);
	free(live->name);
	free(live);
}
