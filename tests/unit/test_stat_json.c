#include "export/stat_json.h"

#include <stdlib.h>

#include "sample_machine.h"
#include "tap.h"

static struct arena arena;

static void check(enum stat_table_kind kind, struct stat_table_options options, const char *want)
{
	struct stat_table table;
	json_t *json;
	char *text;

	stat_table_make(&table, &arena, kind, &sample_first, &sample_second, &options);
	json = stat_json_make(&table);
	text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(6));
	is_str(text, want, stat_table_kind_name(kind));
	free(text);
	json_decref(json);
}

int main(void)
{
	static const uint64_t now[CPU_STATE_COUNT] = {50, 0, 0, 150};

	arena_init(&arena);
	sample_begin();
	sample_second.tasks.items[2].name[0] = '\xff';
	check(STAT_PIDSTAT_SWITCHES, (struct stat_table_options){.has_threads = true},
	      "{\"like\":\"pidstat -w\",\"begin_wall_ns\":1700000000000000000,"
	      "\"end_wall_ns\":1700000002000000000,\"seconds\":2.0,\"is_average\":false,\"rows\":["
	      "{\"uid\":1000,\"pid\":100,\"tid\":null,\"voluntary_switches_per_s\":25.0,"
	      "\"involuntary_switches_per_s\":1.5,\"command\":\"server\"},"
	      "{\"uid\":1000,\"pid\":100,\"tid\":101,\"voluntary_switches_per_s\":25.0,"
	      "\"involuntary_switches_per_s\":1.5,\"command\":\"\xef\xbf\xbdorker, \\\"1\\\"\"}]}");
	vec_push(&sample_first.cpus, sample_make_cpu(0, (uint64_t[CPU_STATE_COUNT]){0}));
	vec_push(&sample_second.cpus, sample_make_cpu(0, now));
	check(STAT_IOSTAT, (struct stat_table_options){.is_average = true},
	      "{\"like\":\"iostat -d -x\",\"begin_wall_ns\":1700000000000000000,"
	      "\"end_wall_ns\":1700000002000000000,\"seconds\":2.0,\"is_average\":true,"
	      "\"rows\":[]}");
	sample_second.cpu_total = sample_make_cpu(0, now);
	check(STAT_IOSTAT_CPU, (struct stat_table_options){0},
	      "{\"like\":\"iostat -c\",\"begin_wall_ns\":1700000000000000000,"
	      "\"end_wall_ns\":1700000002000000000,\"seconds\":2.0,\"is_average\":false,"
	      "\"rows\":[{\"user_percent\":25.0,\"nice_percent\":0.0,\"system_percent\":0.0,"
	      "\"iowait_percent\":0.0,\"steal_percent\":0.0,\"idle_percent\":75.0}]}");
	sample_end();
	arena_release(&arena);
	return tap_done();
}
