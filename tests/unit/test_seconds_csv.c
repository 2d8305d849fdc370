#include "export/seconds_csv.h"

#include "fake_load.h"
#include "tap.h"

static const char header[] =
	"second,offered,answered,connect,timeout,protocol,unanswered,status,expect,rate_rps,"
	"bytes_in,bytes_out,p50_ns,p90_ns,p99_ns,max_ns,in_flight\n";

static void test_rows(void)
{
	char want[1024];
	struct fake_load fake;
	struct strbuf csv;

	fake_load_init(&fake);
	fake_load_add(&fake, 0, 2000, 1000);
	fake_load_add(&fake, 2, 3000003, 100);
	fake.seconds[1].counts.offered = 6;
	for (int i = 0; i < LOAD_ERROR_COUNT; i++)
		fake.seconds[1].counts.errors[i] = (uint64_t)i + 1;
	fake.seconds[2].counts.bytes_out = 77;
	strbuf_init(&csv, STRBUF_MAX_DEFAULT);
	seconds_csv_write(&csv, &fake.view);
	snprintf(want, sizeof(want), "%s%s", header,
		 "0,1000,1000,0,0,0,0,0,0,1000.000,100000,0,2000,2000,2000,2000,\n"
		 "1,6,0,1,2,3,4,5,6,0.000,0,0,,,,,\n"
		 "2,100,100,0,0,0,0,0,0,200.000,10000,77,3000003,3000003,,3000003,\n");
	is_str(strbuf_text(&csv), want, "what is unknown or not earned is empty; half a second");
	strbuf_clear(&csv);
	fake.view.has_generator = true;
	fake.seconds[0].in_flight = 4;
	fake.seconds[2].in_flight = 2;
	fake.view.run_count = 2;
	fake.view.duration_ns *= 2;
	seconds_csv_write(&csv, &fake.view);
	snprintf(want, sizeof(want), "%s%s", header,
		 "0,1000,1000,0,0,0,0,0,0,500.000,100000,0,2000,2000,2000,2000,4\n"
		 "1,6,0,1,2,3,4,5,6,0.000,0,0,,,,,0\n"
		 "2,100,100,0,0,0,0,0,0,100.000,10000,77,3000003,3000003,,3000003,2\n");
	is_str(strbuf_text(&csv), want, "two runs: sums, but a rate per run");
	strbuf_clear(&csv);
	fake.view.second_count = 0;
	seconds_csv_write(&csv, &fake.view);
	is_str(strbuf_text(&csv), header, "no seconds");
	strbuf_release(&csv);
	fake_load_release(&fake);
}

int main(void)
{
	test_rows();
	return tap_done();
}
