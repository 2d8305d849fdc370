#include "cmd/track_args.h"

#include <errno.h>
#include <string.h>

#include "cmd/look.h"
#include "report/track_form.h"
#include "util/alloc.h"
#include "util/parse.h"

/* By the name that plans and JSON have, or by that of --kv's lines. */
static const struct metric_info *find_metric(const char *name, const char **ret_nearest)
{
	const char *names[2 * TRACK_ARGS_METRICS + 1];
	const struct metric_info *list;
	uint32_t count, name_count = 0;

	list = metric_list(&count);
	for (uint32_t i = 0; i < count && name_count + 2 < 2 * TRACK_ARGS_METRICS; i++) {
		if (strcmp(list[i].name, name) == 0 ||
		    strcmp(track_form_get_name(&list[i]), name) == 0)
			return &list[i];
		names[name_count++] = list[i].name;
		names[name_count++] = track_form_get_name(&list[i]);
	}
	names[name_count] = NULL;
	*ret_nearest = parse_find_nearest(name, names);
	return NULL;
}

static int read_metrics(struct track_args *args, struct err *err)
{
	uint32_t count = 0;

	for (const char *at = args->metrics_text; at != NULL && *at != '\0';) {
		size_t length = strcspn(at, ",");
		scoped_free char *name = alloc_strndup(at, length);
		const char *nearest = NULL;
		const struct metric_info *info = find_metric(name, &nearest);

		if (info == NULL)
			return err_set(err, -EINVAL, "--metrics: there is no metric '%s'%s%s%s",
				       name, nearest != NULL ? "; did you mean '" : "",
				       nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
		if (count < TRACK_ARGS_METRICS)
			args->metrics[count++] = info->name;
		at += length + (at[length] == ',');
	}
	if (args->metrics_text != NULL && count == 0)
		return err_set(err, -EINVAL, "--metrics needs names like rate_rps,latency_p99");
	return 0;
}

bool track_args_has_run(const struct track_args *args)
{
	return args->repeat > 0 || args->seed > 0 || args->load != NULL || args->vars.count > 0 ||
	       plan_args_has_load(&args->plan);
}

void track_args_release(struct track_args *args)
{
	vec_release(&args->vars);
	plan_args_release(&args->plan);
}

int track_args_check(struct track_args *args, const struct options_rest *rest, struct err *err)
{
	int forms = args->is_kv + args->is_markdown + (args->common.json != NULL);

	if (look_check_arguments(rest, 0, 1,
				 args->is_log	    ? "at most one plan's name is"
				 : args->has_no_run ? "at most one RUN is"
						    : "at most one PLAN or RUN is",
				 err) < 0)
		return -EINVAL;
	args->word = rest->count > 0 ? rest->arguments[0] : NULL;
	if (forms > 1)
		return err_set(err, -EINVAL, "--kv, --markdown and --json exclude each other");
	if (args->is_log && track_args_has_run(args))
		return err_set(err, -EINVAL, "--log runs nothing: no option of running with it");
	if (args->is_log && (args->is_kv || args->is_markdown))
		return err_set(err, -EINVAL, "--log is printed as a table or as --json");
	if (args->has_no_run && track_args_has_run(args))
		return err_set(err, -EINVAL,
			       "--no-run runs nothing: no --repeat, --seed, --var, --load or "
			       "amount of load with it");
	return look_parse_delta(&args->delta, args->delta_text, err) < 0 ||
			       read_metrics(args, err) < 0
		       ? -EINVAL
		       : 0;
}
