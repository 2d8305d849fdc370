#include "util/field_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void field_text_add_csv(struct strbuf *text, const char *field)
{
	if (strpbrk(field, ",\"\r\n") == NULL) {
		strbuf_add_text(text, field);
		return;
	}
	strbuf_add_char(text, '"');
	for (; *field != '\0'; field++) {
		if (*field == '"')
			strbuf_add_char(text, '"');
		strbuf_add_char(text, *field);
	}
	strbuf_add_char(text, '"');
}

void field_text_add_number(struct strbuf *text, double value)
{
	char digits[40] = "";

	for (int precision = 15; precision <= 17; precision++) {
		snprintf(digits, sizeof(digits), "%.*g", precision, value);
		if (strtod(digits, NULL) == value)
			break;
	}
	strbuf_add_text(text, digits);
}
