/* System calls by name: what <asm/unistd.h> said when sonde was built (tools/syscall_names.py). */
#ifndef CAPTURE_SYSCALL_NAME_H
#define CAPTURE_SYSCALL_NAME_H

#include <stdint.h>

#include "model/syscall_table.h"

/*
 * "futex"; "syscall_451" for a number that has no name here; "(32-bit)" and "(unknown)" for the two
 * that are none.
 */
void syscall_name_format(int32_t number, char name[static SYSCALL_NAME_BYTES]);

#endif
