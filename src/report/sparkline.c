#include "report/sparkline.h"

#include <math.h>

/* The mean of those values of a group that are finite; NAN without any. */
static double get_group_mean(const double *values, size_t begin, size_t end)
{
	double sum = 0;
	size_t count = 0;

	for (size_t i = begin; i < end; i++) {
		if (isfinite(values[i])) {
			sum += values[i];
			count++;
		}
	}
	return count > 0 ? sum / (double)count : (double)NAN;
}

static void add_bar(struct strbuf *buffer, double value, double greatest)
{
	static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	double level;

	if (!isfinite(value)) {
		strbuf_add_char(buffer, ' ');
		return;
	}
	level = value > 0 ? ceil(value / greatest * 8) - 1 : 0;
	strbuf_add_text(buffer, bars[level > 7 ? 7 : level < 0 ? 0 : (int)level]);
}

void sparkline_add(struct strbuf *buffer, const double *values, size_t count, uint32_t columns)
{
	size_t groups = columns > 0 && columns < count ? columns : count;
	double greatest = 0;

	for (size_t i = 0; i < groups; i++) {
		double mean = get_group_mean(values, i * count / groups, (i + 1) * count / groups);

		if (mean > greatest)
			greatest = mean;
	}
	for (size_t i = 0; i < groups; i++)
		add_bar(buffer,
			get_group_mean(values, i * count / groups, (i + 1) * count / groups),
			greatest);
}
