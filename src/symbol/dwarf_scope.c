#include "symbol/dwarf_scope.h"

#include "symbol/dwarf_constants.h"
#include "symbol/dwarf_walker.h"
#include "util/vec.h"

enum { MAX_LEVELS = 4096, MAX_SCOPE_BYTES = 16 * 1024 };

/* What a scope without a name is called; NULL for what is no scope. */
static const char *get_default_name(uint32_t tag)
{
	switch (tag) {
	case DW_TAG_namespace:
		return "(anonymous namespace)";
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_interface_type:
	case DW_TAG_enumeration_type:
		return DWARF_SCOPE_UNNAMED;
	case DW_TAG_module:
	case DW_TAG_subprogram:
		return "";
	default:
		return NULL;
	}
}

/* Adds "::name" of an entry, if it is a scope. */
static void add_name(const struct dwarf_walker *walker, const struct dwarf_entry *entry,
		     struct strbuf *scope)
{
	struct dwarf_reader reader = {.at = entry->attributes, .end = walker->end};
	const char *text = get_default_name(entry->abbrev->tag), *own = NULL;
	struct dwarf_value value;
	uint32_t next = 0, name;
	size_t length;

	if (text == NULL)
		return;
	while (own == NULL && dwarf_walker_next_attribute(walker->unit, entry->abbrev, &reader,
							  &next, &name, &value))
		if (name == DW_AT_name)
			own = dwarf_unit_find_text(walker->unit, &value, &length);
	if (own == NULL) {
		own = text;
		length = strlen(text);
	}
	if (length == 0)
		return;
	if (scope->length > 0)
		strbuf_add_text(scope, "::");
	strbuf_add(scope, own, length);
}

static void cut(struct strbuf *scope, size_t length)
{
	if (length < scope->length) {
		scope->length = length;
		scope->data[length] = '\0';
	}
	scope->is_full = false;
}

void dwarf_scope_find(const struct dwarf_unit *unit, const uint64_t *entries, size_t count,
		      dwarf_scope_fn tell, void *arg)
{
	VEC(size_t) lengths = {0}; /* of the scope around each level */
	struct dwarf_walker walker;
	struct dwarf_entry entry;
	struct strbuf scope;
	size_t next = 0;

	strbuf_init(&scope, MAX_SCOPE_BYTES);
	dwarf_walker_init(&walker, unit);
	while (next < count && dwarf_walker_next(&walker, &entry)) {
		const uint8_t *sibling;

		if (entry.abbrev == NULL) {
			if (lengths.count == 0)
				break;
			cut(&scope, lengths.items[--lengths.count]);
			continue;
		}
		while (next < count && entries[next] <= entry.offset) {
			if (entries[next] == entry.offset)
				tell(arg, next, &scope);
			next++;
		}
		if (!entry.abbrev->has_children || next == count)
			continue;
		sibling = dwarf_walker_find_sibling(&walker, &entry);
		if (sibling != NULL && (uint64_t)(sibling - unit->bytes) <= entries[next]) {
			walker.at = sibling;
			continue;
		}
		if (lengths.count == MAX_LEVELS)
			break;
		vec_push(&lengths, scope.length);
		add_name(&walker, &entry, &scope);
	}
	vec_release(&lengths);
	strbuf_release(&scope);
}
