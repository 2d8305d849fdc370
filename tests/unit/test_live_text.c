#include "report/live_text.h"

#include <stdlib.h>

#include "tap.h"

#define SECOND_NS UINT64_C(1000000000)

static struct machine_sample last, now;
static struct series_list series;
static struct strbuf text;

static void add_task(pid_t pid, pid_t tid, const char *name, uint64_t user_ns)
{
	struct task_sample task = {
		.pid = pid, .tid = tid, .state = 'R', .cpu = 1, .start_ns = SECOND_NS};

	snprintf(task.name, sizeof(task.name), "%s", name);
	vec_push(&last.tasks, task);
	task.user_ns = task.cpu_ns = user_ns;
	task.rss_bytes = 1000 * (uint64_t)pid;
	task.wait_ns = (uint64_t)(10 - pid) * SECOND_NS / 10;
	vec_push(&now.tasks, task);
}

static void add_cpu(uint32_t number, uint64_t user_ns, uint64_t idle_ns)
{
	struct cpu_sample cpu = {.cpu = number};

	vec_push(&last.cpus, cpu);
	cpu.state_ns[CPU_USER] = user_ns;
	cpu.state_ns[CPU_IDLE] = idle_ns;
	cpu.state_ns[CPU_GUEST] = user_ns; /* in user already */
	vec_push(&now.cpus, cpu);
}

static void add(const char *name, const char *scope, enum series_unit unit, double value)
{
	series_list_add(&series, name, scope, unit, 1, value);
}

static void start(void)
{
	machine_sample_clear(&last);
	machine_sample_clear(&now);
	series_list_release(&series);
	series.next = 0;
	last.time_ns = 10 * SECOND_NS;
	now.time_ns = 11 * SECOND_NS;
	last.uptime_ns = 100 * SECOND_NS;
}

static const char *draw(struct live_text *live, uint32_t columns, uint32_t rows)
{
	struct text_layout layout = {.columns = columns};

	strbuf_clear(&text);
	live_text_draw(live, &last, &now, &series, 12.5, &layout, rows, &text);
	return strbuf_text(&text);
}

static uint32_t count_lines(const char *lines)
{
	uint32_t count = *lines != '\0';

	for (; *lines != '\0'; lines++)
		count += *lines == '\n';
	return count;
}

static uint32_t measure_widest(const char *lines)
{
	uint32_t widest = 0;

	while (*lines != '\0') {
		size_t length = strcspn(lines, "\n");
		char *line = alloc_strndup(lines, length);

		widest = text_width(line) > widest ? text_width(line) : widest;
		free(line);
		lines += length + (lines[length] == '\n');
	}
	return widest;
}

#define TITLES                                                                                     \
	"S      CPU     user   system     wait    vol/s  invol/s       RSS    read/s   write/s "   \
	"cpu  name\n"
#define FOOT "c m w i: sort by CPU, memory, waiting, I/O · t: threads · p: pause · q: end"

static void test_picture(void)
{
	struct live_text live = {.name = "gateway"};

	start();
	add_task(2, 0, "worker", SECOND_NS / 4);
	add_task(3, 0, "gateway", SECOND_NS / 2);
	add_cpu(0, 3 * SECOND_NS, SECOND_NS);
	add_cpu(3, 0, 0);
	add("cpu.busy_ratio", "host", SERIES_RATIO, 0.5);
	add("system.running", "host", SERIES_COUNT, 2);
	add("disk.read_bytes", "vda", SERIES_PER_SECOND, 2000);
	add("process.cpu_ratio", "", SERIES_RATIO, 0.75);
	add("process.rss", "", SERIES_BYTES, 5000);
	is_str(draw(&live, 120, 11),
	       "gateway · 12.5 s · processes by CPU\n"
	       "machine: busy 50.0 % · running 2\n"
	       "cpu0 75.0 %  cpu3 -\n"
	       "disks read/s 2.00 kB\n"
	       "watched: CPU 75.0 % · RSS 5.00 kB\n"
	       "\n"
	       "     PID " TITLES "       3 R   50.0 %   50.0 %    0.0 %   70.0 %        0        "
	       "0   3.00 kB       0 B"
	       "       0 B   1  gateway\n"
	       "       2 R   25.0 %   25.0 %    0.0 %   80.0 %        0        0   2.00 kB       0 "
	       "B"
	       "       0 B   1  worker\n"
	       "\n" FOOT,
	       "the whole of it");
	start();
	is_str(draw(&live, 120, 9),
	       "gateway · 12.5 s · processes by CPU\n\n\n\n\n\n"
	       "     PID " TITLES "\n" FOOT,
	       "of nothing");
}

static void test_sizes(void)
{
	struct live_text live = {.name = "gateway"};
	unsigned wrong = 0;

	start();
	for (pid_t pid = 1; pid < 10; pid++)
		add_task(pid, 0, "worker", SECOND_NS);
	for (uint32_t i = 0; i < 64; i++)
		add_cpu(i, SECOND_NS, SECOND_NS);
	for (uint32_t rows = 1; rows < 30; rows++)
		wrong += count_lines(draw(&live, 80, rows)) != rows;
	is_int(wrong, 0, "as many lines as rows");
	is_int(count_lines(draw(&live, 80, 29)), 29, "also of many");
	is_str(draw(&live, 80, 0), "", "no rows");
	is_str(draw(&live, 80, 1), "gateway · 12.5 s · processes by CPU", "one row");
	ok(measure_widest(draw(&live, 40, 20)) <= 40, "forty columns");
	ok(measure_widest(draw(&live, 1, 20)) <= 1, "one column");
	is_int(measure_widest(draw(&live, 0, 20)), 0, "none");
}

