#include "model/series.h"

#include "tap.h"

int main(void)
{
	static const char longer[] = "process.a_name_that_is_longer_than_the_field_that_holds_it";
	struct series_list list = {0};
	const struct series *series;

	ok(series_list_find(&list, "cpu", "") == NULL, "nothing is in an empty list");
	for (uint64_t i = 0; i < 100; i++) {
		series_list_add(&list, "cpu", "gateway", SERIES_RATIO, i * 1000, 0.5 * (double)i);
		series_list_add(&list, "cpu", "workers", SERIES_RATIO, i * 1000, 1.0);
		series_list_add(&list, "rss", "gateway", SERIES_BYTES, i * 1000, 4096);
	}
	is_int(list.count, 3, "name and scope make a series");
	series = series_list_find(&list, "cpu", "gateway");
	ok(series != NULL && series->points.count == 100 && series->unit == SERIES_RATIO,
	   "with all its points");
	ok(series != NULL && series->points.items[99].time_ns == 99000 &&
		   series->points.items[99].value > 49.0,
	   "in their order");
	ok(series_list_find(&list, "rss", "workers") == NULL, "another scope is another series");
	ok(series_list_find(&list, "cp", "gateway") == NULL, "so is a part of a name");
	series_list_add(&list, longer, "", SERIES_COUNT, 1, 1);
	series_list_add(&list, longer, "", SERIES_COUNT, 2, 2);
	series = series_list_find(&list, longer, "");
	ok(series != NULL && series->points.count == 2, "a name that is cut is still one series");
	is_str(series_unit_name(SERIES_PER_SECOND), "per_s", "a unit's name");
	is_str(series_unit_name(SERIES_NS), "ns", "another one's");
	series_list_release(&list);
	ok(list.count == 0, "released");
	return tap_done();
}
