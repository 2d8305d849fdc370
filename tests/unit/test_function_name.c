#include "view/function_name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"

static struct hot_function functions[] = {
	{.name = "http::parse<char>(int)", .module = "app", .total = 50},
	{.name = "parse_url", .module = "app", .total = 40},
	{.name = "read", .module = "app", .total = 30},
	{.name = "read", .module = "libc.so.6", .total = 20},
	{.name = "json::parse(char const*)", .module = "app", .total = 10},
	{.name = "net/http.(*Client).Do", .module = "app", .total = 5},
};
static const struct hot_functions view = {.functions = functions,
					  .function_count =
						  sizeof(functions) / sizeof(functions[0]),
					  .summary = {.samples_with_hidden = 100}};

static void is_base(const char *name, const char *want)
{
	char base[64];
	size_t length = 0;
	const char *begin = function_name_get_base(name, &length);

	snprintf(base, sizeof(base), "%.*s", (int)length, begin);
	is_str(base, want, name);
}

static void test_base(void)
{
	is_base("main", "main");
	is_base("http::parse<char>(int) const", "parse");
	is_base("std::vector<a::b, c<d>>::push_back(e::f const&)", "push_back");
	is_base("(anonymous namespace)::work(int)", "work");
	is_base("a::(anonymous namespace)::b::work<(c)1>()", "work");
	is_base("ns::S::operator<<(int)", "operator<<");
	is_base("operator new(unsigned long)", "operator new");
	is_base("net/http.(*Client).Do", "Do");
	is_base("core::ptr::drop_in_place<T>", "drop_in_place");
	is_base("main.main.func1", "func1");
	is_base("f(int (*)(char)) [clone .part.0]", "f");
	is_base("memcpy@plt", "memcpy@plt");
	is_base("{lambda(int)#1}::operator()(int) const", "operator");
	is_base("libc.so.6+0x1a2b", "6+0x1a2b");
	is_base("unbalanced<(", "unbalanced");
	is_base("", "");
}

static void finds(const char *word, const struct hot_function *want)
{
	const struct hot_function *got = NULL;
	struct err err = {0};

	if (!ok(function_name_find(&got, &view, word, &err) == 0 && got == want, word))
		printf("# %s\n", err_text(&err));
}

static void refuses(const char *word, int code, const char *part)
{
	const struct hot_function *got;
	struct err err = {0};

	is_int(function_name_find(&got, &view, word, &err), code, word);
	if (!ok(strstr(err_text(&err), part) != NULL, part))
		printf("# %s\n", err_text(&err));
}

static void test_find(void)
{
	finds("http::parse<char>(int)", &functions[0]);
	finds("parse_url", &functions[1]);
	finds("json::", &functions[4]);
	finds("_url", &functions[1]);
	finds("Do", &functions[5]);
	finds("libc.so.6!read", &functions[3]);
	finds("app!read", &functions[2]);
	finds("app!parse_u", &functions[1]);
	refuses("parse", -ENOTUNIQ,
		"2 functions; name one: 'http::parse<char>(int)' (50.0 %), 'json::parse(char");
	refuses("read", -ENOTUNIQ, "'app!read' (30.0 %), 'libc.so.6!read' (20.0 %)");
	refuses("pars", -ENOTUNIQ, "3 functions");
	refuses("nowhere!read", -ENOENT, "'nowhere!read'");
	refuses("parser", -ENOENT, "report");
	refuses("", -ENOENT, "''");
	refuses("app!", -ENOENT, "'app!'");
}

int main(void)
{
	test_base();
	test_find();
	return tap_done();
}
