#include "functions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime.h"

#define HEALTH_ROUTE "/health"
#define LINE_WORDS 4

/*
 * Splits at blanks, in place, up to a '#' that begins a word. Returns how many words there are, at
 * most one too many.
 */
static size_t split_words(char *line, char *words[LINE_WORDS + 1])
{
	size_t count = 0;

	while (count <= LINE_WORDS) {
		line += strspn(line, " \t\r\n");
		if (*line == '\0' || *line == '#')
			break;
		words[count++] = line;
		line += strcspn(line, " \t\r\n");
		if (*line != '\0')
			*line++ = '\0';
	}
	return count;
}

/* The module's path from its name, as the head of functions.h says. */
static int resolve_path(struct function *function, const char *file, const char *module)
{
	const char *slash = strrchr(file, '/');
	int folder_size = slash != NULL ? (int)(slash - file) + 1 : 0;
	const char *suffix = function->runtime == FUNCTION_NATIVE ? ".so" : "";
	int size;

	if (module[0] == '/')
		size = snprintf(function->path, sizeof(function->path), "%s", module);
	else if (strchr(module, '/') != NULL)
		size = snprintf(function->path, sizeof(function->path), "%.*s%s",
				slash != NULL ? folder_size : 2, slash != NULL ? file : "./",
				module);
	else
		size = snprintf(function->path, sizeof(function->path), "%.*sfunctions/%s%s",
				slash != NULL ? folder_size : 2, slash != NULL ? file : "./",
				module, suffix);
	return size < (int)sizeof(function->path) ? 0 : -ENAMETOOLONG;
}

static int check_words(const struct functions *functions, char *words[LINE_WORDS],
		       struct trouble *why)
{
	for (size_t i = 0; i < LINE_WORDS; i++)
		if (strlen(words[i]) >= FUNCTIONS_WORD_MAX_BYTES - 8)
			return trouble_set(why, -EINVAL, "'%.20s…' is longer than %d bytes",
					   words[i], FUNCTIONS_WORD_MAX_BYTES - 9);
	if (words[0][0] != '/' || strchr(words[0], '?') != NULL)
		return trouble_set(why, -EINVAL, "route '%s' should be a path such as /api/hello",
				   words[0]);
	if (strcmp(words[0], HEALTH_ROUTE) == 0)
		return trouble_set(why, -EINVAL, "route %s is the gateway's own", HEALTH_ROUTE);
	for (size_t i = 0; i < functions->count; i++)
		if (strcmp(words[0], functions->items[i].route) == 0)
			return trouble_set(why, -EEXIST, "route %s is already taken above",
					   words[0]);
	if (strcmp(words[1], "native") != 0 && strcmp(words[1], "exec") != 0)
		return trouble_set(why, -EINVAL, "unknown runtime '%s': there are native and exec",
				   words[1]);
	if (functions->count == FUNCTIONS_MAX)
		return trouble_set(why, -E2BIG, "more than %d functions", FUNCTIONS_MAX);
	return 0;
}

static int add_function(struct functions *functions, const char *file, char *words[LINE_WORDS],
			struct trouble *why)
{
	struct function *function = &functions->items[functions->count];
	int status = check_words(functions, words, why);

	if (status < 0)
		return status;
	*function = (struct function){
		.runtime = strcmp(words[1], "native") == 0 ? FUNCTION_NATIVE : FUNCTION_EXEC,
	};
	function->route_size =
		(size_t)snprintf(function->route, sizeof(function->route), "%s", words[0]);
	(void)snprintf(function->handler, sizeof(function->handler), "%s", words[3]);
	function->target_size = (size_t)snprintf(function->target, sizeof(function->target),
						 "%s %s %s", words[1], words[2], words[3]);
	if (resolve_path(function, file, words[2]) < 0)
		return trouble_set(why, -ENAMETOOLONG, "the path of module %s is too long",
				   words[2]);
	if (function->runtime == FUNCTION_NATIVE)
		status = runtime_native_load(function, why);
	else if (access(function->path, X_OK) < 0)
		status = trouble_set(why, -errno, "no program %s: %s", function->path,
				     strerror(errno));
	if (status < 0)
		return status;
	functions->count++;
	return 0;
}

int functions_load(struct functions *functions, const char *file, struct trouble *trouble)
{
	FILE *stream = fopen(file, "re");
	char *words[LINE_WORDS + 1];
	char *line = NULL;
	size_t line_capacity = 0;
	struct trouble why = {.text = ""};
	int status = 0;

	functions->count = 0;
	if (stream == NULL)
		return trouble_set(trouble, -errno, "cannot read the function file %s: %s", file,
				   strerror(errno));
	for (int number = 1; status == 0 && getline(&line, &line_capacity, stream) >= 0; number++) {
		size_t count = split_words(line, words);

		if (count == 0)
			continue;
		if (count != LINE_WORDS)
			status = trouble_set(&why, -EINVAL,
					     "%s words; a line is ROUTE RUNTIME MODULE HANDLER",
					     count < LINE_WORDS ? "too few" : "too many");
		else
			status = add_function(functions, file, words, &why);
		if (status < 0)
			(void)trouble_set(trouble, status, "%s:%d: %.900s", file, number, why.text);
	}
	if (status == 0 && ferror(stream))
		status = trouble_set(trouble, -EIO, "cannot read the function file %s", file);
	if (status == 0 && functions->count == 0)
		status = trouble_set(trouble, -EINVAL, "%s:1: no function in this file", file);
	free(line);
	(void)fclose(stream);
	return status;
}

enum route functions_route(const struct functions *functions, const struct http_request *request,
			   const char *bytes, const struct function **ret_function,
			   const char **ret_allow)
{
	const char *path = bytes + request->path_offset;
	size_t size = request->path_size;

	if (size == strlen(HEALTH_ROUTE) && memcmp(path, HEALTH_ROUTE, size) == 0) {
		*ret_allow = "GET, HEAD";
		return request->method == HTTP_GET || request->method == HTTP_HEAD ? ROUTE_HEALTH
										   : ROUTE_METHOD;
	}
	for (size_t i = 0; i < functions->count; i++) {
		const struct function *function = &functions->items[i];

		if (function->route_size != size || memcmp(function->route, path, size) != 0)
			continue;
		*ret_allow = "GET, HEAD, POST";
		if (request->method == HTTP_OTHER)
			return ROUTE_METHOD;
		*ret_function = function;
		return ROUTE_FUNCTION;
	}
	return ROUTE_UNKNOWN;
}

const struct function *functions_find_target(const struct functions *functions, const char *target,
					     size_t size)
{
	for (size_t i = 0; i < functions->count; i++)
		if (functions->items[i].target_size == size &&
		    memcmp(functions->items[i].target, target, size) == 0)
			return &functions->items[i];
	return NULL;
}
