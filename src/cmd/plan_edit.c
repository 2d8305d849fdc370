#include "cmd/plan_edit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "util/alloc.h"
#include "util/clock.h"

/* A key of the load goes from the named ones, which would take its place. */
static void clear_in_loads(struct plan_edit *edit, const char *key)
{
	if (!edit->is_over_loads || strncmp(key, "load/", 5) != 0)
		return;
	key += 5;
	for (uint32_t i = 0; i < edit->plan->load_count && edit->result == 0; i++) {
		scoped_free char *place = alloc_printf("loads/%s/%.*s", edit->plan->load_names[i],
						       (int)strcspn(key, "/"), key);

		edit->result = plan_set(edit->plan, place, NULL, edit->err);
	}
}

void plan_edit_set(struct plan_edit *edit, const char *key, const char *value)
{
	if (value == NULL)
		return;
	clear_in_loads(edit, key);
	if (edit->result == 0)
		edit->result = plan_set(edit->plan, key, value, edit->err);
}

void plan_edit_set_plain(struct plan_edit *edit, const char *key, const char *value)
{
	if (value != NULL)
		plan_edit_set(edit, key, plan_escape(edit->plan, value));
}

void plan_edit_set_count(struct plan_edit *edit, const char *key, uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	if (value > 0)
		plan_edit_set(edit, key, text);
}

void plan_edit_set_rate(struct plan_edit *edit, const char *key, double hz)
{
	char text[64];

	snprintf(text, sizeof(text), "%.10g/s", hz);
	if (hz > 0)
		plan_edit_set(edit, key, text);
}

/* In the greatest unit that takes no fraction: "10s", "500ms". */
void plan_edit_set_duration(struct plan_edit *edit, const char *key, uint64_t ns)
{
	bool is_seconds = ns % NS_PER_S == 0, is_ms = ns % NS_PER_MS == 0;
	uint64_t value = is_seconds ? ns / NS_PER_S : is_ms ? ns / NS_PER_MS : ns;
	char text[32];

	if (ns == PLAN_EDIT_UNSET)
		return;
	snprintf(text, sizeof(text), "%llu%s", (unsigned long long)value,
		 is_seconds ? "s"
		 : is_ms    ? "ms"
			    : "ns");
	plan_edit_set(edit, key, text);
}

void plan_edit_remove(struct plan_edit *edit, const char *key)
{
	clear_in_loads(edit, key);
	if (edit->result == 0)
		edit->result = plan_set(edit->plan, key, NULL, edit->err);
}

void plan_edit_fail(struct plan_edit *edit, const char *format, ...)
{
	char sentence[512];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	if (edit->result == 0)
		edit->result = err_set(edit->err, -EINVAL, "%s", sentence);
}
