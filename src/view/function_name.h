/*
 * Which function a word on the command line means. In this order, and only as long as nothing was
 * found: the whole name; the name without arguments, templates and namespaces ("parse" for
 * "http::parse<char>(int)"); any part of the name. "MODULE!NAME" looks in one module only.
 */
#ifndef VIEW_FUNCTION_NAME_H
#define VIEW_FUNCTION_NAME_H

#include "util/err.h"
#include "view/hot_functions.h"

/*
 * `ret_function` points into the view. -ENOENT, or -ENOTUNIQ with those that it may be, the hottest
 * first, each as a word that means it alone.
 */
int function_name_find(const struct hot_function **ret_function, const struct hot_functions *view,
		       const char *word, struct err *err);

/* "http::parse<char>(int) const" → "parse", its length. Operators keep their signs. */
const char *function_name_get_base(const char *name, size_t *ret_length);

#endif