static void test_hostile(void)
{
	struct live_text live = {.name = "\x1b]0;mine\x07"};
	const char *picture;

	start();
	add_task(1, 0, "\x1b[2J\x1b[H\nroot# \x9b", SECOND_NS);
	now.tasks.items[0].state = 0;
	now.tasks.items[0].cpu = -1;
	now.tasks.items[0].wait_ns = SAMPLE_UNKNOWN;
	picture = draw(&live, 200, 9);
	is_int(count_lines(picture), 9, "a name makes no line");
	ok(strchr(picture, '\x1b') == NULL && strchr(picture, '\x07') == NULL &&
		   strstr(picture, "\x9b") == NULL,
	   "and no command for the terminal");
	ok(strstr(picture, "  ?[2J?[H?root# ?\n") != NULL, "but is seen");
	ok(strncmp(picture, "?]0;mine? · ", 12) == 0, "also what is watched");
	ok(strstr(picture, "\n       1 ?  100.0 %  100.0 %    0.0 %        - ") != NULL,
	   "what is not known");
}

static bool press(struct live_text *live, enum terminal_key_kind kind, char letter)
{
	return live_text_press(live, &(struct terminal_key){.kind = kind, .text = {letter}});
}

static void test_keys(void)
{
	static const enum terminal_key_kind idle[] = {
		KEY_ENTER, KEY_ESCAPE, KEY_BACKSPACE, KEY_LEFT, KEY_RIGHT, KEY_END, KEY_OTHER};
	struct live_text live = {.name = "x"}, before;

	ok(press(&live, KEY_TEXT, 'm') && live.order == TASK_BY_MEMORY, "m");
	ok(press(&live, KEY_TEXT, 'w') && live.order == TASK_BY_WAIT, "w");
	ok(press(&live, KEY_TEXT, 'i') && live.order == TASK_BY_IO, "i");
	ok(press(&live, KEY_TEXT, 'c') && live.order == TASK_BY_CPU, "c");
	ok(press(&live, KEY_TEXT, 't') && live.has_threads, "t");
	ok(press(&live, KEY_TEXT, 't') && !live.has_threads, "t again");
	ok(press(&live, KEY_TEXT, 'p') && live.is_paused, "p");
	ok(press(&live, KEY_TEXT, ' ') && !live.is_paused, "blank");
	before = live;
	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++)
		ok(press(&live, idle[i], '\0'), "a key without a meaning goes on");
	ok(press(&live, KEY_TEXT, 'z') && press(&live, KEY_TEXT, '\0'), "and other letters");
	ok(memcmp(&live, &before, sizeof(live)) == 0, "they change nothing");
	ok(!press(&live, KEY_TEXT, 'q'), "q");
}

static void test_scrolling(void)
{
	struct live_text live = {.name = "x"};

	start();
	for (pid_t pid = 1; pid < 10; pid++)
		add_task(pid, 0, "worker", (uint64_t)(10 - pid) * SECOND_NS);
	draw(&live, 100, 12); /* four rows of nine */
	is_int(live.body_rows, 4, "rows of the table");
	ok(press(&live, KEY_UP, '\0') && live.first == 0, "up, at the top");
	ok(press(&live, KEY_DOWN, '\0') && live.first == 1, "down");
	ok(strstr(draw(&live, 100, 12), "\n       2 R") != NULL, "the second is first");
	ok(strstr(draw(&live, 100, 12), "\n       1 R") == NULL, "and the first is not there");
	ok(press(&live, KEY_PAGE_DOWN, '\0') && live.first == 5, "a page");
	ok(press(&live, KEY_PAGE_DOWN, '\0') && live.first == 9, "behind the end");
	draw(&live, 100, 12);
	is_int(live.first, 5, "the last page is full");
	ok(press(&live, KEY_PAGE_UP, '\0') && live.first == 1, "a page back");
	ok(press(&live, KEY_PAGE_UP, '\0') && live.first == 0, "and to the top");
	ok(press(&live, KEY_PAGE_DOWN, '\0') && press(&live, KEY_HOME, '\0') && live.first == 0,
	   "home");
	live.first = UINT32_MAX;
	ok(press(&live, KEY_DOWN, '\0') && press(&live, KEY_PAGE_DOWN, '\0'), "far behind it");
	live.first = UINT32_MAX - 1;
	draw(&live, 100, 12);
	is_int(live.first, 5, "and back");
	draw(&live, 100, 100);
	is_int(live.first, 0, "all of them are there");
}

static void test_threads(void)
{
	struct live_text live = {.name = "x", .has_threads = true, .is_paused = true};

	start();
	add_task(4, 0, "process", SECOND_NS);
	add_task(4, 5, "thread", SECOND_NS);
	ok(strstr(draw(&live, 0, 9), "x") == NULL, "no columns");
	ok(strncmp(draw(&live, 100, 9), "x · 12.5 s · PAUSED · threads by CPU\n", 38) == 0,
	   "the head says it");
	ok(strstr(strbuf_text(&text), "\n       5 R") != NULL &&
		   strstr(strbuf_text(&text), "process") == NULL,
	   "threads alone");
	ok(strstr(strbuf_text(&text), "\n     TID S") != NULL, "and their title");
}

int main(void)
{
	strbuf_init(&text, 1 << 20);
	test_picture();
	test_sizes();
	test_hostile();
	test_keys();
	test_scrolling();
	test_threads();
	strbuf_release(&text);
	series_list_release(&series);
	machine_sample_release(&last);
	machine_sample_release(&now);
	return tap_done();
}
