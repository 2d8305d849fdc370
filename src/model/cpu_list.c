#include "model/cpu_list.h"

#include <errno.h>
#include <stdlib.h>

int cpu_list_parse(struct cpu_list *list, const char *text)
{
	char *at;
	unsigned long first, last;

	vec_clear(list);
	for (; *text >= '0' && *text <= '9'; text = at + (*at == ',')) {
		first = last = strtoul(text, &at, 10);
		if (at[0] == '-' && at[1] >= '0' && at[1] <= '9')
			last = strtoul(at + 1, &at, 10);
		for (; first <= last && first < CPU_LIST_MAX && list->count < CPU_LIST_MAX; first++)
			vec_push(list, (uint32_t)first);
	}
	return list->count > 0 ? 0 : -EBADMSG;
}

void cpu_list_format(struct strbuf *text, const struct cpu_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		uint32_t first = list->items[i];

		while (i + 1 < list->count && list->items[i + 1] == list->items[i] + 1)
			i++;
		strbuf_addf(text, "%s%u", text->length > 0 ? "," : "", first);
		if (list->items[i] > first)
			strbuf_addf(text, "-%u", list->items[i]);
	}
}
