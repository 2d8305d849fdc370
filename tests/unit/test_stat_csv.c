#include "export/stat_csv.h"

#include "sample_machine.h"
#include "tap.h"

int main(void)
{
	struct stat_table_options options = {.has_threads = true, .is_average = true};
	struct stat_table table;
	struct strbuf csv;
	struct arena arena;

	arena_init(&arena);
	strbuf_init(&csv, STRBUF_MAX_DEFAULT);
	sample_begin();
	sample_second.tasks.items[0].user_ns += SAMPLE_TICK_NS / 2;
	sample_second.uptime_ns += SAMPLE_TICK_NS * 100;
	stat_table_make(&table, &arena, STAT_PIDSTAT_CPU, &sample_first, &sample_second, &options);
	stat_csv_write_head(&csv, &table);
	is_str(strbuf_text(&csv),
	       "begin_wall_ns,end_wall_ns,seconds,uid,pid,tid,usr_percent,system_percent,"
	       "guest_percent,wait_percent,cpu_percent,cpu,command\n",
	       "titles");
	strbuf_clear(&csv);
	stat_csv_write_rows(&csv, &table);
	is_str(strbuf_text(&csv),
	       "1700000000000000000,1700000002000000000,3.00,1000,100,,66.6666666666667,10,"
	       "16.6666666666667,13.3333333333333,93.3333333333333,,server\n"
	       "1700000000000000000,1700000002000000000,3.00,1000,100,101,66.6666666666667,0,0,"
	       "13.3333333333333,66.6666666666667,,\"worker, \"\"1\"\"\"\n"
	       "1700000000000000000,1700000002000000000,3.00,1000,300,,0,1.33333333333333,0,0,"
	       "1.33333333333333,,new\n"
	       "1700000000000000000,1700000002000000000,3.00,1000,500,,2,0,0,0,2,,second\n",
	       "rows: all digits, nothing for what is not known, quotes");
	sample_end();
	strbuf_release(&csv);
	arena_release(&arena);
	return tap_done();
}
