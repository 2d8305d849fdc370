#include "cmd/compare_labels.h"

#include <string.h>
#include <unistd.h>

static bool is_path(const struct selection *selection)
{
	return selection->word != NULL && strchr(selection->word, '/') != NULL &&
	       selection->store != NULL && strcmp(selection->experiment.kind, "import") == 0 &&
	       access(selection->word, F_OK) == 0;
}

/* Length of the folder with its slash. */
static size_t measure_folder(const char *path, size_t most)
{
	size_t length = 0;

	for (size_t i = 0; i < most && path[i] != '\0'; i++)
		if (path[i] == '/')
			length = i + 1;
	return length;
}

void compare_labels_shorten(struct selection *const *selections, uint32_t count)
{
	const char *first = NULL;
	size_t common = 0;

	for (uint32_t i = 0; i < count; i++) {
		const char *word = selections[i]->word;
		size_t same = 0;

		if (!is_path(selections[i]))
			continue;
		if (first == NULL) {
			first = word;
			common = measure_folder(word, strlen(word));
			continue;
		}
		while (same < common && word[same] == first[same])
			same++;
		common = measure_folder(first, same);
	}
	for (uint32_t i = 0; i < count && common > 0; i++)
		/* the same words as above: each is asked before it is cut */
		if (is_path(selections[i]))
			selections[i]->word += common;
}
