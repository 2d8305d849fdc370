/*
 * Reads a perf.data: what `perf record` wrote, as a file, as a folder (--threads) or through a pipe
 * (-o -), compressed or not; and hands out its records in the order of their times, decoded as
 * those of a ring are (capture/perf_record.h).
 *
 *	import_input ─ records: file, pipe ──────────┐
 *	             ─ compressed: unpack ─ records ─┴▶ order ─▶ decode ─▶ perf_data_fn
 *	             ─ attributes, features ─▶ perf_data_info
 *
 * A file that ends early, or is damaged somewhere, gives what stands before that, and says so.
 * Format: tools/perf/Documentation/perf.data-file-format.txt of Linux.
 */
#ifndef IMPORT_PERF_DATA_H
#define IMPORT_PERF_DATA_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/perf_record.h"
#include "import/import_input.h"
#include "import/perf_data_header.h"
#include "util/err.h"
#include "util/scoped.h"

struct perf_data;

/*
 * Reads the header; the input stands at its begin, and is borrowed until close. `folder` is the one
 * that the input is the "data" of, NULL = none. -EBADMSG, -ENOTSUP: the sentence begins with a verb
 * ("is damaged: …"), for the caller to put the name before it.
 */
int perf_data_open(struct perf_data **ret_data, struct import_input *input, const char *folder,
		   struct err *err);
void perf_data_close(struct perf_data *data); /* NULL accepted */
SCOPED_POINTER(perf_data, perf_data_close)

/* What is known by now: of a pipe nearly nothing before the first record came. Borrows. */
const struct perf_data_info *perf_data_get_info(const struct perf_data *data);

struct perf_data_counts {
	uint64_t records, samples; /* handed out */
	uint64_t bytes;		   /* of all records, unpacked */
	uint64_t lost_records, lost_samples;
	uint64_t unknown_records; /* of types newer than this sonde, or of no event that is known */
	uint64_t damaged_records; /* that contradict themselves */
	uint64_t late_records;	  /* handed out behind younger ones */
	uint64_t auxtrace_bytes;  /* of hardware traces (Intel PT, …), which are not decoded */
	uint64_t begin_ns, end_ns; /* of the first and last sample, on the file's clock */
	/* the file ends, or makes no sense, from here on */
	bool is_cut;
	uint64_t cut_offset;
	/* what perf adds behind the records is not all there: it was killed, or the file cut */
	bool is_unfinished;
};

/* `event` is an index into the info's events; `record` is valid for the call. */
typedef void (*perf_data_fn)(void *arg, const struct perf_record *record, uint32_t event);

/*
 * Once. -EIO when it cannot be read, -EBADMSG when it makes no sense from its first record on (as
 * above).
 */
int perf_data_read(struct perf_data *data, perf_data_fn fn, void *arg,
		   struct perf_data_counts *ret_counts, struct err *err);

#endif
