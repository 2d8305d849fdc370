/* The call tree of the sample profile: sums at every node, the order of children, both sides. */
#include "view/call_tree.h"

#include <errno.h>

#include "sample_profile.h"
#include "sample_view.h"
#include "view/tree_diff.h"

static struct sample_view view;

/* "server/main/walk": the node at the end of a path of names from the root. */
static const struct call_node *find(const struct call_tree *tree, const char *path)
{
	uint32_t node = 0;

	while (*path != '\0') {
		size_t length = strcspn(path, "/");
		uint32_t child = tree->nodes[node].first_child;

		while (child != CALL_TREE_NONE &&
		       (strlen(tree->nodes[child].name) != length ||
			strncmp(tree->nodes[child].name, path, length) != 0))
			child = tree->nodes[child].next_sibling;
		if (child == CALL_TREE_NONE)
			return NULL;
		node = child;
		path += length + (path[length] == '/');
	}
	return &tree->nodes[node];
}

static void is_node(const struct call_tree *tree, const char *path, enum call_kind kind,
		    double self, double total)
{
	const struct call_node *node = find(tree, path);

	if (!ok(node != NULL, path))
		return;
	is_int(node->kind, kind, "… kind");
	is_near(node->self, self, 1e-9, "… self");
	is_near(node->total, total, 1e-9, "… total");
}

/* Each node's total is its self and its children's totals; children are by name; all are linked. */
static void is_whole(const struct call_tree *tree, const char *what)
{
	uint32_t wrong = 0, linked = 1;

	for (uint32_t i = 0; i < tree->count; i++) {
		const struct call_node *node = &tree->nodes[i];
		double total = node->self, base_total = node->base_self;
		const char *before = "";

		for (uint32_t child = node->first_child; child != CALL_TREE_NONE;
		     child = tree->nodes[child].next_sibling) {
			total += tree->nodes[child].total;
			base_total += tree->nodes[child].base_total;
			wrong += strcmp(before, tree->nodes[child].name) > 0;
			wrong += tree->nodes[child].parent != i;
			before = tree->nodes[child].name;
			linked++;
		}
		wrong += fabs(total - node->total) > 1e-9;
		wrong += fabs(base_total - node->base_total) > 1e-9;
	}
	is_int(wrong, 0, what);
	is_int(linked, tree->count, "… and every node is somebody's child");
}

static void test_arm(void)
{
	struct call_tree tree;
	struct err err = {0};

	sample_check(call_tree_read(&tree, &view.arena, &view.selection, 0, NULL, &err), &err);
	ok(tree.diff == NULL && tree.nodes[0].parent == CALL_TREE_NONE, "a tree");
	is_near(tree.work, 6 * 360, 0, "work: the requests of its runs");
	is_node(&tree, "", CALL_THREAD, 0, 72);
	is_node(&tree, "server", CALL_THREAD, 0, 54);
	is_node(&tree, "server/main", CALL_USER, 0, 54);
	is_node(&tree, "server/main/parse", CALL_USER, 24, 24);
	is_node(&tree, "server/main/walk", CALL_USER, 0, 18);
	is_node(&tree, "server/main/walk/walk/walk", CALL_USER, 18, 18);
	is_node(&tree, "server/main/write", CALL_KERNEL, 12, 12);
	is_node(&tree, "helper/[libc.so.6]", CALL_UNKNOWN, 6, 6);
	is_node(&tree, "[kernel, hidden]", CALL_HIDDEN, 12, 12);
	is_str(find(&tree, "server/main/parse")->module, "server", "module");
	is_int(tree.count, 11, "and nothing else");
	is_whole(&tree, "totals are self and children, at every node");
}

static void test_all_arms(void)
{
	struct call_tree tree;
	struct err err = {0};

	sample_check(call_tree_read(&tree, &view.arena, &view.selection, UINT32_MAX, NULL, &err),
		     &err);
	is_node(&tree, "server/main/parse", CALL_USER, 60, 60);
	is_near(tree.work, 12 * 360, 0, "work of both arms");
	is_whole(&tree, "all arms: sums");
	is_int(call_tree_read(&tree, &view.arena, &view.selection, 9, NULL, &err), -ENOENT,
	       "an arm that is not there has no profile");
}

/*
 * In the head parse is gone and parse2 is new; walk is a clone there, which is the same function.
 */
