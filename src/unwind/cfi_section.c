#include "unwind/cfi_section.h"

#include <errno.h>

#include "unwind/unwind_arch.h"

/* DW_EH_PE_…: how a pointer is written, and what it is relative to. */
enum {
	FORMAT_MASK = 0x0f,
	FORMAT_ABSPTR = 0x00,
	FORMAT_ULEB128 = 0x01,
	FORMAT_UDATA2 = 0x02,
	FORMAT_UDATA4 = 0x03,
	FORMAT_UDATA8 = 0x04,
	FORMAT_SLEB128 = 0x09,
	FORMAT_SDATA2 = 0x0a,
	FORMAT_SDATA4 = 0x0b,
	FORMAT_SDATA8 = 0x0c,

	BASE_MASK = 0x70,
	BASE_ABSOLUTE = 0x00,
	BASE_PC = 0x10,
	BASE_TEXT = 0x20,
	BASE_DATA = 0x30,
	BASE_FUNCTION = 0x40,
	BASE_ALIGNED = 0x50, /* absolute, at the next multiple of 8 */

	IS_INDIRECT = 0x80, /* the pointer's address is given */
	OMITTED = 0xff,
};

enum { ADDRESS_BYTES = 8 };

/* One entry: its body behind the length, and what tells a CIE from an FDE. */
struct entry {
	struct cfi_cursor body; /* behind the id */
	uint64_t offset;	/* of the entry's first byte */
	uint64_t id;		/* of an FDE: where its CIE is */
	uint64_t id_offset;
	bool is_cie;
};

void cfi_section_init(struct cfi_section *section, const struct cfi_sections *sections,
		      bool is_debug_frame)
{
	const uint8_t *bytes = is_debug_frame ? sections->debug_frame : sections->eh_frame;

	*section = (struct cfi_section){
		.arch = sections->arch,
		.is_debug_frame = is_debug_frame,
		.bytes = bytes,
		.svma = is_debug_frame ? 0 : sections->eh_frame_svma,
		.text_svma = sections->text_svma,
		.data_svma = sections->data_svma,
	};
	if (bytes != NULL)
		section->size =
			is_debug_frame ? sections->debug_frame_size : sections->eh_frame_size;
}

static bool read_value(struct cfi_cursor *cursor, uint8_t format, uint64_t *ret_value)
{
	switch (format) {
	case FORMAT_ABSPTR:
	case FORMAT_UDATA8:
	case FORMAT_SDATA8:
		*ret_value = cfi_cursor_read(cursor, 8);
		break;
	case FORMAT_UDATA4:
		*ret_value = cfi_cursor_read(cursor, 4);
		break;
	case FORMAT_SDATA4:
		*ret_value = (uint64_t)(int32_t)cfi_cursor_read(cursor, 4);
		break;
	case FORMAT_UDATA2:
		*ret_value = cfi_cursor_read(cursor, 2);
		break;
	case FORMAT_SDATA2:
		*ret_value = (uint64_t)(int16_t)cfi_cursor_read(cursor, 2);
		break;
	case FORMAT_ULEB128:
		*ret_value = cfi_cursor_read_uleb(cursor);
		break;
	case FORMAT_SLEB128:
		*ret_value = (uint64_t)cfi_cursor_read_sleb(cursor);
		break;
	default:
		return false;
	}
	return !cursor->is_cut;
}

static uint64_t cursor_svma(const struct cfi_section *section, const struct cfi_cursor *cursor)
{
	return section->svma + (uint64_t)(cursor->at - section->bytes);
}

/* Steps over a pointer, whatever it points to. */
static bool read_any_pointer(const struct cfi_section *section, struct cfi_cursor *cursor,
			     uint8_t encoding, uint64_t function, uint64_t *ret_svma)
{
	uint64_t base = 0, value;

	switch (encoding & BASE_MASK) {
	case BASE_ABSOLUTE:
		break;
	case BASE_PC:
		base = cursor_svma(section, cursor);
		break;
	case BASE_TEXT:
		base = section->text_svma;
		break;
	case BASE_DATA:
		base = section->data_svma;
		break;
	case BASE_FUNCTION:
		base = function;
		break;
	case BASE_ALIGNED:
		cfi_cursor_read_bytes(cursor, -cursor_svma(section, cursor) & (ADDRESS_BYTES - 1));
		break;
	default:
		return false;
	}
	if (!read_value(cursor, encoding & FORMAT_MASK, &value))
		return false;
	*ret_svma = base + value;
	return true;
}

bool cfi_section_read_pointer(const struct cfi_section *section, struct cfi_cursor *cursor,
			      uint8_t encoding, uint64_t function, uint64_t *ret_svma)
{
	return encoding != OMITTED && (encoding & IS_INDIRECT) == 0 &&
	       read_any_pointer(section, cursor, encoding, function, ret_svma);
}

/*
 * 1 with an entry, 0 for padding (a length of 0 ends the list for some readers, but linkers put
 * more behind it); -EBADMSG when the rest of the section cannot be followed.
 */
