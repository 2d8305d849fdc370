#include "lab/plan_matrix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/experiment.h"
#include "util/vec.h"

/* Of the matrix; the arms are one more. */
enum { AXES_MAX = 16, PLACES_MAX = AXES_MAX + 1, CHOICES_MAX = 256, LISTED_VALUES = 12 };

struct names {
	VEC_FIELDS(const char *);
};

/* Each ${name} of the tree, as often as it is there. */
static void collect_used(struct arena *arena, const struct plan_node *node, struct names *names)
{
	for (uint32_t i = 0; i < node->count; i++)
		collect_used(arena, node->entries[i].node, names);
	if (node->kind != PLAN_NODE_TEXT)
		return;
	for (const char *at = strstr(node->text, "${"); at != NULL; at = strstr(at + 2, "${")) {
		size_t length = strcspn(at + 2, "}");

		if (at[2 + length] == '}')
			vec_push(names, arena_strndup(arena, at + 2, length));
	}
}

static int fail_unused(const struct plan_reader *reader, const struct plan_node *root,
		       const struct plan_entry *entry)
{
	const struct plan_node place = {.line = entry->line, .column = entry->column};
	struct names used = {0};
	const char *suggestion;

	collect_used(reader->arena, root, &used);
	vec_push(&used, NULL);
	suggestion = plan_reader_suggest(reader, entry->key, used.items);
	vec_release(&used);
	return plan_reader_fail(reader, &place, "'matrix' sets '%s', but nothing uses ${%s}%s",
				entry->key, entry->key, suggestion);
}

/* Two values for one variable: the arm's name would not say which of them counts. */
static int check_arms(const struct plan_reader *reader, const struct plan_node *root,
		      const char *name)
{
	const struct plan_node *arms = plan_node_find(root, "arms");

	for (uint32_t i = 0; arms != NULL && i < arms->count; i++) {
		const struct plan_entry *arm = &arms->entries[i];
		const struct plan_node *value = plan_node_find(arm->node, name);

		if (value != NULL)
			return plan_reader_fail(reader, value,
						"arm '%s' sets '%s', and so does 'matrix'; it "
						"belongs into one of them",
						arm->key, name);
	}
	return 0;
}

static int read_values(const struct plan_reader *reader, const struct plan_entry *entry,
		       struct plan_axis *axis)
{
	const struct plan_node *node = entry->node;
	int r;

	if (node->kind != PLAN_NODE_LIST)
		return plan_reader_refuse(reader, node, entry->key,
					  "a list of values, like [1, 12]");
	if (node->count == 0)
		return plan_reader_fail(reader, node, "'%s' in 'matrix' has no values", entry->key);
	axis->values = arena_alloc(reader->arena, node->count, sizeof(*axis->values));
	for (uint32_t i = 0; i < node->count; i++) {
		const struct plan_node *value = node->entries[i].node;

		r = plan_reader_read_text(reader, value, entry->key, &axis->values[i]);
		if (r < 0)
			return r;
		if (strpbrk(axis->values[i], "\n\r") != NULL)
			return plan_reader_refuse(reader, value, entry->key, "a text on one line");
		for (uint32_t j = 0; j < i; j++)
			if (strcmp(axis->values[i], axis->values[j]) == 0)
				return plan_reader_fail(reader, value,
							"'%s' in 'matrix' has %s twice", entry->key,
							plan_reader_quote(reader, axis->values[i]));
	}
	axis->value_count = node->count;
	return 0;
}

static int read_variable(const struct plan_reader *reader, const struct plan_node *root,
			 const struct plan_entry *entry, struct plan_axis *axis)
{
	int r = plan_reader_check_name(reader, entry->node, "a variable", entry->key);

	if (r < 0)
		return r;
	if (strcmp(entry->key, PLAN_MATRIX_ARM) == 0)
		return plan_reader_fail(reader, entry->node,
					"'" PLAN_MATRIX_ARM "' cannot be a variable of 'matrix': "
					"'only' calls the plan's arms so");
	if (!plan_node_uses_variable(root, entry->key))
		return fail_unused(reader, root, entry);
	r = check_arms(reader, root, entry->key);
	axis->name = arena_strdup(reader->arena, entry->key);
	return r < 0 ? r : read_values(reader, entry, axis);
}

static struct plan_axis *add_axis(struct plan *plan)
{
	return &plan->axes[plan->axis_count++];
}

static int read_axes(const struct plan_reader *reader, const struct plan_node *root,
		     struct plan *plan)
{
	const struct plan_node *arms = plan_node_find(root, "arms"),
			       *matrix = plan_node_find(root, "matrix");
	uint64_t count = plan->arm_count;
	int r = 0;

