#include "symbol/dwarf_name.h"

#include <stdlib.h>
#include <string.h>

#include "symbol/dwarf_constants.h"
#include "symbol/dwarf_scope.h"
#include "symbol/dwarf_walker.h"

enum { MAX_REFERENCES = 16 };

/* What the entries of a chain say: the first that says something counts. */
struct facts {
	const char *linkage_name, *name;
	size_t linkage_length, name_length;
	struct dwarf_unit *file_unit; /* NULL = no file yet */
	uint64_t file;
	uint32_t line;
	struct dwarf_unit *last_unit; /* where the chain ends: the declaration in its scope */
	uint64_t last_entry;
};

void dwarf_name_init(struct dwarf_names *names, struct dwarf_texts *texts)
{
	*names = (struct dwarf_names){.texts = texts};
	hashmap_init(&names->by_entry);
}

void dwarf_name_release(struct dwarf_names *names)
{
	hashmap_release(&names->by_entry);
	vec_release(&names->names);
	vec_release(&names->pending);
}

/*
 * Takes what is new from one entry; `ret_next` is what it refers to. False = the chain is broken.
 */
static bool read_entry(struct dwarf_unit *unit, uint64_t entry, struct facts *facts,
		       struct dwarf_value *ret_next)
{
	struct dwarf_reader reader;
	const struct dwarf_abbrev *abbrev = dwarf_unit_find_entry(unit, entry, &reader);
	struct dwarf_value value;
	uint32_t next = 0, name;

	ret_next->kind = DWARF_VALUE_NONE;
	if (abbrev == NULL)
		return false;
	while (dwarf_walker_next_attribute(unit, abbrev, &reader, &next, &name, &value)) {
		switch (name) {
		case DW_AT_linkage_name:
		case DW_AT_MIPS_linkage_name:
			if (facts->linkage_name == NULL)
				facts->linkage_name =
					dwarf_unit_find_text(unit, &value, &facts->linkage_length);
			break;
		case DW_AT_name:
			if (facts->name == NULL)
				facts->name =
					dwarf_unit_find_text(unit, &value, &facts->name_length);
			break;
		case DW_AT_decl_file:
			if (facts->file_unit == NULL) {
				facts->file_unit = unit->line_unit;
				facts->file = value.number;
			}
			break;
		case DW_AT_decl_line:
			if (facts->line == 0)
				facts->line = (uint32_t)value.number;
			break;
		case DW_AT_abstract_origin:
		case DW_AT_specification:
			*ret_next = value;
			break;
		default:
			break;
		}
	}
	return !reader.is_damaged;
}

static void follow(struct dwarf_unit *unit, uint64_t entry, struct facts *facts)
{
	struct dwarf_value next;

	for (int i = 0; i < MAX_REFERENCES; i++) {
		facts->last_unit = unit;
		facts->last_entry = entry;
		if (!read_entry(unit, entry, facts, &next)) {
			dwarf_unit_set_damaged(unit);
			return;
		}
		if (next.kind == DWARF_VALUE_NONE ||
		    (facts->linkage_name != NULL && facts->file_unit != NULL && facts->line != 0))
			return;
		if (!dwarf_unit_find_reference(unit, &next, &unit, &entry)) {
			/* without dwz's file what it has is missing, not damaged */
			if (next.kind != DWARF_VALUE_ALTERNATE_REFERENCE)
				dwarf_unit_set_damaged(facts->last_unit);
			return;
		}
	}
	dwarf_unit_set_damaged(unit);
}

/* Languages in which the name says it all. */
static bool is_flat(uint64_t language)
{
	switch (language) {
	case DW_LANG_C89:
	case DW_LANG_C:
	case DW_LANG_C99:
	case DW_LANG_C11:
	case DW_LANG_C17:
	case DW_LANG_Fortran77:
	case DW_LANG_Fortran90:
	case DW_LANG_Fortran95:
	case DW_LANG_Fortran03:
	case DW_LANG_Fortran08:
	case DW_LANG_Go:
	case DW_LANG_Mips_Assembler:
		return true;
	default:
		return false;
	}
}

