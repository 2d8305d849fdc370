#include "view/function_name.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "util/fmt.h"
#include "util/strbuf.h"

enum { LISTED = 8 };

/* Where the bracket that `at` opens is closed; the end of the text when it is not. */
static const char *skip_brackets(const char *at)
{
	unsigned depth = 0;

	for (; *at != '\0'; at++) {
		if (*at == '<' || *at == '(' || *at == '[' || *at == '{')
			depth++;
		else if (*at == '>' || *at == ')' || *at == ']' || *at == '}')
			depth--;
		if (depth == 0)
			return at + 1;
	}
	return at;
}

const char *function_name_get_base(const char *name, size_t *ret_length)
{
	const char *begin = name, *at = name;
	const char *sign = strstr(name, "operator");

	if (sign != NULL && (sign == name || sign[-1] == ':')) {
		*ret_length = strlen("operator") + strcspn(sign + strlen("operator"), "(");
		return sign;
	}
	while (*at != '\0' && *at != ' ') {
		/* "(anonymous namespace)::f", "{lambda()#1}", "(*T).f" go on behind it */
		bool is_part = at == begin && *at != '\0' && strchr("({<[", *at) != NULL;
		const char *end;

		if (strchr("({<[", *at) == NULL) {
			if (*at == ':' || (*at == '.' && at[1] != '\0' && at > begin))
				begin = at + 1;
			at++;
			continue;
		}
		end = skip_brackets(at);
		if (*end != ':' && *end != '.') {
			*ret_length = is_part ? (size_t)(end - begin) : (size_t)(at - begin);
			return begin;
		}
		at = end;
	}
	*ret_length = (size_t)(at - begin);
	return begin;
}

enum match { MATCH_PART, MATCH_BASE, MATCH_WHOLE, MATCH_COUNT };

static bool is_match(const struct hot_function *function, const char *word, enum match match)
{
	size_t length;
	const char *base;

	switch (match) {
	case MATCH_WHOLE:
		return strcmp(function->name, word) == 0;
	case MATCH_BASE:
		base = function_name_get_base(function->name, &length);
		return strlen(word) == length && strncmp(base, word, length) == 0;
	case MATCH_PART:
	case MATCH_COUNT:
		break;
	}
	return strstr(function->name, word) != NULL;
}

static bool is_in_module(const struct hot_function *function, const char *module, size_t length)
{
	return length == 0 || (strlen(function->module) == length &&
			       strncmp(function->module, module, length) == 0);
}

/* Without "MODULE!" where the name alone is enough. */
static void add_word(struct strbuf *text, const struct hot_functions *view,
		     const struct hot_function *function)
{
	double all = view->summary.samples_with_hidden;
	bool is_alone = true;
	char share[FMT_BYTES];

	for (uint32_t i = 0; i < view->function_count; i++)
		is_alone = is_alone && (&view->functions[i] == function ||
					strcmp(view->functions[i].name, function->name) != 0);
	if (is_alone)
		strbuf_addf(text, "'%s'", function->name);
	else
		strbuf_addf(text, "'%s!%s'", function->module, function->name);
	strbuf_addf(text, " (%s)", fmt_percent(share, all > 0 ? function->total / all : 0));
}

static int refuse(const struct hot_functions *view, const char *word, const char *module,
		  size_t module_length, enum match match, uint32_t count, struct err *err)
{
	struct strbuf names;
	uint32_t listed = 0;
	int r;

	strbuf_init(&names, 1 << 16);
	for (uint32_t i = 0; i < view->function_count && listed < LISTED; i++)
		if (is_in_module(&view->functions[i], module, module_length) &&
		    is_match(&view->functions[i], word, match)) {
			strbuf_add_text(&names, listed++ > 0 ? ", " : "");
			add_word(&names, view, &view->functions[i]);
		}
	if (count > listed)
		strbuf_addf(&names, " and %u more", count - listed);
	r = err_set(err, -ENOTUNIQ, "'%s' is one of %u functions; name one: %s", word, count,
		    strbuf_text(&names));
	strbuf_release(&names);
	return r;
}

int function_name_find(const struct hot_function **ret_function, const struct hot_functions *view,
		       const char *word, struct err *err)
{
	const char *mark = strchr(word, '!');
	const char *name = mark != NULL && mark != word ? mark + 1 : word;
	size_t module_length = name != word ? (size_t)(mark - word) : 0;

	for (int match = MATCH_WHOLE; match >= MATCH_PART && name[0] != '\0'; match--) {
		uint32_t count = 0;

		for (uint32_t i = view->function_count; i-- > 0;)
			if (is_in_module(&view->functions[i], word, module_length) &&
			    is_match(&view->functions[i], name, (enum match)match)) {
				*ret_function = &view->functions[i];
				count++;
			}
		if (count == 1)
			return 0;
		if (count > 1)
			return refuse(view, name, word, module_length, (enum match)match, count,
				      err);
	}
	return err_set(err, -ENOENT,
		       "no function '%s' has samples; `sonde report -n 1000` lists all", word);
}
