#include "lab/side_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/command_line.h"
#include "util/alloc.h"
#include "util/fd.h"
#include "util/parse.h"
#include "util/strbuf.h"

enum { DATA_BYTES = 256 << 20 };

static void add_vars(json_t *object, const struct plan_pair *vars, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		json_object_set_new(object, vars[i].name, json_string(vars[i].value));
}

/* JSON with what sets this side apart. */
static char *format_vars(const struct plan_arm *arm, const struct side_change *change)
{
	json_t *object = json_object();
	char *text;

	add_vars(object, arm->vars, arm->var_count);
	add_vars(object, change->overrides, change->override_count);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text != NULL ? text : alloc_strdup("{}");
}

static int find_arm(const struct plan *plan, const char *name, uint32_t *ret_arm, struct err *err)
{
	VEC(const char *) names = {0};
	const char *nearest;
	int r = 0;

	for (uint32_t i = 0; i < plan->arm_count; i++) {
		if (strcmp(plan->arms[i].name, name) == 0) {
			*ret_arm = i;
			vec_release(&names);
			return 0;
		}
		vec_push(&names, plan->arms[i].name);
	}
	vec_push(&names, NULL);
	nearest = parse_find_nearest(name, names.items);
	r = err_set(err, -ENOENT, "the plan has no arm '%s'; %s '%s'%s", name,
		    nearest != NULL ? "did you mean" : "its first is",
		    nearest != NULL ? nearest : names.items[0], nearest != NULL ? "?" : "");
	vec_release(&names);
	return r;
}

/*
 * Another command need not use what the arms set, which would be an error of the plan: the arm's
 * variables become the plan's, and it has no arms any more.
 */
static int set_command(struct plan *plan, uint32_t arm, const char *command, struct err *err)
{
	static const char *const keys[] = {"arms", "matrix", "only"};
	const struct plan_arm *from = &plan->arms[arm];
	int r;

	if (plan->service_count == 0 || plan->services[0].command == NULL)
		return err_set(err, -EINVAL,
			       "the plan starts no service whose command could be another");
	r = plan_set(plan, "services/0/command", command, err);
	for (uint32_t i = 0; r == 0 && i < from->var_count; i++)
		r = plan_set(plan, arena_printf(&plan->arena, "vars/%s", from->vars[i].name),
			     from->vars[i].value, err);
	for (size_t i = 0; r == 0 && i < sizeof(keys) / sizeof(keys[0]); i++)
		r = plan_set(plan, keys[i], NULL, err);
	return r < 0 ? r : plan_update(plan, err);
}

int side_plan_read(struct side *side, const struct side_setup *setup, const char *directory,
		   const struct side_change *change, struct err *err)
{
	const struct plan *from = setup->plan;
	const char *arm = change->arm != NULL ? change->arm : setup->arm;
	struct plan *plan = &side->plan;
	int r;

	plan_release(plan);
	r = plan_parse(plan, from->path != NULL ? from->path : "plan", from->source,
		       strlen(from->source), directory, change->overrides, change->override_count,
		       err);
	side->arm = 0;
	if (r == 0 && arm != NULL)
		r = find_arm(plan, arm, &side->arm, err);
	if (r < 0)
		return r;
	free(side->vars);
	side->vars = format_vars(&plan->arms[side->arm], change);
	if (change->command != NULL)
		r = set_command(plan, side->arm, change->command, err);
	side->arm = change->command != NULL ? 0 : side->arm;
	if (from->path == NULL)
		plan->path = NULL;
	if (from->load_name != NULL) /* which of `loads` the text's load is stands beside it */
		plan->load_name = arena_strdup(&plan->arena, from->load_name);
	return r;
}

/* `path` is `root` or lies below it. */
static bool is_below(const char *path, const char *root)
{
	size_t length = strlen(root);

	return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static bool has_build(const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->service_count; i++)
		if (plan->services[i].build != NULL)
			return true;
	return false;
}

/* A path in the plan that names the user's own files, whatever the tree. */
static int check_place(const struct side *side, const struct plan_service *service,
		       const char *what, const char *path, struct err *err)
{
	scoped_free char *real = path[0] == '/' ? realpath(path, NULL) : NULL;

	if (path[0] != '/' || !is_below(real != NULL ? real : path, side->git.root))
		return 0;
	return err_set(err, -EINVAL,
		       "the %s %s of service '%s' is in your own tree, so every side would run the "
		       "same: write it relative to the plan's folder",
		       what, path, service->name);
}