static int read_entry(const struct cfi_section *section, uint64_t offset, struct entry *ret_entry,
		      uint64_t *ret_next)
{
	struct cfi_cursor cursor = {section->bytes + offset, section->bytes + section->size, false};
	uint64_t length = cfi_cursor_read(&cursor, 4);
	size_t id_bytes = 4;
	struct entry entry = {.offset = offset};

	if (length == UINT32_MAX) {
		length = cfi_cursor_read(&cursor, 8);
		id_bytes = 8;
	}
	*ret_next = section->size;
	if (cursor.is_cut || length > cfi_cursor_left(&cursor))
		return -EBADMSG;
	*ret_next = (uint64_t)(cursor.at - section->bytes) + length;
	if (length == 0)
		return 0;
	cursor.end = cursor.at + length;
	entry.id_offset = (uint64_t)(cursor.at - section->bytes);
	entry.id = cfi_cursor_read(&cursor, id_bytes);
	if (section->is_debug_frame)
		entry.is_cie = entry.id == (id_bytes == 8 ? UINT64_MAX : UINT32_MAX);
	else
		entry.is_cie = entry.id == 0;
	entry.body = cursor;
	*ret_entry = entry;
	return cursor.is_cut ? -EBADMSG : 1;
}

/* The letters behind 'z'. They say what the augmentation's data are, in their order. */
static bool read_augmentation(const struct cfi_section *section, struct cfi_cursor data,
			      const char *letters, struct cfi_cie *cie)
{
	uint64_t personality;
	uint8_t encoding;

	for (; *letters != '\0'; letters++) {
		switch (*letters) {
		case 'R':
			cie->fde_encoding = cfi_cursor_read_u8(&data);
			break;
		case 'P':
			encoding = cfi_cursor_read_u8(&data);
			if (encoding != OMITTED &&
			    !read_any_pointer(section, &data, encoding, 0, &personality))
				return false;
			break;
		case 'L':
			cfi_cursor_read_u8(&data);
			break;
		case 'S':
			cie->is_signal = true;
			break;
		case 'B': /* signed with aarch64's other key: stripped alike */
		case 'G': /* tagged stack memory */
			break;
		default:
			return false;
		}
	}
	return !data.is_cut;
}

static bool read_cie_fields(const struct cfi_section *section, struct cfi_cursor *body,
			    struct cfi_cie *cie)
{
	uint8_t version = cfi_cursor_read_u8(body);
	const char *letters = (const char *)body->at;
	uint64_t return_addr;

	if (body->is_cut || memchr(letters, '\0', cfi_cursor_left(body)) == NULL)
		return false;
	body->at += strlen(letters) + 1;
	if (version != 1 && version != 3 && version != 4)
		return false;
	if (version == 4 && (cfi_cursor_read_u8(body) != ADDRESS_BYTES ||
			     cfi_cursor_read_u8(body) != 0)) /* segment selectors */
		return false;
	cie->code_alignment = cfi_cursor_read_uleb(body);
	cie->data_alignment = cfi_cursor_read_sleb(body);
	return_addr = version == 1 ? cfi_cursor_read_u8(body) : cfi_cursor_read_uleb(body);
	if (body->is_cut || return_addr != unwind_arch_get(section->arch)->return_addr)
		return false;
	if (letters[0] == 'z') {
		struct cfi_cursor data = *body;
		uint64_t size = cfi_cursor_read_uleb(&data);

		body->at = data.at;
		if (data.is_cut || cfi_cursor_read_bytes(body, size) == NULL)
			return false;
		data.end = body->at;
		cie->has_augmentation = true;
		return read_augmentation(section, data, letters + 1, cie);
	}
	return letters[0] == '\0';
}

static int read_cie(const struct cfi_section *section, uint64_t offset, struct cfi_cie *ret_cie)
{
	struct cfi_cie cie = {.offset = offset};
	struct entry entry;
	uint64_t next;

	if (offset >= section->size || read_entry(section, offset, &entry, &next) != 1 ||
	    !entry.is_cie || !read_cie_fields(section, &entry.body, &cie))
		return -EBADMSG;
	cie.instructions = entry.body.at;
	cie.instructions_size = cfi_cursor_left(&entry.body);
	*ret_cie = cie;
	return 0;
}

/* 1, 0 for a function that is not there, or -EBADMSG. */
static int read_fde(const struct cfi_section *section, struct entry *entry, struct cfi_fde *fde)
{
	/* .debug_frame counts from the section's start, .eh_frame backwards from the field */
	uint64_t cie_offset = section->is_debug_frame ? entry->id : entry->id_offset - entry->id;
	struct cfi_cursor *body = &entry->body;
	uint64_t range;

	if (fde->section != section || fde->cie.offset != cie_offset) {
		fde->section = NULL;
		if (read_cie(section, cie_offset, &fde->cie) < 0)
			return -EBADMSG;
		fde->section = section;
	}
	if (!cfi_section_read_pointer(section, body, fde->cie.fde_encoding, 0, &fde->start) ||
	    !read_value(body, fde->cie.fde_encoding & FORMAT_MASK, &range))
		return -EBADMSG;
	if (fde->cie.has_augmentation)
		cfi_cursor_read_bytes(body, cfi_cursor_read_uleb(body));
	if (body->is_cut || range > UINT64_MAX - fde->start)
		return -EBADMSG;
	fde->end = fde->start + range;
	fde->instructions = body->at;
	fde->instructions_size = cfi_cursor_left(body);
	return fde->start != 0 && range != 0;
}

int cfi_section_next(const struct cfi_section *section, uint64_t *offset, struct cfi_fde *fde)
{
	struct entry entry;
	int is_entry;

	if (*offset >= section->size)
		return -ENODATA;
	is_entry = read_entry(section, *offset, &entry, offset);
	if (is_entry <= 0)
		return is_entry;
	return entry.is_cie ? 0 : read_fde(section, &entry, fde);
}
