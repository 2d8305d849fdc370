#include "util/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *err, int code, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return code;
	err->code = code;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return code;
}

int err_prefix(struct err *err, int code, const char *format, ...)
{
	char prefix[512];
	char rest[sizeof(err->text)];
	va_list args;

	if (err == NULL)
		return code;
	va_start(args, format);
	vsnprintf(prefix, sizeof(prefix), format, args);
	va_end(args);
	memcpy(rest, err_text(err), strlen(err_text(err)) + 1);
	snprintf(err->text, sizeof(err->text), "%s%.*s", prefix,
		 (int)(sizeof(err->text) - strlen(prefix) - 1), rest);
	err->code = code;
	return code;
}

const char *err_text(const struct err *err)
{
	if (err->text[0] != '\0')
		return err->text;
	return err->code == 0 ? "no error" : strerror(-err->code);
}
