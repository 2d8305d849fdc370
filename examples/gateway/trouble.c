#include "trouble.h"

#include <stdarg.h>
#include <stdio.h>

int trouble_set(struct trouble *trouble, int code, const char *format, ...)
{
	va_list args;

	if (trouble != NULL) {
		va_start(args, format);
		(void)vsnprintf(trouble->text, sizeof(trouble->text), format, args);
		va_end(args);
	}
	return code;
}