	if (matrix != NULL && matrix->kind != PLAN_NODE_MAP)
		return plan_reader_refuse(reader, matrix, "matrix",
					  "a mapping (variable: [value, value])");
	if (matrix != NULL && matrix->count > AXES_MAX)
		return plan_reader_fail(reader, matrix, "'matrix' has %u entries; the most is %d",
					matrix->count, AXES_MAX);
	plan->axes = arena_alloc(reader->arena, PLACES_MAX, sizeof(*plan->axes));
	if (arms != NULL && arms->count > 0) {
		struct plan_axis *axis = add_axis(plan);

		axis->name = PLAN_MATRIX_ARM;
		axis->value_count = plan->arm_count;
		axis->values = arena_alloc(reader->arena, plan->arm_count, sizeof(*axis->values));
		for (uint32_t i = 0; i < plan->arm_count; i++)
			axis->values[i] = plan->arms[i].name;
	}
	for (uint32_t i = 0; matrix != NULL && r == 0 && i < matrix->count; i++) {
		struct plan_axis *axis = add_axis(plan);

		r = read_variable(reader, root, &matrix->entries[i], axis);
		count *= axis->value_count;
		if (r == 0 && count > PLAN_MATRIX_ARMS_MAX)
			return plan_reader_fail(
				reader, matrix,
				"'matrix' makes more than %d arms; take fewer values, or name the "
				"combinations that matter in 'arms'",
				PLAN_MATRIX_ARMS_MAX);
	}
	plan->has_matrix = matrix != NULL && matrix->count > 0;
	return r;
}

/* The place of a combination on each axis; the last one varies fastest. */
static void split_number(const struct plan *plan, uint32_t number,
			 uint32_t places[static PLACES_MAX])
{
	for (uint32_t i = plan->axis_count; i-- > 0;) {
		places[i] = number % plan->axes[i].value_count;
		number /= plan->axes[i].value_count;
	}
}

/* Cut inside of no character, and still unlike any other. */
static const char *bound_name(struct arena *arena, const char *name, uint32_t number)
{
	const char *tail = arena_printf(arena, "…~%u", number + 1);
	size_t cut = ARM_BYTES - 1 - strlen(tail);

	if (strlen(name) < ARM_BYTES)
		return name;
	while (cut > 0 && ((unsigned char)name[cut] & 0xc0) == 0x80)
		cut--;
	return arena_printf(arena, "%.*s%s", (int)cut, name, tail);
}

/* `arms` are the plan's own. */
static struct plan_arm make_arm(struct arena *arena, const struct plan *plan,
				const struct plan_arm *arms, uint32_t number)
{
	const struct plan_axis *first = &plan->axes[0];
	bool has_arms = strcmp(first->name, PLAN_MATRIX_ARM) == 0;
	uint32_t places[PLACES_MAX];
	const struct plan_arm *own;
	struct plan_arm arm = {.name = ""};
	struct plan_pair *vars;

	split_number(plan, number, places);
	own = &arms[has_arms ? places[0] : 0];
	vars = arena_alloc(arena, own->var_count + AXES_MAX, sizeof(*vars));
	if (own->var_count > 0)
		memcpy(vars, own->vars, own->var_count * sizeof(*vars));
	arm.vars = vars;
	arm.var_count = own->var_count;
	if (has_arms)
		arm.name = own->name;
	for (uint32_t i = has_arms ? 1 : 0; i < plan->axis_count; i++) {
		const struct plan_axis *axis = &plan->axes[i];
		const char *value = axis->values[places[i]];

		vars[arm.var_count++] = (struct plan_pair){axis->name, value};
		arm.name = arena_printf(arena, "%s%s%s=%s", arm.name,
					arm.name[0] != '\0' ? " " : "", axis->name, value);
	}
	arm.name = bound_name(arena, arm.name, number);
	return arm;
}

static int fail_axis(const struct plan_reader *reader, const struct plan *plan,
		     const struct plan_entry *entry)
{
	const struct plan_node place = {.line = entry->line, .column = entry->column};
	const char *names[PLACES_MAX + 1] = {NULL}, *known = "", *suggestion;

	for (uint32_t i = 0; i < plan->axis_count; i++) {
		names[i] = plan->axes[i].name;
		known = arena_printf(reader->arena, "%s%s%s", known, i > 0 ? ", " : "", names[i]);
	}
	suggestion = plan_reader_suggest(reader, entry->key, names);
	if (suggestion[0] == '\0')
		suggestion = arena_printf(reader->arena, "; there is %s", known);
	return plan_reader_fail(reader, &place, "'only' cannot choose by %s%s",
				plan_reader_quote(reader, entry->key), suggestion);
}

