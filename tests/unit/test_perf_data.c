/*
 * Files written by hand after perf.data-file-format.txt, and real ones (tests/data/import), whose
 * truth is what perf itself says of them.
 */
#include "import/perf_data.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#include "perf_file.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/fd.h"

enum { FEATURE_RECORD = 80, ATTR_RECORD = 64, ROUND = 68, UPDATE = 78, AUXTRACE = 71, PACKED = 81 };

/* What was handed out, a word each. */
struct seen {
	const struct perf_data *data;
	struct strbuf text;
	uint64_t records;
};

static void see(void *arg, const struct perf_record *record, uint32_t event)
{
	struct seen *seen = arg;

	seen->records++;
	if (record->type == PERF_RECORD_COMM)
		strbuf_addf(&seen->text, "%s@%" PRIu64 " ", record->comm, record->time_ns);
	else if (record->type == PERF_RECORD_SAMPLE)
		strbuf_addf(&seen->text, "%u:%" PRIx64 "@%" PRIu64 " ", event, record->sample.ip,
			    record->time_ns);
	else
		strbuf_addf(&seen->text, "t%u ", record->type);
}

/* As perf script prints it, for the real files. */
static void see_line(void *arg, const struct perf_record *record, uint32_t event)
{
	struct seen *seen = arg;

	seen->records++;
	if (record->type != PERF_RECORD_SAMPLE)
		return;
	strbuf_addf(&seen->text, "%u/%u %" PRIu64 ".%09" PRIu64 " %" PRIu64 " %s %" PRIx64 "\n",
		    record->pid, record->tid, record->time_ns / 1000000000,
		    record->time_ns % 1000000000, record->sample.period,
		    perf_data_get_info(seen->data)->events.items[event].name, record->sample.ip);
}

struct outcome {
	struct seen seen;
	struct perf_data_counts counts;
	struct err err;
	int result;
};

static void read_input(struct outcome *outcome, struct import_input *input, const char *folder,
		       perf_data_fn fn)
{
	struct perf_data *data = NULL;

	strbuf_init(&outcome->seen.text, 1 << 20);
	outcome->result = perf_data_open(&data, input, folder, &outcome->err);
	outcome->seen.data = data;
	if (outcome->result == 0)
		outcome->result =
			perf_data_read(data, fn, &outcome->seen, &outcome->counts, &outcome->err);
	perf_data_close(data);
	import_input_release(input);
}

static struct outcome read_bytes(const void *bytes, size_t size)
{
	struct outcome outcome = {0};
	struct import_input input;

	if (!ok(perf_file_open_bytes(&input, bytes, size) == 0, "a file in memory"))
		exit(1);
	read_input(&outcome, &input, NULL, see);
	return outcome;
}

static struct outcome read_file(struct perf_file *file)
{
	return read_bytes(file->bytes.data, file->bytes.length);
}

/* Two CPUs: perf wrote the buffer of one, then of the other, twice. */
static void put_two_rounds(struct perf_file *file)
{
	perf_file_put_comm(file, 100, 7, "early", 0);
	perf_file_put_sample(file, 100, 0xa1, 7, 10);
	perf_file_put_sample(file, 200, 0xa2, 7, 30);
	perf_file_put_comm(file, 100, 7, "late", 20);
	perf_file_put_sample(file, 100, 0xb1, 7, 25);
	perf_file_put_record(file, ROUND, 0, NULL, 0);
	perf_file_put_sample(file, 100, 0xa3, 7, 50);
	perf_file_put_sample(file, 100, 0xb2, 7, 28);
	perf_file_put_record(file, ROUND, 0, NULL, 0);
	perf_file_put_sample(file, 200, 0xb3, 7, 40);
}

static const char in_order[] = "early@0 0:a1@10 late@20 0:b1@25 0:b2@28 1:a2@30 1:b3@40 0:a3@50 ";

