#include "report/sparkline.h"

#include "tap.h"

static struct strbuf buffer;

static const char *draw(const double *values, size_t count, uint32_t columns)
{
	strbuf_clear(&buffer);
	sparkline_add(&buffer, values, count, columns);
	return strbuf_text(&buffer);
}

int main(void)
{
	static const double rising[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
	static const double gap[] = {4, (double)NAN, 8, (double)INFINITY};
	static const double flat[] = {5, 5, 5};
	static const double zero[] = {0, 0};
	static const double below[] = {-3, 8};
	static const double pairs[] = {0, 2, 8, 8, (double)NAN, 4};

	strbuf_init(&buffer, STRBUF_MAX_DEFAULT);
	is_str(draw(rising, 9, 0), "▁▁▂▃▄▅▆▇█", "from zero to the greatest");
	is_str(draw(gap, 4, 0), "▄ █ ", "not finite is a blank");
	is_str(draw(flat, 3, 0), "███", "the scale begins at zero");
	is_str(draw(zero, 2, 0), "▁▁", "nothing but zero");
	is_str(draw(below, 2, 0), "▁█", "below zero is the lowest bar");
	is_str(draw(pairs, 6, 3), "▁█▄", "groups are averaged, over what is finite");
	is_str(draw(rising, 2, 10), "▁█", "fewer values than columns");
	is_str(draw(NULL, 0, 10), "", "no values");
	strbuf_release(&buffer);
	return tap_done();
}
