/*
 * Held against HdrHistogram 2.1.11's outputPercentileDistribution(System.out, 5, 1e6) of the same
 * values. The maximum and the mean are exact here, and a slot's value there (9.003, 5.899).
 */
#include "export/hgrm.h"

#include "fake_load.h"
#include "tap.h"

#define MS 1000000u

static const char rows_java[] = "       Value     Percentile TotalCount 1/(1-Percentile)\n"
				"\n"
				"       1.000 0.000000000000          3           1.00\n"
				"       1.000 0.100000000000          3           1.11\n"
				"       1.000 0.200000000000          3           1.25\n"
				"       1.000 0.300000000000          3           1.43\n"
				"       2.001 0.400000000000          4           1.67\n"
				"       9.000 0.500000000000         10           2.00\n"
				"       9.000 1.000000000000         10\n"
				"#[Mean    =        5.900, StdDeviation   =        3.806]\n"
				"#[Max     =        9.000, Total count    =           10]\n"
				"#[Buckets =           32, SubBuckets     =         2048]\n";
static const char rows_c[] = "       Value   Percentile   TotalCount 1/(1-Percentile)\n"
			     "\n"
			     "       1.000     0.000000            3         1.00\n"
			     "       1.000     0.100000            3         1.11\n"
			     "       1.000     0.200000            3         1.25\n"
			     "       1.000     0.300000            3         1.43\n"
			     "       2.001     0.400000            4         1.67\n"
			     "       9.000     0.500000           10         2.00\n"
			     "       9.000     1.000000           10          inf\n"
			     "#[Mean    =        5.900, StdDeviation   =        3.806]\n"
			     "#[Max     =        9.000, Total count    =           10]\n"
			     "#[Buckets =           32, SubBuckets     =         2048]\n";

static void test_answers(void)
{
	struct fake_load fake;
	struct strbuf text;

	fake_load_init(&fake);
	fake_load_add(&fake, 0, 1 * MS, 3);
	fake_load_add(&fake, 1, 2 * MS, 1);
	fake_load_add(&fake, 2, 9 * MS, 6);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	hgrm_write(&text, &fake.view.total);
	is_str(strbuf_text(&text), rows_java, "the Java library's form");
	strbuf_clear(&text);
	hgrm_write_c(&text, &fake.view.total);
	is_str(strbuf_text(&text), rows_c, "the C library's");
	strbuf_release(&text);
	fake_load_release(&fake);
}

static void test_rest(void)
{
	struct fake_load fake;
	struct strbuf text;

	fake_load_init(&fake);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	hgrm_write(&text, &fake.view.total);
	is_str(strbuf_text(&text),
	       "       Value     Percentile TotalCount 1/(1-Percentile)\n"
	       "\n"
	       "#[Mean    =        0.000, StdDeviation   =        0.000]\n"
	       "#[Max     =        0.000, Total count    =            0]\n"
	       "#[Buckets =           32, SubBuckets     =         2048]\n",
	       "nothing");
	strbuf_clear(&text);
	fake_load_add(&fake, 0, 1 * MS, 1);
	fake_load_give_up(&fake, 2000 * MS, 1);
	hgrm_write(&text, &fake.view.total);
	is_str(strbuf_text(&text),
	       "       Value     Percentile TotalCount 1/(1-Percentile)\n"
	       "\n"
	       "       1.000 0.000000000000          1           1.00\n"
	       "       1.000 0.100000000000          1           1.11\n"
	       "       1.000 0.200000000000          1           1.25\n"
	       "       1.000 0.300000000000          1           1.43\n"
	       "       1.000 0.400000000000          1           1.67\n"
	       "       1.000 0.500000000000          1           2.00\n"
	       "    2000.000 0.550000000000          1           2.22\n"
	       "    2000.000 1.000000000000          1\n"
	       "#[Mean    =        1.000, StdDeviation   =        0.000]\n"
	       "#[Max     =     2000.000, Total count    =            1]\n"
	       "#[Buckets =           32, SubBuckets     =         2048]\n",
	       "what was given up on stands at its age");
	strbuf_release(&text);
	fake_load_release(&fake);
}

int main(void)
{
	test_answers();
	test_rest();
	return tap_done();
}
