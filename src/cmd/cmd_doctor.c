#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_list.h"
#include "lab/doctor.h"
#include "report/text.h"
#include "util/alloc.h"

static void format_text(struct strbuf *text, const struct doctor_findings *findings)
{
	static const enum text_style styles[] = {TEXT_GOOD, TEXT_WARN, TEXT_BAD, TEXT_DIM};
	struct text_layout layout = {.columns = cmd_get_width(STDOUT_FILENO),
				     .has_color = cmd_has_color(STDOUT_FILENO)};

	for (size_t i = 0; i < findings->count; i++) {
		const struct doctor_finding *finding = &findings->items[i];
		char state[16];

		snprintf(state, sizeof(state), "%-8s", doctor_state_name(finding->state));
		text_add_styled(text, &layout, styles[finding->state], state);
		strbuf_addf(text, "%-20s %s\n", finding->name, finding->value);
		if (finding->cost[0] != '\0') {
			strbuf_add_text(text, "          ");
			text_add_wrapped(text, &layout, 10, finding->cost);
		}
		if (finding->now[0] != '\0')
			strbuf_addf(text, "          this boot: %s\n", finding->now);
		if (finding->permanent[0] != '\0')
			strbuf_addf(text, "          for good:  %s\n", finding->permanent);
	}
}

static void format_json(struct strbuf *text, const struct doctor_findings *findings)
{
	json_t *document = json_object(), *list = json_array();
	scoped_free char *dump = NULL;

	for (size_t i = 0; i < findings->count; i++) {
		const struct doctor_finding *finding = &findings->items[i];
		json_t *item = json_object();

		json_object_set_new(item, "name", json_string(finding->name));
		json_object_set_new(item, "state", json_string(doctor_state_name(finding->state)));
		json_object_set_new(item, "value", json_string(finding->value));
		json_object_set_new(item, "cost", json_string(finding->cost));
		json_object_set_new(item, "now", json_string(finding->now));
		json_object_set_new(item, "permanent", json_string(finding->permanent));
		json_array_append_new(list, item);
	}
	json_object_set_new(document, "schema", json_string("sonde.doctor/1"));
	json_object_set_new(document, "findings", list);
	dump = json_dumps(document, JSON_INDENT(2));
	strbuf_addf(text, "%s\n", dump != NULL ? dump : "{}");
	json_decref(document);
}

static int run_doctor(const struct cmd *cmd, int argc, const char **argv)
{
	struct cmd_common common = {0};
	struct option_spec specs[] = {CMD_COMMON_OPTIONS(common), {0}};
	struct doctor_findings findings = {0};
	struct options_rest rest;
	struct err err = {0};
	struct procfs fs;
	struct arena arena;
	struct strbuf text;
	int status;

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (common.is_help)
		return cmd_print_help(cmd,
				      "Looks at what this machine allows and what disturbs "
				      "measurements: each thing with what it\n"
				      "costs and the command that mends it. Changes nothing.",
				      specs);
	if (rest.count > 0) {
		err_set(&err, -EINVAL, "no argument is expected, not '%s'", rest.arguments[0]);
		return cmd_usage_error(cmd, &err);
	}
	proc_file_init(&fs, "");
	arena_init(&arena);
	doctor_examine(&fs, &arena, &findings);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (common.json != NULL)
		format_json(&text, &findings);
	else
		format_text(&text, &findings);
	status = cmd_write_output(common.json != NULL ? common.json : "", strbuf_text(&text),
				  text.length);
	strbuf_release(&text);
	vec_release(&findings);
	arena_release(&arena);
	return status;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.group = "machine",
	.summary = "what the machine allows and disturbs, and the commands that mend it",
	.usage = "Usage: sonde doctor [--json]",
	.run = run_doctor,
};
