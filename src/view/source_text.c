#include "view/source_text.h"

#include <string.h>

static const struct source_stretch *find_stretch(const struct source_text *text, const char *file,
						 uint32_t line)
{
	for (uint32_t i = 0; i < text->count; i++) {
		const struct source_stretch *stretch = &text->stretches[i];

		if (line >= stretch->first_line &&
		    line - stretch->first_line < stretch->line_count &&
		    strcmp(stretch->file, file) == 0)
			return stretch;
	}
	return NULL;
}

/* Whether the same stretch is there already, from another run. */
static bool has_stretch(const struct source_text *text, const char *file, uint32_t first_line)
{
	for (uint32_t i = 0; i < text->count; i++)
		if (text->stretches[i].first_line == first_line &&
		    strcmp(text->stretches[i].file, file) == 0)
			return true;
	return false;
}

static void split(struct source_text *text, struct source_stretch *stretch, const char *lines)
{
	uint32_t count = 0;

	for (const char *at = lines; *at != '\0'; count++) {
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	stretch->lines = arena_alloc(text->arena, count + 1, sizeof(*stretch->lines));
	while (*lines != '\0') {
		size_t length = strcspn(lines, "\n");

		stretch->lines[stretch->line_count++] = arena_strndup(text->arena, lines, length);
		lines += length + (lines[length] == '\n');
	}
}

static void make_room(struct source_text *text)
{
	struct source_stretch *grown;

	if (text->count < text->capacity)
		return;
	text->capacity = text->capacity > 0 ? 2 * text->capacity : 16;
	grown = arena_alloc(text->arena, text->capacity, sizeof(*grown));
	if (text->count > 0)
		memcpy(grown, text->stretches, text->count * sizeof(*grown));
	text->stretches = grown;
}

void source_text_add(struct source_text *text, const struct profile_data *data)
{
	for (size_t i = 0; i < data->sources.count; i++) {
		const struct profile_source *source = &data->sources.items[i];
		const char *file = string_table_get(&data->strings, source->file);
		struct source_stretch stretch = {.first_line = source->first_line};

		if (has_stretch(text, file, source->first_line))
			continue;
		stretch.file = arena_strdup(text->arena, file);
		split(text, &stretch, string_table_get(&data->strings, source->text));
		make_room(text);
		text->stretches[text->count++] = stretch;
	}
}

const char *source_text_get(const struct source_text *text, const char *file, uint32_t line)
{
	const struct source_stretch *stretch = find_stretch(text, file, line);

	return stretch != NULL ? stretch->lines[line - stretch->first_line] : NULL;
}
