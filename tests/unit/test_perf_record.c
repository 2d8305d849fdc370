/*
 * Records written by hand after perf_event_open(2), "MMAP layout"; real ones are in the fuzz
 * target's corpus.
 */
#include "capture/perf_record.h"

#include <errno.h>

#include "tap.h"

struct writer {
	unsigned char bytes[65536];
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
	writer->size = sizeof(struct perf_event_header);
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
	static struct writer writer;
	struct perf_record record;

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
}

static uint64_t state = 20261121;

static uint64_t next_random(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return state >> 33 | state << 31;
}

static void put_random(struct writer *writer, uint64_t words)
{
	for (; words > 0; words--)
		put_u64(writer, next_random());
}

static unsigned count_bits(uint64_t mask)
{
	unsigned count = 0;

	for (; mask != 0; mask >>= 1)
		count += (unsigned)(mask & 1);
	return count;
}

/* What a sample was written with. */
struct truth {
	uint64_t ip, id, time_ns, period, chain_first, register_value;
	uint32_t pid, tid, cpu, chain_count, stack_bytes, stack_reserved;
	unsigned char stack_first;
	unsigned register_number;
	bool has_registers, is_32_bit;
};

static uint64_t put_if(struct writer *writer, bool condition)
{
	uint64_t value = next_random();

	if (condition)
		put_u64(writer, value);
	return condition ? value : 0;
}

/* perf_event_open(2), "Reading results". */
static void put_read(struct writer *writer, uint64_t format)
{
	uint64_t values = next_random() % 4;

	if (format & PERF_FORMAT_GROUP)
		put_u64(writer, values);
	else
		values = 1;
	put_if(writer, format & PERF_FORMAT_TOTAL_TIME_ENABLED);
	put_if(writer, format & PERF_FORMAT_TOTAL_TIME_RUNNING);
	for (; values > 0; values--) {
		put_random(writer, 1);
		put_if(writer, format & PERF_FORMAT_ID);
		put_if(writer, format & (1 << 4)); /* LOST */
	}
}

static bool put_registers(struct writer *writer, uint64_t mask, uint64_t abi)
{
	put_u64(writer, abi);
	if (abi != 0)
		put_random(writer, count_bits(mask));
	return abi != 0 && mask != 0;
}

static void put_user_registers(struct writer *writer, const struct perf_layout *form,
			       struct truth *truth)
{
	uint64_t abi = next_random() % 3;
	uint16_t start = (uint16_t)(writer->size + 8);

	truth->has_registers = put_registers(writer, form->user_registers, abi);
	truth->is_32_bit = abi == 1;
	if (!truth->has_registers)
		return;
	do
		truth->register_number = (unsigned)(next_random() % 64);
	while ((form->user_registers >> truth->register_number & 1) == 0);
	memcpy(&truth->register_value,
	       writer->bytes + start +
		       8 * (size_t)count_bits(form->user_registers &
					      ((UINT64_C(1) << truth->register_number) - 1)),
	       8);
}

static void put_stack(struct writer *writer, struct truth *truth)
{
	truth->stack_reserved = (uint32_t)(next_random() % 64 * 8);
	put_u64(writer, truth->stack_reserved);
	if (truth->stack_reserved == 0)
		return;
	put_random(writer, truth->stack_reserved / 8);
	truth->stack_first = writer->bytes[writer->size - truth->stack_reserved];
	truth->stack_bytes = (uint32_t)(next_random() % (truth->stack_reserved + 1));
	put_u64(writer, truth->stack_bytes);
}

