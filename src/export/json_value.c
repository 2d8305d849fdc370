#include "export/json_value.h"

#include <math.h>
#include <string.h>

#include "export/json_text.h"
#include "util/alloc.h"

void json_value_set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

json_t *json_value_make_count(uint64_t count)
{
	return json_integer((json_int_t)count);
}

json_t *json_value_make_known(uint64_t count)
{
	return count > 0 ? json_value_make_count(count) : json_null();
}

json_t *json_value_make_real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_value_make_ratio(double part, double whole)
{
	return whole > 0 ? json_real(part / whole) : json_null();
}

json_t *json_value_make_lines(const char *text)
{
	json_t *list = json_array();

	while (text != NULL && *text != '\0') {
		size_t length = strcspn(text, "\n");

		if (length > 0) {
			scoped_free char *line = alloc_strndup(text, length);

			json_array_append_new(list, json_text_make(line));
		}
		text += length + (text[length] == '\n' ? 1 : 0);
	}
	return list;
}
