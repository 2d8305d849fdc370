/* cfi_section: entries of both sections, in all their forms, and damaged ones. */
#include "unwind/cfi_section.h"

#include <errno.h>

#include "cfi_maker.h"
#include "tap.h"

enum { SECTION_SVMA = 0x8000 };

/* A section made entry by entry. */
struct maker {
	struct cfi_maker bytes;
	uint64_t length_at; /* of the entry's length field */
};

static void begin_entry(struct maker *maker, uint64_t id)
{
	maker->length_at = maker->bytes.size;
	cfi_maker_put(&maker->bytes, 0, 4);
	cfi_maker_put(&maker->bytes, id, 4);
}

static void end_entry(struct maker *maker)
{
	uint32_t length = (uint32_t)(maker->bytes.size - maker->length_at - 4);

	memcpy(maker->bytes.bytes + maker->length_at, &length, 4);
}

static void put(struct maker *maker, uint64_t value, size_t size)
{
	cfi_maker_put(&maker->bytes, value, size);
}

/* Of .eh_frame, version 1: its augmentation's letters and data. */
static void put_eh_cie(struct maker *maker, const char *letters, const void *data, size_t size)
{
	begin_entry(maker, 0);
	put(maker, 1, 1);
	cfi_maker_put_bytes(&maker->bytes, letters, strlen(letters) + 1);
	put(maker, 1, 1);    /* code alignment */
	put(maker, 0x78, 1); /* data alignment -8 */
	put(maker, 16, 1);   /* return address */
	put(maker, size, 1);
	cfi_maker_put_bytes(&maker->bytes, data, size);
	put(maker, 0x08070c, 3);
	end_entry(maker);
}

/* A function of the CIE at offset 0, its start and length written with `size` bytes each. */
static void put_eh_fde(struct maker *maker, uint64_t start, uint64_t range, size_t size)
{
	begin_entry(maker, maker->bytes.size + 4);
	put(maker, start, size);
	put(maker, range, size);
	put(maker, 0, 1); /* no augmentation data */
	put(maker, 0x0e, 1);
	put(maker, 16, 1);
	end_entry(maker);
}

static struct cfi_section make_section(const struct maker *maker, bool is_debug_frame)
{
	struct cfi_sections sections = {
		.eh_frame_svma = SECTION_SVMA, .text_svma = 0x100000, .data_svma = 0x200000};
	struct cfi_section section;

	if (is_debug_frame) {
		sections.debug_frame = maker->bytes.bytes;
		sections.debug_frame_size = maker->bytes.size;
	} else {
		sections.eh_frame = maker->bytes.bytes;
		sections.eh_frame_size = maker->bytes.size;
	}
	cfi_section_init(&section, &sections, is_debug_frame);
	return section;
}

/* The first entry that is no CIE: as cfi_section_next(). */
static int read_first(const struct maker *maker, bool is_debug_frame, struct cfi_fde *fde)
{
	static struct cfi_section section;
	uint64_t offset = 0;
	int result;

	*fde = (struct cfi_fde){0};
	section = make_section(maker, is_debug_frame);
	do
		result = cfi_section_next(&section, &offset, fde);
	while (result == 0);
	return result;
}

static int read_encoded(uint8_t encoding, uint64_t start, size_t size, struct cfi_fde *fde)
{
	static struct maker maker; /* the function borrows its bytes */

	maker = (struct maker){0};
	put_eh_cie(&maker, "zR", &encoding, 1);
	put_eh_fde(&maker, start, 0x10, size);
	return read_first(&maker, false, fde);
}

