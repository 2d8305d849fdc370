#include "cmd/arm_choice.h"

#include <errno.h>
#include <string.h>

#include "lab/plan_node.h"
#include "util/alloc.h"

static int fail(const char *text, struct err *err)
{
	return err_set(err, -EINVAL, "--only %s must be like workers=12 or workers=12,users=100",
		       text[0] != '\0' ? text : "\"\"");
}

/* "workers=1,workers=12" would be both at once. */
static bool is_chosen(const struct plan *plan, size_t place, const char *name)
{
	const struct plan_node *only = plan_node_find(plan->root, "only");

	return only != NULL && place < only->count &&
	       plan_node_find(only->entries[place].node, name) != NULL;
}

/* "workers=12,cpus=0,2": what stands behind a comma and has no '=' is still of the value. */
static int add_choice(struct plan *plan, size_t place, const char *text, struct err *err)
{
	int r = text[0] == '\0' ? fail(text, err) : 0;

	for (const char *at = text; *at != '\0' && r == 0;) {
		const char *equals = strchr(at, '='), *end = equals, *next;
		scoped_free char *name = NULL, *key = NULL, *value = NULL;

		if (equals == NULL || equals == at ||
		    memchr(at, '/', (size_t)(equals - at)) != NULL)
			return fail(text, err);
		do {
			end += 1 + strcspn(end + 1, ",");
			next = *end == ',' ? strchr(end + 1, '=') : NULL;
		} while (*end == ',' &&
			 (next == NULL || memchr(end + 1, ',', (size_t)(next - end) - 1) != NULL));
		name = alloc_strndup(at, (size_t)(equals - at));
		if (is_chosen(plan, place, name))
			return err_set(
				err, -EINVAL,
				"--only %s names '%s' twice; write --only once for each value",
				text, name);
		key = alloc_printf("only/%zu/%s", place, name);
		value = alloc_strndup(equals + 1, (size_t)(end - equals) - 1);
		r = plan_set(plan, key, value, err);
		at = *end == ',' ? end + 1 : end;
	}
	return r;
}

int arm_choice_apply(struct plan *plan, const struct option_list *choices, struct err *err)
{
	int r = plan_set(plan, "only", NULL, err);

	for (size_t i = 0; i < choices->count && r == 0; i++)
		r = add_choice(plan, i, choices->items[i], err);
	return r == 0 ? plan_update(plan, err) : r;
}
