/*
 * load --raw: each request of the measured window as a line of CSV, in the order in which they
 * ended (by thread). Times are CLOCK_MONOTONIC nanoseconds, empty when it did not come to that.
 *
 *	run,name,intended_ns,sent_ns,first_byte_ns,last_byte_ns,status,error
 */
#ifndef LAB_RAW_FILE_H
#define LAB_RAW_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "load/load.h"
#include "util/err.h"
#include "util/scoped.h"

struct raw_file;

/* An existing file is kept as PATH.old; "-" is standard output. The error names the path. */
int raw_file_open(struct raw_file **ret_file, const char *path, struct err *err);
void raw_file_close(struct raw_file *file); /* NULL accepted */
SCOPED_POINTER(raw_file, raw_file_close)

/* `run` is the number of the run; the names are the load's. */
int raw_file_add(struct raw_file *file, uint32_t run, const struct load *load,
		 const struct load_row *rows, size_t count, struct err *err);

#endif
