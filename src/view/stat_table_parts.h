/*
 * What the makers of rows share; for files stat_table*.c only. Arithmetic is in sysstat's own units
 * and order of operations, so that results are equal to the last digit.
 */
#ifndef VIEW_STAT_TABLE_PARTS_H
#define VIEW_STAT_TABLE_PARTS_H

#include <math.h>
#include <stdint.h>

#include "view/stat_table.h"

struct stat_window {
	const struct machine_sample *last; /* NULL = since boot */
	const struct machine_sample *now;
	const struct stat_table_options *options;
	struct arena *arena;
	double hundredths; /* length in 1/100 s, a whole number, at least 1 */
};

/* Each adds its rows to a table without any. */
void stat_table_add_tasks(struct stat_table *table, const struct stat_window *window);
void stat_table_add_cpus(struct stat_table *table, const struct stat_window *window);
void stat_table_add_cpu_average(struct stat_table *table, const struct stat_window *window);
void stat_table_add_disks(struct stat_table *table, const struct stat_window *window);

/* Room for the rows to come; each is then begun, and its cells are filled from left to right. */
void stat_table_reserve(struct stat_table *table, struct arena *arena, size_t row_count);

static inline struct stat_cell *stat_table_begin_row(struct stat_table *table)
{
	return &table->cells[(size_t)table->row_count++ * table->column_count];
}

static inline void stat_cell_put(struct stat_cell **cell, double value)
{
	*(*cell)++ = (struct stat_cell){.value = value};
}

static inline double stat_known(bool is_known, double value)
{
	return is_known ? value : (double)NAN;
}

static inline void stat_cell_put_text(struct stat_cell **cell, const char *text)
{
	*(*cell)++ = (struct stat_cell){.text = text, .value = (double)NAN};
}

/* NaN when it is not known at one of the ends. */
static inline double stat_growth(uint64_t last, uint64_t now)
{
	bool is_known = last != SAMPLE_UNKNOWN && now != SAMPLE_UNKNOWN;

	return stat_known(is_known, now > last ? (double)(now - last) : 0);
}

static inline uint64_t stat_ticks(uint64_t ns)
{
	return ns == SAMPLE_UNKNOWN ? SAMPLE_UNKNOWN : ns / SAMPLE_TICK_NS;
}

/* Events per second; of ticks, which are hundredths as well, the percentage of one CPU. */
static inline double stat_rate(const struct stat_window *window, double growth)
{
	return growth / window->hundredths * 100;
}

#endif