static void test_encodings(void)
{
	/* where the start's field is: a CIE of 20 bytes, and an FDE's length and pointer */
	const uint64_t field = SECTION_SVMA + 20 + 8;
	struct cfi_fde fde;

	is_int(read_encoded(0x00, 0x1000, 8, &fde), 1, "absolute");
	ok(fde.start == 0x1000 && fde.end == 0x1010, "its addresses");
	ok(fde.instructions_size == 2 && fde.instructions[0] == 0x0e, "its instructions");
	is_int(read_encoded(0x02, 0x1000, 2, &fde), 1, "udata2");
	is_int(fde.start, 0x1000, "its start");
	is_int(read_encoded(0x03, 0x80001000, 4, &fde), 1, "udata4");
	is_int(fde.start, 0x80001000, "its start");
	is_int(read_encoded(0x1b, (uint64_t)-0x100, 4, &fde), 1, "pcrel sdata4");
	ok(fde.start == field - 0x100 && fde.end == field - 0x100 + 0x10, "its addresses");
	is_int(read_encoded(0x1a, (uint64_t)-0x100, 2, &fde), 1, "pcrel sdata2");
	is_int(fde.start, field - 0x100, "its start");
	is_int(read_encoded(0x1c, (uint64_t)-0x100, 8, &fde), 1, "pcrel sdata8");
	is_int(fde.start, field - 0x100, "its start");
	is_int(read_encoded(0x2b, 0x40, 4, &fde), 1, "textrel");
	is_int(fde.start, 0x100040, "its start");
	is_int(read_encoded(0x3b, 0x40, 4, &fde), 1, "datarel");
	is_int(fde.start, 0x200040, "its start");
	is_int(read_encoded(0x01, 0x20, 1, &fde), 1, "uleb128");
	is_int(fde.start, 0x20, "its start");
	is_int(read_encoded(0x19, 0x7f, 1, &fde), 1, "pcrel sleb128");
	is_int(fde.start, field - 1, "its start");
	is_int(read_encoded(0x9b, 0x40, 4, &fde), -EBADMSG, "an indirect start needs memory");
	is_int(read_encoded(0xff, 0x40, 4, &fde), -EBADMSG, "an omitted start");
	is_int(read_encoded(0x0e, 0x40, 4, &fde), -EBADMSG, "an unknown format");
	is_int(read_encoded(0x73, 0x40, 4, &fde), -EBADMSG, "an unknown base");
	is_int(read_encoded(0x00, 0, 8, &fde), -ENODATA, "a function at 0 was left out");
	is_int(read_encoded(0x00, UINT64_MAX, 8, &fde), -EBADMSG, "beyond the highest address");
}

static void test_augmentations(void)
{
	static const uint8_t plr[] = {0x9b, 1, 2, 3, 4, 0x1b, 0x03}; /* P and 4 bytes, L, R */
	static const uint8_t aligned[] = {0x50, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 0x03};
	static const uint8_t r[] = {0x03};
	struct maker maker = {0};
	struct cfi_fde fde;

	put_eh_cie(&maker, "zPLR", plr, sizeof(plr));
	put_eh_fde(&maker, 0x1000, 0x10, 4);
	is_int(read_first(&maker, false, &fde), 1, "zPLR");
	ok(fde.cie.fde_encoding == 0x03 && !fde.cie.is_signal, "its encoding");
	ok(fde.cie.instructions_size == 3 && fde.cie.instructions[0] == 0x0c, "its instructions");
	is_int(fde.cie.data_alignment, -8, "its factor");

	/*
	 * the data begin 8 + 1 + 4 + 3 + 1 bytes into the section: 17; 7 more are a multiple of 8
	 */
	maker = (struct maker){0};
	put_eh_cie(&maker, "zPR", aligned, sizeof(aligned));
	put_eh_fde(&maker, 0x1000, 0x10, 4);
	is_int(read_first(&maker, false, &fde), 1, "an aligned personality");
	is_int(fde.cie.fde_encoding, 0x03, "is stepped over");

	maker = (struct maker){0};
	put_eh_cie(&maker, "zRS", r, 1);
	put_eh_fde(&maker, 0x1000, 0x10, 4);
	ok(read_first(&maker, false, &fde) == 1 && fde.cie.is_signal, "S: a signal's frame");
	maker = (struct maker){0};
	put_eh_cie(&maker, "zRB", r, 1);
	put_eh_fde(&maker, 0x1000, 0x10, 4);
	is_int(read_first(&maker, false, &fde), 1, "B: aarch64's other key");
	maker = (struct maker){0};
	put_eh_cie(&maker, "zRX", r, 1);
	put_eh_fde(&maker, 0x1000, 0x10, 4);
	is_int(read_first(&maker, false, &fde), -EBADMSG, "an unknown letter");
	maker = (struct maker){0};
	put_eh_cie(&maker, "zLR", r, 1);
	put_eh_fde(&maker, 0x1000, 0x10, 4);
	is_int(read_first(&maker, false, &fde), -EBADMSG, "data shorter than the letters want");
}

