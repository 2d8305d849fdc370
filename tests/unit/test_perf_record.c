/*
 * Records written by hand after perf_event_open(2), "MMAP layout"; real ones are in the fuzz
 * target's corpus.
 */
#include "capture/perf_record.h"

#include <errno.h>

#include "tap.h"

struct writer {
	unsigned char bytes[1024];
	uint16_t size;
};

static void put(struct writer *writer, const void *bytes, size_t size)
{
	memcpy(writer->bytes + writer->size, bytes, size);
	writer->size = (uint16_t)(writer->size + size);
}

static void put_u64(struct writer *writer, uint64_t value)
{
	put(writer, &value, sizeof(value));
}

static void put_u32(struct writer *writer, uint32_t value)
{
	put(writer, &value, sizeof(value));
}

static void begin(struct writer *writer)
{
	*writer = (struct writer){.size = sizeof(struct perf_event_header)};
}

static void put_sample_id(struct writer *writer)
{
	put_u32(writer, 901); /* pid */
	put_u32(writer, 902); /* tid */
	put_u64(writer, 903); /* time */
	put_u64(writer, 904); /* id */
}

static int end(struct writer *writer, uint32_t type, uint16_t misc,
	       const struct perf_layout *layout, struct perf_record *ret_record)
{
	struct perf_event_header header = {.type = type, .misc = misc, .size = writer->size};

	memcpy(writer->bytes, &header, sizeof(header));
	return perf_record_decode(ret_record, writer->bytes, writer->size, layout, NULL);
}

static const struct perf_layout layout = {
	.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ID |
		       PERF_SAMPLE_CALLCHAIN,
	.has_sample_id = true,
};

static void test_sample(void)
{
	struct writer writer;
	struct perf_record record;
	struct perf_layout wide = {.sample_type = PERF_RECORD_SAMPLE_BITS};

	begin(&writer);
	put_u64(&writer, 0x4011f6);
	put_u32(&writer, 11);
	put_u32(&writer, 12);
	put_u64(&writer, 13);
	put_u64(&writer, 14);
	put_u64(&writer, 3);
	put_u64(&writer, (uint64_t)PERF_CONTEXT_USER);
	put_u64(&writer, 0x4011f6);
	put_u64(&writer, 0x401300);
	is_int(end(&writer, PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER, &layout, &record), 0,
	       "sample");
	is_int(record.sample.ip, 0x4011f6, "ip");
	ok(record.pid == 11 && record.tid == 12 && record.time_ns == 13 && record.id == 14,
	   "who, when, by which event");
	is_int(record.sample.chain_count, 3, "length of its chain");
	ok(perf_record_get_chain(&record.sample, 0) == (uint64_t)PERF_CONTEXT_USER, "marker");
	is_int(perf_record_get_chain(&record.sample, 2), 0x401300, "caller");
	writer.size = (uint16_t)(writer.size - 8);
	is_int(end(&writer, PERF_RECORD_SAMPLE, 0, &layout, &record), -EBADMSG,
	       "a chain longer than the record");

	begin(&writer);
	for (uint64_t i = 1; i <= 9; i++) /* identifier ip pid:tid time addr id stream cpu period */
		put_u64(&writer, i == 3 ? UINT64_C(3) | UINT64_C(33) << 32 : i);
	put_u64(&writer, 0);
	is_int(end(&writer, PERF_RECORD_SAMPLE, 0, &wide, &record), 0, "every known bit");
	ok(record.sample.ip == 2 && record.pid == 3 && record.tid == 33 && record.time_ns == 4 &&
		   record.id == 6 && record.sample.period == 9 && record.sample.chain_count == 0,
	   "each field at its place");
}

