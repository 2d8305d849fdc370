#include "export/counter_json.h"

#include <stdlib.h>

#include "sample_counters.h"
#include "tap.h"

int main(void)
{
	struct counters counters = {0};
	struct strbuf csv;
	json_t *list;
	char *text;

	sample_counters_add(&counters, "task-clock", 1.5e9);
	sample_counters_add(&counters, "cycles:u", 3e9)->running_ns = 500000000;
	sample_counters_add(&counters, "instructions:u", 6e9);
	sample_counters_add(&counters, "cpu/event=0xc0,umask=1/", 42);
	sample_counters_add_other(&counters, "branches", COUNTER_NOT_SUPPORTED);
	list = counter_json_make(&counters, 1e9);
	text = json_dumps(list, JSON_COMPACT);
	is_str(text,
	       "[{\"name\":\"task-clock\",\"value\":1500000000,\"unit\":\"ns\","
	       "\"state\":\"counted\",\"enabled_ns\":1000000000,\"running_ns\":1000000000,"
	       "\"cpus_utilized\":1.5},"
	       "{\"name\":\"cycles:u\",\"value\":3000000000,\"unit\":\"count\","
	       "\"state\":\"counted\",\"enabled_ns\":1000000000,\"running_ns\":500000000,"
	       "\"cycles_hz\":2000000000.0},"
	       "{\"name\":\"instructions:u\",\"value\":6000000000,\"unit\":\"count\","
	       "\"state\":\"counted\",\"enabled_ns\":1000000000,\"running_ns\":1000000000,"
	       "\"ipc\":2.0},"
	       "{\"name\":\"cpu/event=0xc0,umask=1/\",\"value\":42,\"unit\":\"count\","
	       "\"state\":\"counted\",\"enabled_ns\":1000000000,\"running_ns\":1000000000},"
	       "{\"name\":\"branches\",\"value\":null,\"unit\":\"count\","
	       "\"state\":\"not supported\",\"enabled_ns\":0,\"running_ns\":0}]",
	       "JSON");
	free(text);
	json_decref(list);
	strbuf_init(&csv, STRBUF_MAX_DEFAULT);
	counter_json_add_csv(&csv, &counters, 1e9);
	is_str(strbuf_text(&csv),
	       "1500.000000,msec,task-clock,1000000000,100.00,1.500,CPUs utilized\n"
	       "3000000000,,cycles:u,500000000,50.00,2.000,GHz\n"
	       "6000000000,,instructions:u,1000000000,100.00,2.000,insn per cycle\n"
	       "42,,\"cpu/event=0xc0,umask=1/\",1000000000,100.00,,\n"
	       "<not supported>,,branches,0,100.00,,\n",
	       "CSV as perf stat -x,");
	strbuf_release(&csv);
	vec_release(&counters);
	return tap_done();
}