static void test_walk(void)
{
	static const uint8_t r[] = {0x03};
	struct maker maker = {0};
	struct cfi_section section;
	struct cfi_fde fde = {0};
	uint64_t offset = 0;

	put_eh_cie(&maker, "zR", r, 1);
	put_eh_fde(&maker, 0x1000, 0x10, 4);
	put(&maker, 0, 4);	/* padding */
	begin_entry(&maker, 4); /* points into nothing */
	put(&maker, 0x2000, 4);
	put(&maker, 0x10, 4);
	put(&maker, 0, 1);
	end_entry(&maker);
	put_eh_fde(&maker, 0x3000, 0x10, 4);
	put(&maker, 1000, 4); /* an entry that the section does not hold */
	put(&maker, 0, 8);
	section = make_section(&maker, false);
	is_int(cfi_section_next(&section, &offset, &fde), 0, "a CIE");
	is_int(cfi_section_next(&section, &offset, &fde), 1, "a function");
	is_int(fde.start, 0x1000, "the first");
	is_int(cfi_section_next(&section, &offset, &fde), 0, "padding");
	is_int(cfi_section_next(&section, &offset, &fde), -EBADMSG, "one without a CIE");
	is_int(cfi_section_next(&section, &offset, &fde), 1, "a function behind it");
	is_int(fde.start, 0x3000, "the second");
	is_int(cfi_section_next(&section, &offset, &fde), -EBADMSG, "a length that cannot be");
	is_int(cfi_section_next(&section, &offset, &fde), -ENODATA, "ends the section");
	for (uint64_t size = 0; size < maker.bytes.size; size++) { /* under AddressSanitizer */
		section.size = size;
		offset = 0;
		fde.section = NULL;
		while (cfi_section_next(&section, &offset, &fde) != -ENODATA)
			;
	}
	ok(true, "cut anywhere");
}

static void test_debug_frame(void)
{
	struct maker maker = {0};
	struct cfi_fde fde;

	begin_entry(&maker, UINT32_MAX);
	put(&maker, 3, 1);    /* version */
	put(&maker, 0, 1);    /* no letters */
	put(&maker, 4, 1);    /* code alignment */
	put(&maker, 0x7c, 1); /* data alignment -4 */
	put(&maker, 0x90, 1); /* return address 16, in two bytes */
	put(&maker, 0x00, 1);
	end_entry(&maker);
	begin_entry(&maker, 0);
	put(&maker, 0x1000, 8);
	put(&maker, 0x10, 8);
	end_entry(&maker);
	is_int(read_first(&maker, true, &fde), 1, "version 3");
	ok(fde.start == 0x1000 && fde.end == 0x1010 && fde.cie.code_alignment == 4 &&
		   fde.cie.data_alignment == -4 && fde.instructions_size == 0,
	   "its fields");

	maker = (struct maker){0};
	cfi_maker_put_cie(&maker.bytes);
	cfi_maker_put_fde(&maker.bytes, 0x1000, 0x10, "", 0);
	is_int(read_first(&maker, true, &fde), 1, "version 4");
	maker.bytes.bytes[10] = 4;
	is_int(read_first(&maker, true, &fde), -EBADMSG, "addresses of 4 bytes");
	maker.bytes.bytes[10] = 8;
	maker.bytes.bytes[14] = 8;
	is_int(read_first(&maker, true, &fde), -EBADMSG, "another processor's return address");
	maker.bytes.bytes[14] = 16;
	maker.bytes.bytes[8] = 2;
	is_int(read_first(&maker, true, &fde), -EBADMSG, "an unknown version");

	maker = (struct maker){0};
	put(&maker, UINT32_MAX, 4); /* 64-bit DWARF */
	put(&maker, 8 + 5, 8);
	put(&maker, UINT64_MAX, 8);
	put(&maker, 3, 1);
	put(&maker, 0, 1);
	put(&maker, 1, 1);
	put(&maker, 0x78, 1);
	put(&maker, 16, 1);
	put(&maker, UINT32_MAX, 4);
	put(&maker, 8 + 16, 8);
	put(&maker, 0, 8);
	put(&maker, 0x1000, 8);
	put(&maker, 0x10, 8);
	is_int(read_first(&maker, true, &fde), 1, "64-bit DWARF");
	ok(fde.start == 0x1000 && fde.end == 0x1010, "its addresses");
}

int main(void)
{
	test_encodings();
	test_augmentations();
	test_walk();
	test_debug_frame();
	return tap_done();
}
