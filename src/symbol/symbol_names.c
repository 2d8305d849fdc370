#include "symbol/symbol_names.h"

#include <string.h>

#include "symbol/demangle.h"
#include "util/alloc.h"

void symbol_names_init(struct symbol_names *names, struct symbol_answers *answers)
{
	*names = (struct symbol_names){.answers = answers};
	hashmap_init(&names->index);
	arena_init(&names->arena);
}

void symbol_names_release(struct symbol_names *names)
{
	vec_release(&names->known);
	hashmap_release(&names->index);
	arena_release(&names->arena);
}

static bool is_mangled(const char *name)
{
	return name[0] == '_' && (name[1] == 'Z' || name[1] == 'R' || name[1] == 'D');
}

const char *symbol_names_get(struct symbol_names *names, const char *mangled)
{
	uint64_t hash = hashmap_hash_bytes(mangled, strlen(mangled));
	struct known_name fresh;
	uint32_t slot, i;

	if (mangled[0] != '_')
		return symbol_answers_intern(names->answers, mangled);
	for (i = hashmap_first(&names->index, hash, &slot); i != HASHMAP_NONE;
	     i = hashmap_next(&names->index, hash, &slot))
		if (strcmp(names->known.items[i].mangled, mangled) == 0)
			return names->known.items[i].name;
	scoped_free char *text = demangle_name(mangled);
	fresh.mangled = arena_strdup(&names->arena, mangled);
	fresh.name = symbol_answers_intern(names->answers, text);
	hashmap_insert(&names->index, hash, (uint32_t)names->known.count);
	vec_push(&names->known, fresh);
	return fresh.name;
}

const char *symbol_names_get_elf(struct symbol_names *names, const struct elf_function *function)
{
	const char *at = function->name[0] != '\0' ? strchr(function->name + 1, '@') : NULL;
	size_t length = at != NULL ? (size_t)(at - function->name) : strlen(function->name);
	scoped_free char *bare = alloc_strndup(function->name, length);
	const char *name = symbol_names_get(names, bare);

	if (!function->is_plt)
		return name;
	scoped_free char *stub = alloc_printf("%s@plt", name);
	return symbol_answers_intern(names->answers, stub);
}

/* "work.cold", "work.part.0", "work.constprop.0.isra.0": parts and copies of "work". */
static bool is_part_of(const char *symbol, const char *name)
{
	size_t length = strlen(name);

	return strncmp(symbol, name, length) == 0 &&
	       (symbol[length] == '.' || symbol[length] == '\0');
}

const char *symbol_names_choose(struct symbol_names *names, const struct elf_symbols *symbols,
				const struct elf_function *function, const char *linkage_name)
{
	bool is_reserved = linkage_name[0] == '_' && !is_mangled(linkage_name);

	if (function == NULL)
		return symbol_names_get(names, linkage_name);
	if (!function->is_plt && linkage_name[0] != '\0' &&
	    ((!is_reserved && elf_symbols_has_name(symbols, function, linkage_name)) ||
	     is_part_of(function->name, linkage_name)))
		return symbol_names_get(names, linkage_name);
	return symbol_names_get_elf(names, function);
}
