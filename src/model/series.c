#include "model/series.h"

#include <stdio.h>
#include <string.h>

const char *series_unit_name(enum series_unit unit)
{
	switch (unit) {
	case SERIES_RATIO:
		return "ratio";
	case SERIES_PER_SECOND:
		return "per_s";
	case SERIES_BYTES:
		return "bytes";
	case SERIES_COUNT:
		return "count";
	case SERIES_NS:
		return "ns";
	}
	return "count";
}

void series_list_release(struct series_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		vec_release(&list->items[i].points);
	vec_release(list);
}

/* The index, or count when there is none; looks from `from` on and around. */
static size_t find(const struct series_list *list, size_t from, const char *name, const char *scope)
{
	for (size_t i = 0; i < list->count; i++) {
		size_t at = from + i < list->count ? from + i : from + i - list->count;
		const struct series *series = &list->items[at];

		if (strncmp(series->name, name, sizeof(series->name) - 1) == 0 &&
		    strncmp(series->scope, scope, sizeof(series->scope) - 1) == 0)
			return at;
	}
	return list->count;
}

const struct series *series_list_find(const struct series_list *list, const char *name,
				      const char *scope)
{
	size_t at = find(list, 0, name, scope);

	return at < list->count ? &list->items[at] : NULL;
}

void series_list_add(struct series_list *list, const char *name, const char *scope,
		     enum series_unit unit, uint64_t time_ns, double value)
{
	size_t at = find(list, list->next < list->count ? list->next : 0, name, scope);

	if (at == list->count) {
		struct series fresh = {.unit = unit};

		snprintf(fresh.name, sizeof(fresh.name), "%s", name);
		snprintf(fresh.scope, sizeof(fresh.scope), "%s", scope);
		vec_push(list, fresh);
	}
	list->next = at + 1;
	vec_push(&list->items[at].points,
		 (struct series_point){.time_ns = time_ns, .value = value});
}