static void test_order(void)
{
	const struct perf_event_attr attrs[] = {perf_file_attr(PERF_COUNT_SW_CPU_CLOCK),
						perf_file_attr(PERF_COUNT_SW_PAGE_FAULTS)};
	const uint32_t sizes[] = {PERF_ATTR_SIZE_VER0, PERF_ATTR_SIZE_VER5,
				  sizeof(struct perf_event_attr)};
	struct perf_file file;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct outcome outcome;

		perf_file_begin(&file, attrs, 2, sizes[i]);
		put_two_rounds(&file);
		perf_file_end(&file, 0);
		outcome = read_file(&file);
		is_int(outcome.result, 0, "read");
		is_str(strbuf_text(&outcome.seen.text), in_order,
		       "by time, with the events' indexes, whatever the size of an attribute");
		ok(outcome.counts.samples == 6 && outcome.counts.records == 8 &&
			   outcome.counts.late_records == 0 && !outcome.counts.is_cut &&
			   !outcome.counts.is_unfinished,
		   "counted");
		ok(outcome.counts.begin_ns == 10 && outcome.counts.end_ns == 50, "first and last");
		strbuf_release(&outcome.seen.text);
		perf_file_release(&file);
	}
}

/* However it ends: what is whole before is handed out, and it is said that there was more. */
static void test_cut(void)
{
	const struct perf_event_attr attr = perf_file_attr(PERF_COUNT_SW_CPU_CLOCK);
	uint64_t before = 0;
	bool is_growing = true, is_said = true;
	struct perf_file file;
	size_t front;

	perf_file_begin(&file, &attr, 1, sizeof(attr));
	front = file.bytes.length;
	put_two_rounds(&file);
	perf_file_end(&file, 0);
	for (size_t size = 0; size < file.bytes.length; size++) {
		struct outcome outcome = {0};
		struct import_input input;

		if (perf_file_open_bytes(&input, file.bytes.data, size) < 0)
			exit(1);
		read_input(&outcome, &input, NULL, see);
		if (size < front)
			is_said &= outcome.result < 0 && outcome.err.text[0] != '\0';
		else
			is_said &= outcome.result == 0 ? outcome.counts.is_cut
						       : outcome.result == -EBADMSG;
		is_growing &= outcome.seen.records >= before;
		before = outcome.seen.records;
		strbuf_release(&outcome.seen.text);
	}
	ok(is_said, "cut at any byte: said");
	ok(is_growing && before == 7, "cut at any byte: all whole records");
	perf_file_release(&file);
}

static void test_unfinished(void)
{
	const struct perf_event_attr attr = perf_file_attr(PERF_COUNT_SW_CPU_CLOCK);
	struct outcome outcome;
	struct perf_file file;

	perf_file_begin(&file, &attr, 1, sizeof(attr));
	put_two_rounds(&file);
	outcome = read_file(&file); /* perf was killed: it never wrote how much there is */
	is_int(outcome.counts.samples, 6, "all samples of a file without an end");
	ok(outcome.counts.is_unfinished && !outcome.counts.is_cut, "said");
	strbuf_release(&outcome.seen.text);
	perf_file_release(&file);
}

static void put_text(struct perf_file *file, const char *text)
{
	char padded[64] = "";

	memcpy(padded, text, strlen(text));
	perf_file_put_u32(file, sizeof(padded));
	perf_file_put(file, padded, sizeof(padded));
}

static void test_features(void)
{
	const struct perf_event_attr attrs[] = {perf_file_attr(PERF_COUNT_SW_CPU_CLOCK),
						perf_file_attr(PERF_COUNT_SW_PAGE_FAULTS)};
	struct perf_file file, sections;
	struct import_input input;
	struct perf_data *data = NULL;
	const struct perf_data_info *info;
	uint64_t ends[5], at;

	strbuf_init(&sections.bytes, 1 << 16);
	put_text(&sections, "builder7");
	ends[0] = sections.bytes.length;
	perf_file_put_u32(&sections, 16); /* CPUs that could be, and that are */
	perf_file_put_u32(&sections, 12);
	ends[1] = sections.bytes.length;
	perf_file_put_u32(&sections, 3);
	put_text(&sections, "perf");
	put_text(&sections, "record");
	put_text(&sections, "it's");
	ends[2] = sections.bytes.length;
	perf_file_put_u32(&sections, 2);
	perf_file_put_u32(&sections, sizeof(attrs[0]));
	for (int i = 0; i < 2; i++) {
		perf_file_put(&sections, &attrs[i], sizeof(attrs[i]));
		perf_file_put_u32(&sections, 1);
		put_text(&sections, i == 0 ? "cpu-clock:u" : "faults");
		perf_file_put_u64(&sections, 100);
	}
	ends[3] = sections.bytes.length;
	perf_file_put_u64(&sections, 11);
	perf_file_put_u64(&sections, 99);
	ends[4] = sections.bytes.length;

	perf_file_begin(&file, attrs, 2, sizeof(attrs[0]));
	put_two_rounds(&file);
	perf_file_end(&file, 1u << PERF_FEATURE_HOSTNAME | 1u << PERF_FEATURE_NRCPUS |
				     1u << PERF_FEATURE_CMDLINE | 1u << PERF_FEATURE_EVENT_DESC |
				     1u << PERF_FEATURE_SAMPLE_TIME);
	at = file.bytes.length + sizeof(ends) / sizeof(ends[0]) * 16;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		uint64_t begin = i > 0 ? ends[i - 1] : 0;

		perf_file_put_u64(&file, at + begin);
		perf_file_put_u64(&file, ends[i] - begin);
	}
	perf_file_put(&file, sections.bytes.data, sections.bytes.length);
	if (perf_file_open_bytes(&input, file.bytes.data, file.bytes.length) < 0 ||
	    perf_data_open(&data, &input, NULL, NULL) < 0)
		exit(1);
	info = perf_data_get_info(data);
	is_str(info->host, "builder7", "host");
	is_int(info->cpu_count, 12, "CPUs that were there");
	is_str(info->command_line, "perf record 'it'\\''s'", "command, as a shell would need it");
	is_str(info->events.items[0].name, "cpu-clock:u", "name of the first event");
	is_str(info->events.items[1].name, "faults", "and of the second");
	ok(info->first_ns == 11 && info->last_ns == 99, "times");
	ok(info->kernel == NULL && info->memory_bytes == 0, "what is not stated");
	perf_data_close(data);
	import_input_release(&input);
	perf_file_release(&file);
	perf_file_release(&sections);
}

