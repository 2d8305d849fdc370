#include "model/arm_source.h"

#include <stddef.h>
#include <string.h>

static const char *const names[] = {"arm", "var", "cmd", "rev", "tree", "patch"};

const char *arm_kind_name(enum arm_kind kind)
{
	return names[kind];
}

bool arm_kind_parse(enum arm_kind *ret_kind, const char *word)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], word) == 0) {
			*ret_kind = (enum arm_kind)i;
			return true;
		}
	}
	return false;
}