static uint32_t add(struct dwarf_names *names, struct dwarf_unit *unit, uint64_t entry,
		    uint64_t language)
{
	struct facts facts = {0};
	struct dwarf_name name = {.unit = unit, .entry = entry, .function = ""};
	uint32_t number = (uint32_t)names->names.count;

	follow(unit, entry, &facts);
	name.declaration_line = facts.line;
	name.declaration_file =
		facts.file_unit == NULL
			? ""
			: dwarf_texts_find_path(names->texts, facts.file_unit, facts.file);
	if (facts.linkage_name != NULL) {
		name.function =
			dwarf_texts_copy(names->texts, facts.linkage_name, facts.linkage_length);
	} else if (facts.name != NULL) {
		name.function = dwarf_texts_copy(names->texts, facts.name, facts.name_length);
		if (!is_flat(language))
			vec_push(&names->pending,
				 (struct dwarf_name_pending){.unit = facts.last_unit,
							     .entry = facts.last_entry,
							     .name = number});
	}
	vec_push(&names->names, name);
	return number;
}

uint32_t dwarf_name_find(struct dwarf_names *names, struct dwarf_unit *unit, uint64_t entry,
			 uint64_t language)
{
	uint64_t hash = hashmap_hash_u64((uint64_t)(uintptr_t)unit ^ hashmap_hash_u64(entry));
	uint32_t slot, number;

	for (uint32_t i = hashmap_first(&names->by_entry, hash, &slot); i != HASHMAP_NONE;
	     i = hashmap_next(&names->by_entry, hash, &slot))
		if (names->names.items[i].unit == unit && names->names.items[i].entry == entry)
			return i;
	number = add(names, unit, entry, language);
	hashmap_insert(&names->by_entry, hash, number);
	return number;
}

static int compare_pending(const void *a, const void *b)
{
	const struct dwarf_name_pending *one = a, *other = b;

	if (one->unit != other->unit)
		return one->unit < other->unit ? -1 : 1;
	return (one->entry > other->entry) - (one->entry < other->entry);
}

struct telling {
	struct dwarf_names *names;
	const struct dwarf_name_pending *pending;
};

static bool is_lambda(const struct strbuf *scope, const char *function)
{
	size_t length = strlen(DWARF_SCOPE_UNNAMED);

	return strcmp(function, "operator()") == 0 && scope->length >= length &&
	       strcmp(scope->data + scope->length - length, DWARF_SCOPE_UNNAMED) == 0;
}

static void tell(void *arg, size_t index, const struct strbuf *scope)
{
	const struct telling *telling = arg;
	struct dwarf_texts *texts = telling->names->texts;
	struct dwarf_name *name = &telling->names->names.items[telling->pending[index].name];

	if (scope->length == 0)
		return;
	strbuf_clear(&texts->scratch);
	if (is_lambda(scope, name->function)) {
		strbuf_add(&texts->scratch, scope->data,
			   scope->length - strlen(DWARF_SCOPE_UNNAMED));
		strbuf_add_text(&texts->scratch, "{lambda}");
	} else {
		strbuf_add(&texts->scratch, scope->data, scope->length);
	}
	strbuf_add_text(&texts->scratch, "::");
	strbuf_add_text(&texts->scratch, name->function);
	name->function =
		dwarf_texts_copy_new(texts, strbuf_text(&texts->scratch), texts->scratch.length);
}

void dwarf_name_qualify(struct dwarf_names *names)
{
	VEC(uint64_t) entries = {0};
	size_t count = names->pending.count;

	if (count > 1)
		qsort(names->pending.items, count, sizeof(names->pending.items[0]),
		      compare_pending);
	for (size_t first = 0; first < count;) {
		struct telling telling = {.names = names, .pending = names->pending.items + first};
		struct dwarf_unit *unit = telling.pending->unit;

		vec_clear(&entries);
		for (; first < count && names->pending.items[first].unit == unit; first++)
			vec_push(&entries, names->pending.items[first].entry);
		dwarf_scope_find(unit, entries.items, entries.count, tell, &telling);
	}
	vec_release(&entries);
	vec_clear(&names->pending);
}
