/* Loads of one service in rows, and where throughput stops rising. */
#include "report/load_rows.h"

#include <string.h>

#include "tap.h"

enum { SIDES_MAX = 6 };

static struct run_summary_side sides[SIDES_MAX];
static struct run_summary summary = {.sides = sides};

static void begin(void)
{
	for (uint32_t i = 0; i < summary.side_count; i++) {
		histogram_free(sides[i].load.total.response);
		sides[i] = (struct run_summary_side){0};
	}
	summary.side_count = 0;
}

/* Ten seconds of a load. rate_hz 0 = closed loop. */
static void add_side(const char *label, uint32_t connections, double rate_hz, uint64_t answered)
{
	struct run_summary_side *side = &sides[summary.side_count++];
	struct load_view *load = &side->load;

	side->label = label;
	side->has_load = true;
	*load = (struct load_view){.mode = rate_hz > 0 ? "open" : "closed",
				   .connections = connections,
				   .duration_ns = UINT64_C(10000000000),
				   .run_count = 1,
				   .is_judged = true,
				   .schedule = label};
	load->total.counts = (struct load_counts){
		.offered = (uint64_t)(rate_hz * 10), .answered = answered, .completed = answered};
	load->total.response = histogram_new();
	histogram_record_count(load->total.response, 2000000, answered);
}

static void is_text(const char *want, const char *name)
{
	const struct text_layout layout = {.columns = 80};
	struct strbuf text;

	strbuf_init(&text, 1 << 16);
	load_rows_format(&text, &summary, &layout);
	load_rows_format_conclusion(&text, &summary, &layout);
	is_str(strbuf_text(&text), want, name);
	strbuf_release(&text);
}

static void test_closed(void)
{
	begin();
	add_side("light", 10, 0, 100000);
	add_side("medium", 50, 0, 200000);
	add_side("heavy", 500, 0, 208000);
	add_side("huge", 1000, 0, 205000);
	sides[3].load.validity = VALIDITY_SUSPECT;
	is_text("load    conns  offered/s  answered/s      p50      p99  CPU/req  verdict\n"
		"light      10                 10,000  2.00 ms  2.00 ms           VALID\n"
		"medium     50                 20,000  2.00 ms  2.00 ms           VALID\n"
		"heavy     500                 20,800  2.00 ms  2.00 ms           VALID\n"
		"  ↑ throughput stops rising here\n"
		"huge    1,000                 20,500  2.00 ms  2.00 ms           SUSPECT\n"
		"at most 20,800 answers/s (heavy); throughput stops rising at heavy.\n"
		"With care: the load of huge was SUSPECT.\n",
		"less than 5 % more: marked once");
}

static void test_rising(void)
{
	begin();
	add_side("a", 10, 0, 100000);
	add_side("b", 50, 0, 105000);
	is_text("load  conns  offered/s  answered/s      p50      p99  CPU/req  verdict\n"
		"a        10                 10,000  2.00 ms  2.00 ms           VALID\n"
		"b        50                 10,500  2.00 ms  2.00 ms           VALID\n"
		"at most 10,500 answers/s (b); throughput still rises there.\n",
		"5 % more is a rise");
}

static void test_less_offered(void)
{
	begin();
	add_side("big", 50, 0, 100000);
	add_side("small", 10, 0, 90000);
	is_text("load   conns  offered/s  answered/s      p50      p99  CPU/req  verdict\n"
		"big       50                 10,000  2.00 ms  2.00 ms           VALID\n"
		"small     10                  9,000  2.00 ms  2.00 ms           VALID\n"
		"at most 10,000 answers/s (big).\n",
		"less load that answers less is no end of a rise");
}

/* Rows of the other arm stand between. */
static void test_arms(void)
{
	begin();
	add_side("proxy:low", 100, 1000, 10000);
	add_side("copy:low", 100, 1000, 10000);
	add_side("proxy:high", 100, 2000, 10100);
	add_side("copy:high", 100, 2000, 20000);
	is_text("load        conns  offered/s  answered/s      p50      p99  CPU/req  verdict\n"
		"proxy:low     100      1,000       1,000  2.00 ms  2.00 ms           VALID\n"
		"copy:low      100      1,000       1,000  2.00 ms  2.00 ms           VALID\n"
		"proxy:high    100      2,000       1,010  2.00 ms  2.00 ms           VALID\n"
		"  ↑ throughput stops rising here\n"
		"copy:high     100      2,000       2,000  2.00 ms  2.00 ms           VALID\n"
		"proxy: at most 1,010 answers/s (proxy:high); throughput stops rising at\n"
		"  proxy:high.\n"
		"copy: at most 2,000 answers/s (copy:high); throughput still rises there.\n",
		"each arm by itself");
}

static void test_has_loads(void)
{
	ok(run_summary_has_loads(&summary), "schedules differ: loads");
	sides[2].load.schedule = sides[1].load.schedule;
	ok(run_summary_has_loads(&summary), "another arm may have the same one");
	sides[2].load.schedule = sides[0].load.schedule;
	ok(!run_summary_has_loads(&summary), "the same arm may not");
	sides[2].load.schedule = "high";
	sides[3].has_load = false;
	ok(!run_summary_has_loads(&summary), "one without load");
	sides[3].has_load = true;
	summary.side_count = 2;
	ok(!run_summary_has_loads(&summary), "two arms with a load each are to be compared");
	summary.side_count = 1;
	ok(!run_summary_has_loads(&summary), "one is none");
	summary.side_count = 4;
}

int main(void)
{
	test_closed();
	test_rising();
	test_less_offered();
	test_arms();
	test_has_loads();
	begin();
	return tap_done();
}
