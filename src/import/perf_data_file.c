#include "import/perf_data_file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "util/alloc.h"

enum { ATTR_BYTES_MAX = UINT16_MAX };

static int read_section(const struct import_input *input, const struct perf_section *section,
			const char *what, unsigned char **ret_bytes, struct err *err)
{
	unsigned char *bytes;

	if (section->size > PERF_SECTION_BYTES_MAX)
		return err_set(err, -EBADMSG,
			       "is a damaged perf.data: %s has %" PRIu64 " bytes, more than %d",
			       what, section->size, PERF_SECTION_BYTES_MAX);
	if (section->size > input->size)
		return err_set(err, -EBADMSG, "is a perf.data that ends before its %s", what);
	bytes = alloc_array(section->size + 1, 1);
	if (!import_input_read_at(input, section->offset, bytes, section->size)) {
		free(bytes);
		return err_set(err, -EBADMSG, "is a perf.data that ends before its %s", what);
	}
	*ret_bytes = bytes;
	return 0;
}

/* One of the attribute section: an attribute of the file's version, and where its ids are. */
static int add_event(struct perf_data_info *info, const struct import_input *input,
		     size_t attr_bytes, const unsigned char *entry, struct err *err)
{
	scoped_free unsigned char *ids = NULL;
	struct perf_section section;
	int r;

	memcpy(&section, entry + attr_bytes, sizeof(section));
	r = read_section(input, &section, "ids of events", &ids, err);
	return r < 0 ? r
		     : perf_data_info_add_event(info, entry, attr_bytes, ids,
						(size_t)section.size / sizeof(uint64_t), err);
}

int perf_data_file_read_events(struct perf_data_info *info, const struct import_input *input,
			       const struct perf_file_header *header, struct err *err)
{
	scoped_free unsigned char *attrs = NULL;
	uint64_t count;
	int r;

	if (header->attr_bytes < PERF_ATTR_SIZE_VER0 + sizeof(struct perf_section) ||
	    header->attr_bytes > ATTR_BYTES_MAX)
		return err_set(err, -EBADMSG,
			       "is a damaged perf.data: its events are described in %" PRIu64
			       " bytes each",
			       header->attr_bytes);
	count = header->attrs.size / header->attr_bytes;
	r = read_section(input, &header->attrs, "description of events", &attrs, err);
	for (uint64_t i = 0; i < count && r == 0; i++)
		r = add_event(info, input, (size_t)header->attr_bytes - sizeof(struct perf_section),
			      attrs + i * header->attr_bytes, err);
	if (r == 0 && count == 0)
		r = err_set(err, -EBADMSG, "is a perf.data without events");
	return r;
}

bool perf_data_file_read_features(struct perf_data_info *info, const struct import_input *input,
				  const struct perf_file_header *header)
{
	uint64_t at = header->data.offset + header->data.size;

	for (unsigned feature = 0; feature < PERF_FEATURE_BITS; feature++) {
		scoped_free unsigned char *bytes = NULL;
		struct perf_section section;

		if (!perf_file_header_has(header, feature))
			continue;
		if (!import_input_read_at(input, at, &section, sizeof(section)) ||
		    read_section(input, &section, "features", &bytes, NULL) < 0)
			return false;
		at += sizeof(section);
		perf_data_info_add_feature(info, feature, bytes, (size_t)section.size);
	}
	return true;
}
