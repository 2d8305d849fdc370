#include "export/counter_json.h"

#include <inttypes.h>
#include <math.h>

#include "export/json_text.h"
#include "util/field_text.h"
#include "view/counter_ratios.h"

static json_t *make_counter(const struct counters *counters, const struct counter *counter,
			    double elapsed_ns)
{
	bool is_counted = counter->state == COUNTER_COUNTED;
	json_t *object = json_object();
	struct counter_ratio ratio;

	json_object_set_new(object, "name", json_text_make(counter->name));
	json_object_set_new(object, "value",
			    is_counted ? json_integer((json_int_t)llround(counter->value))
				       : json_null());
	json_object_set_new(object, "unit", json_string(counter->is_time ? "ns" : "count"));
	json_object_set_new(object, "state", json_string(counter_state_name(counter->state)));
	json_object_set_new(object, "enabled_ns", json_integer((json_int_t)counter->enabled_ns));
	json_object_set_new(object, "running_ns", json_integer((json_int_t)counter->running_ns));
	if (counter_ratios_find(&ratio, counters, counter, elapsed_ns))
		json_object_set_new(object, ratio.key, json_real(ratio.value));
	return object;
}

json_t *counter_json_make(const struct counters *counters, double elapsed_ns)
{
	json_t *list = json_array();

	for (size_t i = 0; i < counters->count; i++)
		json_array_append_new(list,
				      make_counter(counters, &counters->items[i], elapsed_ns));
	return list;
}

static void add_line(struct strbuf *text, const struct counters *counters,
		     const struct counter *counter, double elapsed_ns)
{
	double share = counter->enabled_ns > 0
			       ? (double)counter->running_ns / (double)counter->enabled_ns
			       : 1;
	struct counter_ratio ratio;

	if (counter->state != COUNTER_COUNTED)
		strbuf_addf(text, "<%s>,,", counter_state_name(counter->state));
	else if (counter->is_time)
		strbuf_addf(text, "%.6f,msec,", counter->value / 1e6);
	else
		strbuf_addf(text, "%.0f,,", counter->value);
	/* one with a comma is an event by its fields: "cpu/event=0xc0,umask=1/" */
	field_text_add_csv(text, counter->name);
	strbuf_addf(text, ",%" PRIu64 ",%.2f,", counter->running_ns, 100 * share);
	if (!counter_ratios_find(&ratio, counters, counter, elapsed_ns))
		strbuf_add_text(text, ",");
	else if (ratio.unit == COUNTER_RATIO_SHARE)
		strbuf_addf(text, "%.2f,%s", ratio.value * 100, ratio.text);
	else
		strbuf_addf(text, "%.3f,%s",
			    ratio.unit == COUNTER_RATIO_HZ ? ratio.value / 1e9 : ratio.value,
			    ratio.text);
	strbuf_add_char(text, '\n');
}

void counter_json_add_csv(struct strbuf *text, const struct counters *counters, double elapsed_ns)
{
	for (size_t i = 0; i < counters->count; i++)
		add_line(text, counters, &counters->items[i], elapsed_ns);
}