static void test_pipe(void)
{
	struct perf_event_attr attr = perf_file_attr(PERF_COUNT_SW_CPU_CLOCK);
	struct perf_file file, body;
	struct outcome outcome;
	uint64_t trace[2] = {24, 0};

	strbuf_init(&file.bytes, 1 << 16);
	strbuf_init(&body.bytes, 1 << 16);
	perf_file_put(&file, "PERFILE2", 8);
	perf_file_put_u64(&file, 16);
	perf_file_put(&body, &attr, sizeof(attr));
	perf_file_put_u64(&body, 100);
	perf_file_put_u64(&body, 101);
	perf_file_put_record(&file, ATTR_RECORD, 0, body.bytes.data, body.bytes.length);
	strbuf_clear(&body.bytes);
	attr.config = PERF_COUNT_SW_PAGE_FAULTS;
	perf_file_put(&body, &attr, sizeof(attr));
	perf_file_put_u64(&body, 200);
	perf_file_put_record(&file, ATTR_RECORD, 0, body.bytes.data, body.bytes.length);
	perf_file_put_sample(&file, 101, 0xc1, 7, 5);
	perf_file_put_record(&file, AUXTRACE, 0, trace, sizeof(trace));
	for (int i = 0; i < 3; i++) /* a trace's bytes are no records */
		perf_file_put_u64(&file, UINT64_MAX);
	put_two_rounds(&file);
	perf_file_put_sample(&file, 300, 0xff, 7, 60); /* of no event */
	perf_file_put_record(&file, 2000, 0, trace, sizeof(trace));
	outcome = read_file(&file);
	is_int(outcome.result, 0, "what comes through a pipe");
	ok(strncmp(strbuf_text(&outcome.seen.text), "early@0 0:c1@5 0:a1@10 ", 23) == 0,
	   "records of each of an event's ids");
	is_int(outcome.counts.samples, 7, "all samples");
	is_int(outcome.counts.auxtrace_bytes, 24, "a hardware trace is stepped over");
	is_int(outcome.counts.unknown_records, 2,
	       "a sample of no event, a record of no known kind");
	strbuf_release(&outcome.seen.text);
	perf_file_release(&file);
	perf_file_release(&body);
}