static void test_mmap(void)
{
	static const char path[16] = "/usr/bin/cat";
	struct writer writer;
	struct perf_record record;

	begin(&writer);
	put_u32(&writer, 1);
	put_u32(&writer, 2);
	put_u64(&writer, 0x7f0000);
	put_u64(&writer, 0x3000);
	put_u64(&writer, 0x1000);
	put_u32(&writer, 254);
	put_u32(&writer, 7);
	put_u64(&writer, 555);
	put_u64(&writer, 1); /* generation */
	put_u32(&writer, 5); /* protection */
	put_u32(&writer, 2); /* flags */
	put(&writer, path, sizeof(path));
	put_sample_id(&writer);
	is_int(end(&writer, PERF_RECORD_MMAP2, 0, &layout, &record), 0, "mmap2");
	is_int(record.type, PERF_RECORD_MMAP, "one type for both");
	ok(record.pid == 1 && record.tid == 2, "who: the record's own word");
	ok(record.time_ns == 903 && record.id == 904, "when and which event: from its end");
	ok(record.mmap.start == 0x7f0000 && record.mmap.length == 0x3000 &&
		   record.mmap.file_offset == 0x1000,
	   "where");
	ok(record.mmap.device_major == 254 && record.mmap.device_minor == 7 &&
		   record.mmap.inode == 555 && record.mmap.protection == 5,
	   "which file");
	is_str(record.mmap.path, "/usr/bin/cat", "path");
	is_int(end(&writer, PERF_RECORD_MMAP2, PERF_RECORD_MISC_MMAP_BUILD_ID, &layout, &record), 0,
	       "with a build id");
	ok(record.mmap.inode == 0 && strcmp(record.mmap.path, "/usr/bin/cat") == 0,
	   "there is no inode then");
	memset(writer.bytes + 8 + 8 + 24 + 24 + 8, 'x', sizeof(path));
	is_int(end(&writer, PERF_RECORD_MMAP2, 0, &layout, &record), -EBADMSG,
	       "a path without end");
}

static void test_others(void)
{
	static const char comm[8] = "gateway";
	struct writer writer;
	struct perf_record record;

	begin(&writer);
	put_u32(&writer, 21);
	put_u32(&writer, 22);
	put(&writer, comm, sizeof(comm));
	put_sample_id(&writer);
	is_int(end(&writer, PERF_RECORD_COMM, PERF_RECORD_MISC_COMM_EXEC, &layout, &record), 0,
	       "comm");
	is_str(record.comm, "gateway", "name");
	ok(record.pid == 21 && record.tid == 22 && record.misc == PERF_RECORD_MISC_COMM_EXEC,
	   "whose, and that it is an exec");

	begin(&writer);
	for (uint32_t i = 31; i <= 34; i++) /* pid ppid tid ptid */
		put_u32(&writer, i);
	put_u64(&writer, 35);
	put_sample_id(&writer);
	is_int(end(&writer, PERF_RECORD_FORK, 0, &layout, &record), 0, "fork");
	ok(record.pid == 31 && record.task.parent_pid == 32 && record.tid == 33 &&
		   record.task.parent_tid == 34,
	   "family");

	begin(&writer);
	put_u64(&writer, 904);
	put_u64(&writer, 17);
	put_sample_id(&writer);
	is_int(end(&writer, PERF_RECORD_LOST, 0, &layout, &record), 0, "lost");
	is_int(record.lost_count, 17, "how many");

	begin(&writer);
	for (int i = 0; i < 3; i++)
		put_u64(&writer, 1);
	put_sample_id(&writer);
	is_int(end(&writer, PERF_RECORD_THROTTLE, 0, &layout, &record), 0, "throttle");
	is_int(record.time_ns, 903, "when");
	is_int(end(&writer, 17 /* KSYMBOL */, 0, &layout, &record), -ENOTSUP,
	       "what we do not read");
}

static void test_damage(void)
{
	struct writer writer;
	struct perf_record record = {.type = 77};
	struct perf_event_header header = {.type = PERF_RECORD_COMM, .size = 64};
	struct err err = {0};

	begin(&writer);
	is_int(perf_record_decode(&record, writer.bytes, 7, &layout, &err), -EBADMSG,
	       "less than a header");
	memcpy(writer.bytes, &header, sizeof(header));
	is_int(perf_record_decode(&record, writer.bytes, 63, &layout, &err), -EBADMSG,
	       "less than it states");
	ok(strstr(err.text, "63") != NULL, "said with numbers");
	for (uint16_t size = 0; size < 40;
	     size++) { /* header 8 + pid, tid 8 + one byte at least + sample_id 24 */
		header.size = size;
		memcpy(writer.bytes, &header, sizeof(header));
		if (perf_record_decode(&record, writer.bytes, size, &layout, NULL) != -EBADMSG)
			ok(false, "a comm record that is too short");
	}
	is_int(record.type, 77, "nothing is written on error");
}

int main(void)
{
	test_sample();
	test_mmap();
	test_others();
	test_damage();
	return tap_done();
}
