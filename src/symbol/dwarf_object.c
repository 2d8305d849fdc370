#include "symbol/dwarf_object.h"

#include <stdlib.h>

#include "symbol/dwarf_once.h"
#include "util/alloc.h"

enum { MAX_UNITS = 1 << 20 };

struct dwarf_object_abbrevs {
	uint64_t offset;
	struct dwarf_format format;
	_Atomic uint8_t is_read;
	struct dwarf_abbrev_table *table;
};

void dwarf_object_init(struct dwarf_object *object, const struct dwarf_file *file)
{
	*object = (struct dwarf_object){0};
	dwarf_source_init(&object->source, file);
	pthread_mutex_init(&object->lock, NULL);
	hashmap_init(&object->abbrevs_by_key);
}

void dwarf_object_release(struct dwarf_object *object)
{
	for (size_t i = 0; i < object->units.count; i++)
		dwarf_unit_release(&object->units.items[i]);
	for (size_t i = 0; i < object->abbrevs.count; i++) {
		dwarf_abbrev_free(object->abbrevs.items[i]->table);
		free(object->abbrevs.items[i]);
	}
	vec_release(&object->units);
	vec_release(&object->abbrevs);
	hashmap_release(&object->abbrevs_by_key);
	pthread_mutex_destroy(&object->lock);
}

void dwarf_object_read(struct dwarf_object *object)
{
	static const struct dwarf_contribution none;
	uint64_t size = dwarf_source_get_size(&object->source, DWARF_INFO);

	for (uint64_t offset = 0; offset < size;) {
		struct dwarf_unit unit;
		bool is_usable;

		if (object->units.count == MAX_UNITS ||
		    !dwarf_unit_read_header(&unit, object, offset, &none, &is_usable)) {
			atomic_fetch_add(&object->damaged_count, 1);
			return;
		}
		if (is_usable)
			vec_push(&object->units, unit);
		offset = unit.end;
	}
}

struct dwarf_unit *dwarf_object_find_unit(struct dwarf_object *object, uint64_t offset)
{
	size_t low = 0, high = object->units.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (object->units.items[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && offset < object->units.items[low - 1].end ? &object->units.items[low - 1]
								    : NULL;
}

bool dwarf_object_shares_abbrevs(const struct dwarf_object *object, const struct dwarf_unit *unit)
{
	const struct dwarf_unit *first = object->units.items, *end = first + object->units.count;

	return unit >= first && unit < end &&
	       ((unit > first && unit[-1].abbrev_offset == unit->abbrev_offset) ||
		(unit + 1 < end && unit[1].abbrev_offset == unit->abbrev_offset));
}

static struct dwarf_object_abbrevs *find_or_add(struct dwarf_object *object, uint64_t offset,
						const struct dwarf_format *format)
{
	uint64_t hash = hashmap_hash_u64(offset);
	struct dwarf_object_abbrevs *entry;
	uint32_t slot;

	for (uint32_t i = hashmap_first(&object->abbrevs_by_key, hash, &slot); i != HASHMAP_NONE;
	     i = hashmap_next(&object->abbrevs_by_key, hash, &slot)) {
		entry = object->abbrevs.items[i];
		if (entry->offset == offset && entry->format.version == format->version &&
		    entry->format.address_size == format->address_size &&
		    entry->format.offset_size == format->offset_size)
			return entry;
	}
	entry = alloc_new(struct dwarf_object_abbrevs);
	entry->offset = offset;
	entry->format = *format;
	hashmap_insert(&object->abbrevs_by_key, hash, (uint32_t)object->abbrevs.count);
	vec_push(&object->abbrevs, entry);
	return entry;
}

const struct dwarf_abbrev_table *dwarf_object_find_abbrevs(struct dwarf_object *object,
							   uint64_t offset,
							   const struct dwarf_format *format)
{
	struct dwarf_object_abbrevs *entry;

	pthread_mutex_lock(&object->lock);
	entry = find_or_add(object, offset, format);
	pthread_mutex_unlock(&object->lock);
	if (dwarf_once_take(&entry->is_read)) {
		entry->table = dwarf_abbrev_new(&object->source, offset, format, 0);
		dwarf_once_end(&entry->is_read, entry->table != NULL);
	}
	return dwarf_once_wait(&entry->is_read) ? entry->table : NULL;
}
