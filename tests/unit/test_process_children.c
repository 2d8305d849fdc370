/*
 * The rule for children that are gone, on its own: what each part of it says as a child goes this
 * way or that.
 */
#include "monitor/process_children.h"

#include "tap.h"

static struct process_times make_times(uint64_t ms)
{
	uint64_t ns = ms * 1000000;

	return (struct process_times){.cpu_ns = ns, .user_ns = ns, .faults_minor = ms};
}

static int64_t get_ms(struct process_times times)
{
	return (int64_t)(times.cpu_ns / 1000000);
}

static struct process_children children;
static struct process_times waited;

static void begin(uint64_t waited_ms)
{
	waited = make_times(waited_ms);
	children = (struct process_children){.waited_first = waited};
}

static void add_gone(uint64_t ms, uint64_t open_ms)
{
	struct process_times all = make_times(ms), open = make_times(open_ms);

	process_children_add_gone(&children, &all, &open);
}

static void check(int64_t sum_ms, int64_t open_ms, int64_t lost_ms, const char *what)
{
	is_int(get_ms(process_children_get(&children, &waited)), sum_ms, what);
	is_int(get_ms(process_children_get_open(&children, &waited)), open_ms, "  open of it");
	is_int(get_ms(process_children_get_lost(&children, &waited)), lost_ms, "  lost of it");
}

static void forget_recent(void)
{
	children.recent = (struct process_times){0};
}

int main(void)
{
	begin(100);
	check(100, 0, 0, "waited for before it was seen");
	add_gone(300, 0);
	check(400, 300, 0, "a child went after the waited-for time was read: open");
	waited = make_times(410);
	forget_recent();
	check(410, 0, 0, "it was waited for, with a little more");
	add_gone(300, 0);
	forget_recent();
	check(700, 0, 290, "one that was not waited for an update later is lost");
	waited = make_times(900);
	check(900, 0, 0, "unless it is after all");

	begin(0);
	add_gone(300, 200);
	forget_recent();
	check(300, 200, 100, "of one that was handed on, that much stays open");

	begin(0);
	add_gone(315, 0);
	waited = make_times(300);
	forget_recent();
	check(315, 0, 0, "what ticks cut off is not lost");
	is_int((int64_t)process_children_get_lost(&children, &waited).faults_minor, 15,
	       "faults are not cut off");

	begin(0);
	children.elsewhere = make_times(50);
	waited = make_times(80);
	check(30, 0, 0, "what is counted elsewhere is not counted here");
	waited = make_times(40);
	check(0, 0, 0, "also before it is waited for");
	return tap_done();
}
