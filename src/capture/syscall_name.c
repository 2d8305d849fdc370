#include "capture/syscall_name.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

extern const char *const syscall_names[]; /* by number, NULL = none */
extern const size_t syscall_name_count;

void syscall_name_format(int32_t number, char name[static SYSCALL_NAME_BYTES])
{
	const char *known =
		number >= 0 && (size_t)number < syscall_name_count ? syscall_names[number] : NULL;

	if (number == SYSCALL_NUMBER_32BIT)
		known = "(32-bit)";
	else if (number == SYSCALL_NUMBER_UNKNOWN)
		known = "(unknown)";
	if (known != NULL)
		snprintf(name, SYSCALL_NAME_BYTES, "%s", known);
	else
		snprintf(name, SYSCALL_NAME_BYTES, "syscall_%" PRId32, number);
}