/* Records of the pieces of one zstd stream, cut in the middle of a record. */
static void test_compressed(void)
{
	const struct perf_event_attr attrs[] = {perf_file_attr(PERF_COUNT_SW_CPU_CLOCK),
						perf_file_attr(PERF_COUNT_SW_PAGE_FAULTS)};
	ZSTD_CStream *stream = ZSTD_createCStream();
	struct perf_file file, records;
	struct outcome outcome;

	strbuf_init(&records.bytes, 1 << 16);
	put_two_rounds(&records);
	perf_file_begin(&file, attrs, 2, sizeof(attrs[0]));
	for (size_t at = 0; at < records.bytes.length; at += 50) {
		char bytes[512];
		size_t left = records.bytes.length - at;
		ZSTD_inBuffer in = {records.bytes.data + at, left < 50 ? left : 50, 0};
		ZSTD_outBuffer out = {bytes, sizeof(bytes), 0};

		ZSTD_compressStream2(stream, &out, &in, ZSTD_e_flush);
		perf_file_put_record(&file, PACKED, 0, bytes, out.pos);
	}
	ZSTD_freeCStream(stream);
	perf_file_end(&file, 0);
	outcome = read_file(&file);
	is_int(outcome.result, 0, "compressed");
	is_str(strbuf_text(&outcome.seen.text), in_order, "the same records");
	ok(!outcome.counts.is_cut, "to the end");
	strbuf_release(&outcome.seen.text);
	file.bytes.data[file.bytes.length - 20] ^= 0x55;
	outcome = read_file(&file);
	ok(outcome.counts.is_cut || outcome.counts.damaged_records > 0 ||
		   outcome.counts.unknown_records > 0 || outcome.result < 0,
	   "damage is said");
	strbuf_release(&outcome.seen.text);
	perf_file_release(&file);
	perf_file_release(&records);
}

static void test_refusals(void)
{
	const struct {
		const char *bytes, *word;
		int result;
	} cases[] = {
		{"2ELIFREP\0\0\0\0\0\0\0\x68", "big-endian", -ENOTSUP},
		{"PERFFILE\x68\0\0\0\0\0\0\0", "before Linux 3.2", -ENOTSUP},
		{"something else", "PERFILE2", -EBADMSG},
		{"PERFILE2\x20\0\0\0\0\0\0\0", "damaged", -EBADMSG},
		{"PERFILE2", "ends after 8 bytes", -EBADMSG},
	};
	const size_t sizes[] = {16, 16, 14, 16, 8};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome outcome = read_bytes(cases[i].bytes, sizes[i]);

		is_int(outcome.result, cases[i].result, cases[i].word);
		ok(strstr(outcome.err.text, cases[i].word) != NULL, "the sentence says why");
		strbuf_release(&outcome.seen.text);
	}
}

static void test_huge_claims(void)
{
	const struct perf_event_attr attr = perf_file_attr(PERF_COUNT_SW_CPU_CLOCK);
	const uint64_t huge = UINT64_MAX - 8;
	bool is_refused = true;

	for (size_t at = 16; at < 56; at += 8) {
		struct perf_file file;
		struct outcome outcome;

		perf_file_begin(&file, &attr, 1, sizeof(attr));
		put_two_rounds(&file);
		perf_file_end(&file, 0);
		memcpy(file.bytes.data + at, &huge, sizeof(huge));
		outcome = read_file(&file);
		is_refused &= outcome.result < 0 || outcome.counts.is_cut;
		strbuf_release(&outcome.seen.text);
		perf_file_release(&file);
	}
	ok(is_refused, "sizes and offsets beyond the file are refused");
}

static void test_real(const char *name, bool is_folder)
{
	const char *root = getenv("SONDE_TEST_DATA");
	scoped_free char *path = alloc_printf("%s/import/%s.data", root, name);
	scoped_free char *inner = alloc_printf("%s/data", path);
	scoped_free char *truth = alloc_printf("%s/import/%s.txt", root, name);
	struct outcome outcome = {0};
	struct import_input input;
	struct strbuf text;

	strbuf_init(&text, 1 << 20);
	if (fd_read_file(AT_FDCWD, truth, &text) < 0 ||
	    import_input_open(&input, is_folder ? inner : path, NULL) < 0) {
		ok(false, truth);
		return;
	}
	read_input(&outcome, &input, is_folder ? path : NULL, see_line);
	is_int(outcome.result, 0, name);
	is_str(strbuf_text(&outcome.seen.text), strbuf_text(&text), "what perf script says of it");
	ok(!outcome.counts.is_cut && outcome.counts.damaged_records == 0 &&
		   outcome.counts.unknown_records == 0,
	   "nothing is left out");
	strbuf_release(&outcome.seen.text);
	strbuf_release(&text);
}

int main(void)
{
	test_order();
	test_cut();
	test_unfinished();
	test_features();
	test_pipe();
	test_compressed();
	test_refusals();
	test_huge_claims();
	test_real("fp", false);
	test_real("zstd", false);
	test_real("dwarf", false);
	test_real("pipe", false);
	test_real("events", false);
	test_real("threads", true);
	return tap_done();
}
