#include "cmd/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/alloc.h"
#include "util/parse.h"

enum { OPTIONS_MAX = 128 };

static bool is_end(const struct option_spec *spec)
{
	return spec->letter == 0 && spec->name == NULL && spec->help == NULL;
}

static bool is_heading(const struct option_spec *spec)
{
	return spec->letter == 0 && spec->name == NULL;
}

static bool takes_value(const struct option_spec *spec)
{
	return spec->kind != OPTION_FLAG && spec->kind != OPTION_OPTIONAL &&
	       spec->kind != OPTION_LATER;
}

static int refuse_value(const char *shown, const char *text, const char *right, struct err *err)
{
	return err_set(err, -EINVAL, "%s must be %s, not '%s'", shown, right, text);
}

/* Stores a value; `shown` is the option as typed. */
static int set_value(const struct option_spec *spec, const char *shown, const char *text,
		     struct err *err)
{
	uint64_t number = 0;

	switch (spec->kind) {
	case OPTION_FLAG:
		*(bool *)spec->target = true;
		return 0;
	case OPTION_TEXT:
	case OPTION_OPTIONAL:
		*(const char **)spec->target = text;
		return 0;
	case OPTION_COUNT:
		if (parse_u64(text, &number) < 0 || number == 0 || number > UINT32_MAX) {
			uint64_t ns;

			if (spec->letter == 't' && parse_duration_ns(text, &ns) == 0 && number == 0)
				return err_set(err, -EINVAL, "-t is threads; -d %s is the duration",
					       text);
			return refuse_value(shown, text, "a whole number from 1 on", err);
		}
		*(uint32_t *)spec->target = (uint32_t)number;
		return 0;
	case OPTION_NUMBER:
		if (parse_u64(text, (uint64_t *)spec->target) < 0)
			return refuse_value(shown, text, "a whole number", err);
		return 0;
	case OPTION_DURATION:
		if (parse_duration_ns(text, (uint64_t *)spec->target) < 0)
			return refuse_value(shown, text, "a duration like 500ms, 10s or 2m", err);
		return 0;
	case OPTION_RATE:
		if (parse_rate_hz(text, (double *)spec->target) < 0)
			return refuse_value(shown, text, "a rate above 0 like 5000 or 5000/s", err);
		return 0;
	case OPTION_LIST:
		vec_push((struct option_list *)spec->target, text);
		return 0;
	case OPTION_LATER:
		return err_set(err, -EOPNOTSUPP, "%s is not supported yet: %s", shown, spec->help);
	}
	return 0;
}

static const struct option_spec *find_letter(const struct option_spec *specs, char letter)
{
	for (; !is_end(specs); specs++)
		if (specs->letter == letter)
			return specs;
	return NULL;
}

static const struct option_spec *find_name(const struct option_spec *specs, const char *name,
					   size_t length)
{
	for (; !is_end(specs); specs++)
		if (specs->name != NULL && strlen(specs->name) == length &&
		    strncmp(specs->name, name, length) == 0)
			return specs;
	return NULL;
}

static int unknown_option(const struct option_spec *specs, const char *word, struct err *err)
{
	const char *names[OPTIONS_MAX];
	size_t count = 0;
	const char *nearest;
	scoped_free char *name =
		alloc_strndup(word + (word[1] == '-' ? 2 : 1), strcspn(word + 1, "=") + 1);

	for (; !is_end(specs) && count < OPTIONS_MAX - 1; specs++)
		if (specs->name != NULL && specs->kind != OPTION_LATER)
			names[count++] = specs->name;
	names[count] = NULL;
	name[strcspn(name, "=")] = '\0';
	nearest = word[1] == '-' ? parse_find_nearest(name, names) : NULL;
	if (nearest != NULL)
		return err_set(err, -EINVAL, "unknown option %s; did you mean --%s?", word,
			       nearest);
	return err_set(err, -EINVAL, "unknown option %s; --help lists them", word);
}

struct cursor {
	const char **argv;
	int argc, at;
};

static int need_value(const struct option_spec *spec, const char *shown, struct err *err)
{
	return err_set(err, -EINVAL, "%s needs a value: %s", shown,
		       spec->value != NULL ? spec->value : "VALUE");
}

