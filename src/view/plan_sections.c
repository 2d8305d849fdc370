#include "view/plan_sections.h"

#include <stdbool.h>
#include <string.h>

#include "util/strbuf.h"
#include "util/vec.h"

struct section {
	const char *key;   /* with what else stands on its line, of which length counts */
	size_t key_length; /* up to the colon */
	const char *text;  /* its lines, without what does not count */
};

struct sections {
	VEC_FIELDS(struct section);
};

static bool begins_key(const char *line, size_t length)
{
	return length > 0 && line[0] != ' ' && line[0] != '\t' && line[0] != '-' &&
	       memchr(line, ':', length) != NULL;
}

/* Without blanks at its end; 0 for a line that is only a comment. */
static size_t measure(const char *line, size_t length)
{
	size_t blanks = 0;

	while (length > 0 && strchr(" \t\r", line[length - 1]) != NULL)
		length--;
	while (blanks < length && (line[blanks] == ' ' || line[blanks] == '\t'))
		blanks++;
	return blanks < length && line[blanks] == '#' ? 0 : length;
}

static void end_section(struct sections *sections, struct arena *arena, struct strbuf *text)
{
	if (sections->count > 0)
		sections->items[sections->count - 1].text = arena_strdup(arena, strbuf_text(text));
	strbuf_clear(text);
}

static void split(struct sections *sections, struct arena *arena, const char *plan)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	for (const char *line = plan, *next; *line != '\0'; line = next) {
		size_t whole = strcspn(line, "\n"), length = measure(line, whole);

		next = line + whole + (line[whole] == '\n');
		if (length == 0)
			continue;
		if (begins_key(line, length)) {
			const char *colon = memchr(line, ':', length);

			end_section(sections, arena, &text);
			vec_push(sections, (struct section){line, (size_t)(colon - line), ""});
		}
		strbuf_add(&text, line, length);
		strbuf_add_char(&text, '\n');
	}
	end_section(sections, arena, &text);
	strbuf_release(&text);
}

static const struct section *find(const struct sections *sections, const struct section *wanted)
{
	for (size_t i = 0; i < sections->count; i++)
		if (sections->items[i].key_length == wanted->key_length &&
		    strncmp(sections->items[i].key, wanted->key, wanted->key_length) == 0)
			return &sections->items[i];
	return NULL;
}

static void add_key(struct strbuf *keys, const struct section *section)
{
	strbuf_add_text(keys, keys->length > 0 ? ", " : "");
	for (size_t i = 0; i < section->key_length; i++)
		strbuf_add_char(keys,
				(unsigned char)section->key[i] < ' ' || section->key[i] == 0x7f
					? '?'
					: section->key[i]);
}

const char *plan_sections_compare(struct arena *arena, const char *base, const char *head)
{
	struct sections a = {0}, b = {0};
	struct strbuf keys;
	const char *copy;

	strbuf_init(&keys, 1024);
	split(&a, arena, base);
	split(&b, arena, head);
	for (size_t i = 0; i < a.count; i++) {
		const struct section *other = find(&b, &a.items[i]);

		if (other == NULL || strcmp(other->text, a.items[i].text) != 0)
			add_key(&keys, &a.items[i]);
	}
	for (size_t i = 0; i < b.count; i++)
		if (find(&a, &b.items[i]) == NULL)
			add_key(&keys, &b.items[i]);
	copy = arena_strdup(arena, strbuf_text(&keys));
	strbuf_release(&keys);
	vec_release(&a);
	vec_release(&b);
	return copy;
}