/* In the order of the kernel's perf_output_sample(), kernel/events/core.c. */
static void put_sample(struct writer *writer, const struct perf_layout *form, struct truth *truth)
{
	uint64_t type = form->sample_type, word, branches = next_random() % 5, id;

	truth->id = put_if(writer, type & PERF_SAMPLE_IDENTIFIER);
	truth->ip = put_if(writer, type & PERF_SAMPLE_IP);
	word = put_if(writer, type & PERF_SAMPLE_TID);
	truth->pid = (uint32_t)word;
	truth->tid = (uint32_t)(word >> 32);
	truth->time_ns = put_if(writer, type & PERF_SAMPLE_TIME);
	put_if(writer, type & PERF_SAMPLE_ADDR);
	id = put_if(writer, type & PERF_SAMPLE_ID);
	truth->id = type & PERF_SAMPLE_ID ? id : truth->id;
	put_if(writer, type & PERF_SAMPLE_STREAM_ID);
	word = put_if(writer, type & PERF_SAMPLE_CPU);
	truth->cpu = type & PERF_SAMPLE_CPU ? (uint32_t)word : UINT32_MAX;
	truth->period = put_if(writer, type & PERF_SAMPLE_PERIOD);
	if (type & PERF_SAMPLE_READ)
		put_read(writer, form->read_format);
	if (type & PERF_SAMPLE_CALLCHAIN) {
		truth->chain_count = (uint32_t)(next_random() % 20);
		put_u64(writer, truth->chain_count);
		put_random(writer, truth->chain_count);
		if (truth->chain_count > 0)
			memcpy(&truth->chain_first,
			       writer->bytes + writer->size - 8 * (size_t)truth->chain_count, 8);
	}
	if (type & PERF_SAMPLE_RAW) {
		uint32_t raw_words = (uint32_t)(next_random() % 6);

		put_u32(writer, 4 + 8 * raw_words);
		put_u32(writer, 0);
		put_random(writer, raw_words);
	}
	if (type & PERF_SAMPLE_BRANCH_STACK) {
		put_u64(writer, branches);
		put_if(writer, form->branch_sample_type & PERF_SAMPLE_BRANCH_HW_INDEX);
		put_random(writer, branches * 3);
		if (form->branch_sample_type & (1 << 19)) /* COUNTERS */
			put_random(writer, branches);
	}
	if (type & PERF_SAMPLE_REGS_USER)
		put_user_registers(writer, form, truth);
	if (type & PERF_SAMPLE_STACK_USER)
		put_stack(writer, truth);
	put_if(writer, type & PERF_SAMPLE_WEIGHT_TYPE);
	put_if(writer, type & PERF_SAMPLE_DATA_SRC);
	put_if(writer, type & PERF_SAMPLE_TRANSACTION);
	if (type & PERF_SAMPLE_REGS_INTR)
		put_registers(writer, form->interrupt_registers, next_random() % 3);
	put_if(writer, type & PERF_SAMPLE_PHYS_ADDR);
	put_if(writer, type & PERF_SAMPLE_CGROUP);
	put_if(writer, type & PERF_SAMPLE_DATA_PAGE_SIZE);
	put_if(writer, type & PERF_SAMPLE_CODE_PAGE_SIZE);
	if (type & PERF_SAMPLE_AUX) {
		word = next_random() % 6;
		put_u64(writer, word * 8);
		put_random(writer, word);
	}
}

static bool is_as_written(const struct perf_record *record, const struct perf_layout *form,
			  const struct truth *truth)
{
	const struct perf_record_sample *sample = &record->sample;
	uint64_t value = 0;
	bool has_register = perf_record_get_register(sample, form, truth->register_number, &value);

	return sample->ip == truth->ip && record->id == truth->id && record->pid == truth->pid &&
	       record->tid == truth->tid && record->time_ns == truth->time_ns &&
	       sample->cpu == truth->cpu && sample->period == truth->period &&
	       sample->chain_count == truth->chain_count &&
	       (truth->chain_count == 0 ||
		perf_record_get_chain(sample, 0) == truth->chain_first) &&
	       has_register == truth->has_registers &&
	       (!has_register || value == truth->register_value) &&
	       sample->is_32_bit == truth->is_32_bit && sample->stack_bytes == truth->stack_bytes &&
	       sample->stack_reserved_bytes == truth->stack_reserved &&
	       (truth->stack_bytes == 0 || sample->stack[0] == truth->stack_first) &&
	       (sample->stack != NULL) == (truth->stack_bytes > 0);
}