static int parse_long(const struct option_spec *specs, struct cursor *cursor, struct err *err)
{
	const char *word = cursor->argv[cursor->at];
	size_t length = strcspn(word + 2, "=");
	const struct option_spec *spec = find_name(specs, word + 2, length);
	const char *value = word[2 + length] == '=' ? word + 2 + length + 1 : NULL;
	scoped_free char *shown = alloc_strndup(word, length + 2);

	if (spec == NULL)
		return unknown_option(specs, word, err);
	if (spec->kind == OPTION_FLAG && value != NULL)
		return err_set(err, -EINVAL, "%s takes no value", shown);
	if (takes_value(spec) && value == NULL) {
		if (cursor->at + 1 >= cursor->argc)
			return need_value(spec, shown, err);
		value = cursor->argv[++cursor->at];
	}
	return set_value(spec, shown, value != NULL ? value : "", err);
}

static int parse_short(const struct option_spec *specs, struct cursor *cursor, struct err *err)
{
	const char *word = cursor->argv[cursor->at];

	for (const char *at = word + 1; *at != '\0'; at++) {
		const struct option_spec *spec = find_letter(specs, *at);
		const char shown[3] = {'-', *at, '\0'};
		const char *value = at + 1;
		int r;

		if (spec == NULL)
			return unknown_option(specs, word, err);
		if (!takes_value(spec)) {
			r = set_value(spec, shown, "", err);
			if (r < 0)
				return r;
			continue;
		}
		if (*value == '\0') {
			if (cursor->at + 1 >= cursor->argc)
				return need_value(spec, shown, err);
			value = cursor->argv[++cursor->at];
		}
		return set_value(spec, shown, value, err);
	}
	return 0;
}

int options_parse(const struct option_spec *specs, enum options_order order, int argc,
		  const char **argv, struct options_rest *ret_rest, struct err *err)
{
	struct cursor cursor = {.argv = argv, .argc = argc};
	uint32_t kept = 0;
	bool is_over = false;

	*ret_rest = (struct options_rest){.arguments = argv};
	for (; cursor.at < argc; cursor.at++) {
		const char *word = argv[cursor.at];
		int r = 0;

		if (!is_over && strcmp(word, "--") == 0) {
			ret_rest->command = argv + cursor.at + 1; /* argv ends with NULL */
			break;
		}
		if (is_over || word[0] != '-' || word[1] == '\0') {
			is_over = is_over || order == OPTIONS_BEFORE_ARGS;
			argv[kept++] = word;
		} else if (word[1] == '-') {
			r = parse_long(specs, &cursor, err);
		} else {
			r = parse_short(specs, &cursor, err);
		}
		if (r < 0)
			return r;
	}
	ret_rest->count = kept;
	/* never past argv's own NULL; a command of plain arguments is an argv, too */
	argv[kept] = NULL;
	return 0;
}

void options_format_help(const struct option_spec *specs, struct strbuf *text)
{
	bool is_first = true;

	if (!is_heading(specs))
		strbuf_add_text(text, "Options:\n");
	for (; !is_end(specs); specs++, is_first = false) {
		char left[64];
		int length;

		if (is_heading(specs))
			strbuf_addf(text, "%s%s:\n", is_first ? "" : "\n", specs->help);
		if (is_heading(specs) || specs->help == NULL || specs->kind == OPTION_LATER)
			continue;
		length = snprintf(
			left, sizeof(left), "  %c%c%s%s%s%s%s", specs->letter != 0 ? '-' : ' ',
			specs->letter != 0 ? specs->letter : ' ',
			specs->letter != 0 && specs->name != NULL ? ", " : "  ",
			specs->name != NULL ? "--" : "", specs->name != NULL ? specs->name : "",
			specs->kind == OPTION_OPTIONAL ? "[="
			: specs->value != NULL	       ? " "
						       : "",
			specs->value != NULL ? specs->value : "");
		if (specs->kind == OPTION_OPTIONAL)
			length += snprintf(left + length, sizeof(left) - (size_t)length, "]");
		strbuf_addf(text, "%-28s%s%s\n", left,
			    length >= 28 ? "\n                            " : "", specs->help);
	}
}
