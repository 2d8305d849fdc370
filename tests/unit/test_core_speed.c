/* What a proof says of CPUs that were not equally fast. */
#include "view/core_speed.h"

#include "sample_view.h"

static struct sample_view view;

static const char *describe(void)
{
	const char *sentence = NULL;
	struct err err = {0};

	sample_view_select(&view, "@last");
	sample_check(core_speed_describe(&sentence, &view.arena, &view.selection, &err), &err);
	return sentence;
}

int main(void)
{
	sample_view_open(&view);
	is_str(describe(), "", "nothing where it was not measured");
	sample_store_sql(&view.sample, "INSERT INTO metric SELECT key, 'core_loop', '', 8700 FROM "
				       "run");
	is_str(describe(), "", "nor where all runs were alike");
	sample_store_sql(&view.sample,
			 "UPDATE metric SET value = 15000 WHERE name = 'core_loop' AND run = "
			 "(SELECT min(key) FROM run WHERE pair = 2)");
	is_str(describe(),
	       "the services' CPUs were not equally fast: a fixed loop took 8.70 us in one run, "
	       "8.70 us in the median and 15.0 us in another; the machine shares its cores with "
	       "something that it does not see, or its clock changes",
	       "one run was slow");
	sample_store_sql(&view.sample, "UPDATE run SET rejected = 'slow' WHERE pair = 2");
	is_str(describe(), "", "what was thrown away is not spoken of");
	sample_store_sql(&view.sample, "UPDATE metric SET value = 0 WHERE name = 'core_loop'");
	is_str(describe(), "", "and zeroes are none");
	sample_view_close(&view);
	return tap_done();
}