static int check_service(const struct side *side, const struct plan *plan,
			 const struct plan_service *service, struct err *err)
{
	const char *sub = service->directory != NULL ? service->directory : "";
	scoped_free char *folder =
		sub[0] == '/' ? alloc_strdup(sub) : alloc_printf("%s/%s", plan->directory, sub);
	scoped_free char *path = NULL;
	struct arena arena;
	char **argv = NULL;
	int r = check_place(side, service, "directory", sub, err);

	arena_init(&arena);
	if (r == 0)
		r = command_line_split(service->command, &arena, &argv, err);
	if (r == 0)
		r = check_place(side, service, "command", argv[0], err);
	if (r == 0 && argv[0][0] != '/' && strchr(argv[0], '/') != NULL && !has_build(plan)) {
		path = alloc_printf("%s/%s", folder, argv[0]);
		if (access(path, F_OK) < 0)
			r = err_set(err, -ENOENT,
				    "there is no %s%s%s, and the plan does not say how it is made "
				    "(build:)",
				    sub, sub[0] != '\0' ? "/" : "", argv[0]);
	}
	arena_release(&arena);
	return r;
}

/* The same bytes; false when either cannot be read. */
static bool is_same_file(const char *a, const char *b)
{
	scoped(strbuf_release) struct strbuf first, second;

	strbuf_init(&first, DATA_BYTES);
	strbuf_init(&second, DATA_BYTES);
	return fd_read_file(AT_FDCWD, a, &first) == 0 && fd_read_file(AT_FDCWD, b, &second) == 0 &&
	       first.length == second.length &&
	       memcmp(strbuf_text(&first), strbuf_text(&second), first.length) == 0;
}

/* A file that the load is made of, which should be the same on both sides. */
static int check_file(struct side *side, const char *theirs, const struct plan *plan,
		      const char *name, struct err *err)
{
	scoped_free char *ours = NULL, *in_tree = NULL;

	if (name == NULL || name[0] == '/')
		return 0;
	ours = alloc_printf("%s/%s", theirs, name);
	in_tree = alloc_printf("%s/%s", plan->directory, name);
	if (access(in_tree, F_OK) < 0)
		return has_build(plan) ? 0
				       : err_set(err, -ENOENT,
						 "there is no %s, which the load needs", name);
	if (!is_same_file(ours, in_tree))
		revision_tree_add_note(&side->tree,
				       "%s: %s is another than in the plan's folder: not the same "
				       "load",
				       side->word, name);
	return 0;
}

static int check_files(struct side *side, const char *theirs, const struct plan *plan,
		       struct err *err)
{
	const char *const names[] = {plan->load.targets, plan->load.replay, plan->load.script};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(names) / sizeof(names[0]); i++)
		r = check_file(side, theirs, plan, names[i], err);
	for (uint32_t i = 0; r == 0 && i < plan->load.request_count; i++) {
		const struct plan_request *request = &plan->load.requests[i];

		r = check_file(side, theirs, plan, request->body_file, err);
		if (r == 0)
			r = check_file(side, theirs, plan, request->data, err);
	}
	return r;
}

static int check(struct side *side, const char *theirs, struct err *err)
{
	scoped(plan_cleanup) struct plan plan = {0};
	bool has_command = false;
	int r = plan_expand(&side->plan, side->arm, &plan, err);

	for (uint32_t i = 0; r == 0 && i < plan.service_count; i++) {
		if (plan.services[i].command == NULL)
			continue;
		has_command = true;
		r = check_service(side, &plan, &plan.services[i], err);
	}
	if (r == 0 && !has_command)
		return err_set(err, -EINVAL,
			       "the plan starts no service, so what runs is not made from a "
			       "revision: give it a 'command' (and a 'build')");
	return r < 0 ? r : check_files(side, theirs, &plan, err);
}

int side_plan_read_tree(struct side *side, const struct side_setup *setup, struct err *err)
{
	scoped_free char *theirs = realpath(setup->plan->directory, NULL);
	const struct side_change change = {0};
	scoped_free char *directory = NULL;
	int r;

	if (theirs == NULL || !is_below(theirs, side->git.root))
		return err_set(err, -EINVAL, "the plan's folder %s is not in the repository %s",
			       setup->plan->directory, side->git.root);
	directory = alloc_printf("%s%s", side->tree.folder, theirs + strlen(side->git.root));
	if (access(directory, F_OK) < 0)
		return err_set(err, -ENOENT, "there is no folder %s, where the plan stands",
			       theirs + strlen(side->git.root) + 1);
	r = side_plan_read(side, setup, directory, &change, err);
	return r < 0 ? r : check(side, theirs, err);
}
