#include "model/cpu_list.h"

#include <errno.h>

#include "tap.h"

static void is_formatted(const char *from, const char *wanted)
{
	struct cpu_list list = {0};
	struct strbuf text;

	strbuf_init(&text, 1 << 16);
	cpu_list_parse(&list, from);
	cpu_list_format(&text, &list);
	is_str(strbuf_text(&text), wanted, from);
	vec_release(&list);
	strbuf_release(&text);
}

int main(void)
{
	static const uint32_t wanted[] = {0, 1, 2, 3, 5, 10, 11};
	struct cpu_list list = {0};
	unsigned wrong = 0;

	is_int(cpu_list_parse(&list, "0-3,5,10-11\n"), 0, "a list of CPUs");
	is_int(list.count, 7, "how many");
	for (size_t i = 0; i < list.count && i < 7; i++)
		wrong += list.items[i] != wanted[i];
	is_int(wrong, 0, "which");
	is_int(cpu_list_parse(&list, "7"), 0, "another one");
	is_int(list.count, 1, "takes its place");
	is_int(cpu_list_parse(&list, "\n"), -EBADMSG, "none");
	is_int(cpu_list_parse(&list, "x"), -EBADMSG, "nonsense");
	is_int(cpu_list_parse(&list, "2-1"), -EBADMSG, "a range backwards");
	is_int(cpu_list_parse(&list, "0-3,6…"), 0, "a text that was cut");
	is_int(list.count, 5, "is what there is of it");
	is_int(cpu_list_parse(&list, "0-4000000000"), 0, "too many to be true");
	is_int(list.count, CPU_LIST_MAX, "are cut");
	is_int(cpu_list_parse(&list, "0-8000,0-8000"), 0, "named again and again");
	is_int(list.count, CPU_LIST_MAX, "are cut as well");
	vec_release(&list);

	is_formatted("0", "0");
	is_formatted("0,1", "0-1");
	is_formatted("0,2-4,6,7,9", "0,2-4,6-7,9");
	is_formatted("", "");
	return tap_done();
}
