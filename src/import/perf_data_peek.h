/*
 * A field of a record before it is decoded: what tells its event and its place in time. Pure.
 */
#ifndef IMPORT_PERF_DATA_PEEK_H
#define IMPORT_PERF_DATA_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/perf_record.h"

/* Of a sample, its first bytes that hold every field that can be peeked at. */
enum { PERF_DATA_PEEK_BYTES = 64 };

/*
 * PERF_SAMPLE_IDENTIFIER, _ID, _TIME or another word that stands at a fixed place: of samples
 * counted from the front, of others, whose sample_id is at the end, from there
 * (perf_event_open(2), PERF_RECORD_SAMPLE and struct sample_id). `have` bytes of the record are
 * there, at least its header; of others than samples all of it. False when the layout does not have
 * the field, or it is not among the bytes.
 */
bool perf_data_peek(const struct perf_layout *layout, const unsigned char *bytes, size_t have,
		    uint64_t field, uint64_t *ret_value);

#endif
