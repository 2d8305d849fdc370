/*
 * Any bytes as a plan. What reads must expand for every arm, and read back from its own YAML as the
 * same tree.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lab/plan.h"
#include "lab/plan_node.h"
#include "util/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct plan_node *a, const struct plan_node *b)
{
	assert(a->kind == b->kind && a->count == b->count &&
	       plan_node_is_null(a) == plan_node_is_null(b));
	if (a->kind == PLAN_NODE_TEXT)
		assert(plan_node_is_null(a) || strcmp(a->text, b->text) == 0);
	for (uint32_t i = 0; i < a->count; i++) {
		assert(a->kind == PLAN_NODE_LIST ||
		       strcmp(a->entries[i].key, b->entries[i].key) == 0);
		check_same(a->entries[i].node, b->entries[i].node);
	}
}

static void check_written(const struct plan *plan)
{
	scoped_free char *text = plan_write(plan);
	scoped(plan_cleanup) struct plan again;
	struct err err = {0};
	int r = plan_parse(&again, "again", text, strlen(text), ".", NULL, 0, &err);

	if (r == -EFBIG) /* quoted and indented anew it may be longer */
		return;
	assert(r == 0);
	check_same(plan->root, again.root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(plan_cleanup) struct plan plan;
	struct err err = {0};
	int r = plan_parse(&plan, "fuzz", (const char *)data, size, ".", NULL, 0, &err);

	if (r < 0) {
		assert(err.text[0] != '\0');
		return 0;
	}
	for (uint32_t arm = 0; arm < plan.arm_count; arm++) {
		scoped(plan_cleanup) struct plan expanded;

		r = plan_expand(&plan, arm, &expanded, &err);
		assert(r == 0);
	}
	check_written(&plan);
	return 0;
}