static int fail_value(const struct plan_reader *reader, const struct plan_axis *axis,
		      const struct plan_node *node)
{
	const char *known = "";
	uint32_t i;

	for (i = 0; i < axis->value_count && i < LISTED_VALUES; i++)
		known = arena_printf(reader->arena, "%s%s%s", known, i > 0 ? ", " : "",
				     axis->values[i]);
	return plan_reader_fail(reader, node, "'only' chooses %s %s; there is %s%s", axis->name,
				plan_reader_quote(reader, node->text), known,
				i < axis->value_count ? ", …" : "");
}

/* Takes the combinations into `is_chosen` that one mapping of `only` agrees with. */
static int choose(const struct plan_reader *reader, const struct plan *plan,
		  const struct plan_node *choice, bool *is_chosen)
{
	bool agrees[PLAN_MATRIX_ARMS_MAX];

	if (choice->kind != PLAN_NODE_MAP)
		return plan_reader_refuse(reader, choice, "only",
					  "a list of mappings like {workers: 12}");
	for (uint32_t i = 0; i < plan->combination_count; i++)
		agrees[i] = true;
	for (uint32_t i = 0; i < choice->count; i++) {
		const struct plan_entry *entry = &choice->entries[i];
		uint32_t axis = 0, value = 0;
		const char *text;
		int r;

		while (axis < plan->axis_count && strcmp(plan->axes[axis].name, entry->key) != 0)
			axis++;
		if (axis == plan->axis_count)
			return fail_axis(reader, plan, entry);
		r = plan_reader_read_text(reader, entry->node, entry->key, &text);
		if (r < 0)
			return r;
		while (value < plan->axes[axis].value_count &&
		       strcmp(plan->axes[axis].values[value], text) != 0)
			value++;
		if (value == plan->axes[axis].value_count)
			return fail_value(reader, &plan->axes[axis], entry->node);
		for (uint32_t j = 0; j < plan->combination_count; j++) {
			uint32_t places[PLACES_MAX];

			split_number(plan, j, places);
			agrees[j] = agrees[j] && places[axis] == value;
		}
	}
	for (uint32_t i = 0; i < plan->combination_count; i++)
		is_chosen[i] = is_chosen[i] || agrees[i];
	return 0;
}

static int read_only(const struct plan_reader *reader, const struct plan_node *only,
		     const struct plan *plan, bool *is_chosen)
{
	int r = plan_reader_check_list(reader, only, "only", CHOICES_MAX);

	if (r == 0 && plan->axis_count == 0)
		return plan_reader_fail(
			reader, only,
			"'only' chooses among arms; the plan has neither 'matrix' nor 'arms'");
	if (r == 0 && only->count == 0)
		return plan_reader_fail(reader, only,
					"'only' is empty: nothing would be run; leave it out for "
					"all combinations");
	for (uint32_t i = 0; r == 0 && i < only->count; i++)
		r = choose(reader, plan, only->entries[i].node, is_chosen);
	return r;
}

/* All combinations, then the chosen ones moved together. */
static void combine(struct plan *plan, struct arena *arena)
{
	const struct plan_arm *own = plan->arms;
	uint32_t count = 1;

	for (uint32_t i = 0; i < plan->axis_count; i++)
		count *= plan->axes[i].value_count;
	if (plan->has_matrix) {
		plan->arms = arena_alloc(arena, count, sizeof(*plan->arms));
		plan->arm_count = count;
		for (uint32_t i = 0; i < count; i++)
			plan->arms[i] = make_arm(arena, plan, own, i);
	}
	plan->combination_count = plan->arm_count;
	plan->combinations = arena_alloc(arena, plan->arm_count + 1, sizeof(*plan->combinations));
	for (uint32_t i = 0; i < plan->arm_count; i++)
		plan->combinations[i] = plan->arms[i].name;
}

int plan_matrix_read(const struct plan_reader *reader, const struct plan_node *root,
		     struct plan *plan)
{
	const struct plan_node *only = plan_node_find(root, "only");
	bool is_chosen[PLAN_MATRIX_ARMS_MAX] = {false};
	uint32_t kept = 0;
	int r = read_axes(reader, root, plan);

	if (r < 0)
		return r;
	combine(plan, reader->arena);
	if (only == NULL)
		return 0;
	r = read_only(reader, only, plan, is_chosen);
	for (uint32_t i = 0; r == 0 && i < plan->arm_count; i++)
		if (is_chosen[i])
			plan->arms[kept++] = plan->arms[i];
	plan->arm_count = kept;
	return r;
}