/* Layouts by chance, and records of them; one cut short by a word must be refused. */
static void test_layouts(void)
{
	static struct writer writer;
	unsigned wrong = 0, refused = 0, cut = 0, cuts = 0;

	for (int round = 0; round < 20000; round++) {
		struct perf_layout form = {
			.sample_type = next_random() & PERF_RECORD_SAMPLE_BITS,
			.read_format = next_random() & 31,
			.branch_sample_type = next_random(),
			.user_registers = next_random() & next_random(),
			.interrupt_registers = next_random() & next_random(),
		};
		struct truth truth = {0};
		struct perf_record record;

		begin(&writer);
		put_sample(&writer, &form, &truth);
		if (end(&writer, PERF_RECORD_SAMPLE, 0, &form, &record) != 0)
			refused++;
		else
			wrong += !is_as_written(&record, &form, &truth);
		if (writer.size <= sizeof(struct perf_event_header))
			continue;
		writer.size = (uint16_t)(writer.size - 8);
		cut += end(&writer, PERF_RECORD_SAMPLE, 0, &form, &record) == -EBADMSG;
		cuts++;
	}
	is_int(refused, 0, "20,000 layouts by chance are read");
	is_int(wrong, 0, "each field at its place");
	is_int(cut, cuts, "and are refused when a word is missing");
}

static void test_big(void)
{
	static struct writer writer;
	struct perf_layout form = {.sample_type = PERF_SAMPLE_CALLCHAIN};
	struct perf_record record;
	uint64_t value;

	begin(&writer);
	put_u64(&writer, 8189);
	put_random(&writer, 8189);
	is_int(end(&writer, PERF_RECORD_SAMPLE, 0, &form, &record), 0, "the longest chain");
	is_int(record.sample.chain_count, 8189, "whole");
	begin(&writer);
	put_u64(&writer, UINT64_MAX / 8 + 2);
	put_random(&writer, 2);
	is_int(end(&writer, PERF_RECORD_SAMPLE, 0, &form, &record), -EBADMSG,
	       "a chain that overflows");
	form = (struct perf_layout){.sample_type = PERF_SAMPLE_STACK_USER};
	begin(&writer);
	put_u64(&writer, 16);
	put_random(&writer, 2);
	put_u64(&writer, 17);
	is_int(end(&writer, PERF_RECORD_SAMPLE, 0, &form, &record), -EBADMSG,
	       "more copied than there was room");
	form = (struct perf_layout){.sample_type = PERF_SAMPLE_REGS_USER, .user_registers = 5};
	begin(&writer);
	put_u64(&writer, PERF_SAMPLE_REGS_ABI_64);
	put_u64(&writer, 70);
	put_u64(&writer, 72);
	is_int(end(&writer, PERF_RECORD_SAMPLE, 0, &form, &record), 0, "registers");
	ok(perf_record_get_register(&record.sample, &form, 2, &value) && value == 72,
	   "by their number");
	ok(!perf_record_get_register(&record.sample, &form, 1, &value) &&
		   !perf_record_get_register(&record.sample, &form, 64, &value) && value == 72,
	   "others are not there");
}

static void test_mmap(void)
{
	static const char path[16] = "/usr/bin/cat";
	static struct writer writer;
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
	ok(record.mmap.build_id_length == 0, "no build id");
	memset(writer.bytes + 8 + 8 + 24, 0xab, 24);
	writer.bytes[8 + 8 + 24] = 20;
	is_int(end(&writer, PERF_RECORD_MMAP2, PERF_RECORD_MISC_MMAP_BUILD_ID, &layout, &record), 0,
	       "with a build id");
	ok(record.mmap.inode == 0 && strcmp(record.mmap.path, "/usr/bin/cat") == 0,
	   "there is no inode then");
	ok(record.mmap.build_id_length == 20 && record.mmap.build_id[0] == 0xab &&
		   record.mmap.build_id[19] == 0xab,
	   "its bytes");
	writer.bytes[8 + 8 + 24] = 21;
	is_int(end(&writer, PERF_RECORD_MMAP2, PERF_RECORD_MISC_MMAP_BUILD_ID, &layout, &record),
	       -EBADMSG, "a build id longer than its field");
	memset(writer.bytes + 8 + 8 + 24 + 24 + 8, 'x', sizeof(path));
	is_int(end(&writer, PERF_RECORD_MMAP2, 0, &layout, &record), -EBADMSG,
	       "a path without end");
}

static void test_others(void)
{
	static const char comm[8] = "gateway";
	static struct writer writer;
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
	static struct writer writer;
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
	test_layouts();
	test_big();
	test_mmap();
	test_others();
	test_damage();
	return tap_done();
}