static void test_difference(void)
{
	const struct call_node *node;
	struct call_tree tree;
	struct err err = {0};

	sample_store_sql(&view.sample, "UPDATE profile_string SET text='parse2' WHERE text='parse'"
				       " AND run IN (SELECT key FROM run WHERE arm_place=1)");
	sample_store_sql(&view.sample, "UPDATE profile_string SET text='walk.isra.0' WHERE "
				       "text='walk' AND run IN (SELECT key FROM run WHERE "
				       "arm_place=1)");
	sample_check(call_tree_read_difference(&tree, &view.arena, &view.selection, 0,
					       &view.selection, 1, NULL, &err),
		     &err);
	if (!ok(tree.diff != NULL && tree.diff->work == PROFILE_PER_REQUEST, "a difference"))
		return;
	is_near(tree.diff->changes[0].base, 72.0 * SAMPLE_WEIGHT_NS / 2160, 1e-6,
		"CPU per request");
	is_near(tree.diff->changes[0].head, 84.0 * SAMPLE_WEIGHT_NS / 2160, 1e-6,
		"and of the head");
	node = find(&tree, "");
	ok(node->base_total == 72 && node->total == 84, "both sides at the root");
	node = find(&tree, "server/main/parse");
	ok(node->base_self == 24 && node->self == 0 && node->total == 0, "only in the base");
	node = find(&tree, "server/main/parse2");
	ok(node->base_total == 0 && node->self == 36, "only in the head");
	node = find(&tree, "server/main/walk/walk/walk");
	ok(node->base_self == 18 && node->self == 18, "in both");
	is_whole(&tree, "sums on both sides");
	sample_store_sql(&view.sample, "UPDATE run SET state='failed' WHERE arm_place=1");
	sample_view_select(&view, "@last");
	is_int(call_tree_read_difference(&tree, &view.arena, &view.selection, 0, &view.selection, 1,
					 NULL, &err),
	       -ENOENT, "runs that failed do not count");
}

static void read_around(struct call_tree *tree, struct sample_profile *profile,
			enum call_direction direction, const char *name, const char *module)
{
	struct err err = {0};

	sample_check(call_tree_read_around(tree, &profile->arena, &profile->selection, 0, direction,
					   name, module, NULL, &err),
		     &err);
}

static void test_filtered(struct sample_profile *profile)
{
	struct profile_filter filter = {.module = "libc.so.6"};
	struct call_tree tree;
	struct err err = {0};

	sample_check(call_tree_read(&tree, &profile->arena, &profile->selection, 0, NULL, &err),
		     &err);
	is_node(&tree, "", CALL_THREAD, 0, 11.5);
	is_node(&tree, "app/main/sum", CALL_USER, 2, 6.5);
	is_node(&tree, "app/main/sum/next", CALL_USER, 1.5, 1.5);
	ok(find(&tree, "app/main/sum/next")->is_inlined &&
		   !find(&tree, "app/main/sum")->is_inlined && !find(&tree, "app")->is_inlined &&
		   !find(&tree, "[kernel, hidden]")->is_inlined,
	   "what was inlined");
	is_whole(&tree, "sums");
	sample_check(call_tree_read(&tree, &profile->arena, &profile->selection, 0, &filter, &err),
		     &err);
	is_node(&tree, "", CALL_THREAD, 0, 3);
	is_node(&tree, "app/main/sum/[libc.so.6]", CALL_UNKNOWN, 3, 3);
	is_int(tree.count, 5, "and nothing else");
}

static void test_around(struct sample_profile *profile)
{
	struct call_tree tree;

	read_around(&tree, profile, CALL_CALLEES, "sum", "app");
	is_node(&tree, "", CALL_THREAD, 0, 11.5);
	is_node(&tree, "sum", CALL_USER, 2, 6.5);
	is_node(&tree, "sum/next", CALL_USER, 1.5, 1.5);
	is_node(&tree, "sum/[libc.so.6]", CALL_UNKNOWN, 3, 3);
	is_int(tree.count, 4, "callees of all its callers");
	read_around(&tree, profile, CALL_CALLERS, "sum", "app");
	is_node(&tree, "sum/main", CALL_USER, 6.5, 6.5);
	is_int(tree.count, 3, "callers up to the start");
	read_around(&tree, profile, CALL_CALLERS, "libc.so.6+0x500", "libc.so.6");
	is_node(&tree, "[libc.so.6]/sum/main", CALL_USER, 3, 3);
	read_around(&tree, profile, CALL_CALLEES, "rec", "app");
	is_node(&tree, "rec", CALL_USER, 0, 2);
	is_node(&tree, "rec/rec", CALL_USER, 2, 2);
	read_around(&tree, profile, CALL_CALLERS, "rec", "app");
	is_node(&tree, "rec/rec", CALL_USER, 2, 2);
	read_around(&tree, profile, CALL_CALLERS, "sum", "libc.so.6");
	is_int(tree.count, 1, "of another module: nothing");
}

int main(void)
{
	struct sample_profile profile;

	sample_profile_open(&profile);
	test_filtered(&profile);
	test_around(&profile);
	sample_profile_close(&profile);
	sample_view_open(&view);
	test_arm();
	test_all_arms();
	test_difference();
	sample_view_close(&view);
	return tap_done();
}
