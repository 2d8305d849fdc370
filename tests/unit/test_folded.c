#include "export/folded.h"

#include "fake_tree.h"
#include "tap.h"

/*
 * What FlameGraph's stackcollapse-perf.pl prints of the same stacks as `perf script` text;
 * tests/system/test_exports.py holds the two against each other where the script is installed.
 */
static void test_format(void)
{
	struct fake_tree fake;
	struct strbuf text;
	uint32_t thread, caller;

	fake_tree_init(&fake);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	thread = fake_tree_add(&fake, 0, CALL_THREAD, "V8 Worker", "", 0, 0);
	caller = fake_tree_add(&fake, thread, CALL_USER, "main", "app", 3, 0);
	fake_tree_add(&fake, caller, CALL_UNKNOWN, "[libc.so.6]", "libc.so.6", 2, 0);
	fake_tree_add(&fake, caller, CALL_UNKNOWN, "[unknown]", "[unknown]", 1, 0);
	fake_tree_add(&fake, caller, CALL_KERNEL, "[kernel]", "[kernel]", 4, 0);
	fake_tree_add(&fake, caller, CALL_KERNEL, "tcp_sendmsg", "[kernel]", 5, 0);
	fake_tree_add(&fake, 0, CALL_HIDDEN, "[kernel, hidden]", "[kernel]", 7.5, 0);
	folded_write(&text, &fake.tree);
	is_str(strbuf_text(&text),
	       "V8_Worker;main 3\n"
	       "V8_Worker;main;[[kernel.kallsyms]] 4\n"
	       "V8_Worker;main;[libc.so.6] 2\n"
	       "V8_Worker;main;[unknown] 1\n"
	       "V8_Worker;main;tcp_sendmsg 5\n",
	       "threads, callers first, modules for symbols, sorted; hidden time is no stack");
	strbuf_release(&text);
}

static void check_name(const char *name, const char *want)
{
	char line[256];
	struct fake_tree fake;
	struct strbuf text;

	fake_tree_init(&fake);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	fake_tree_add(&fake, fake_tree_add(&fake, 0, CALL_THREAD, "a", "", 0, 0), CALL_USER, name,
		      "m", 1, 0);
	snprintf(line, sizeof(line), "a%s 1\n", want);
	folded_write(&text, &fake.tree);
	is_str(strbuf_text(&text), line, want);
	strbuf_release(&text);
}

static void test_names(void)
{
	check_name("a;b", ";a:b");
	check_name("f(int, char)", ";f");
	check_name("(anonymous namespace)::f(int)", "");
	check_name("x::(anonymous namespace)::f(int)", ";x::(anonymous namespace)::f");
	check_name("net/http.(*Client).Do", ";net/http.(*Client).Do");
	check_name("RegExp:[&<>\"']", ";RegExp:[&<>]");
	check_name("outer->inner", ";outer;inner_[i]");
	check_name("x::operator->() const", ";x::operator;_[i]");
	check_name("x::operator->", ";x::operator");
	check_name("line\nbreak", ";line?break");
}

static void test_java(void)
{
	struct fake_tree fake;
	struct strbuf text;

	fake_tree_init(&fake);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	fake_tree_add(&fake, fake_tree_add(&fake, 0, CALL_THREAD, "java", "", 0, 0), CALL_USER,
		      "Lorg/mozilla/javascript/MemberBox;.<init>(Ljava/lang/reflect/Method;)V",
		      "perf-1.map", 2, 0);
	folded_write(&text, &fake.tree);
	is_str(strbuf_text(&text), "java;org/mozilla/javascript/MemberBox:.<init> 2\n",
	       "Java's signatures");
	strbuf_release(&text);
}

/* Functions that differ only in their parameters are one line. */
static void test_merge(void)
{
	struct fake_tree fake;
	struct strbuf text;
	uint32_t thread;

	fake_tree_init(&fake);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	thread = fake_tree_add(&fake, 0, CALL_THREAD, "a", "", 0, 0);
	fake_tree_add(&fake, thread, CALL_USER, "f(char)", "m", 2, 0);
	fake_tree_add(&fake, thread, CALL_USER, "f(int)", "m", 3, 0);
	folded_write(&text, &fake.tree);
	is_str(strbuf_text(&text), "a;f 5\n", "equal lines add up");
	strbuf_clear(&text);
	fake_tree_init(&fake);
	folded_write(&text, &fake.tree);
	is_str(strbuf_text(&text), "", "no samples, no lines");
	strbuf_release(&text);
}

/* Samples that count less than one. */
static void test_weights(void)
{
	struct fake_tree fake;
	struct strbuf text;
	uint32_t thread;

	fake_tree_init(&fake);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	thread = fake_tree_add(&fake, 0, CALL_THREAD, "a", "", 0, 0);
	fake_tree_add(&fake, thread, CALL_USER, "f", "m", 0.25, 0);
	fake_tree_add(&fake, thread, CALL_USER, "g", "m", 2.75, 0);
	folded_write(&text, &fake.tree);
	is_str(strbuf_text(&text), "a;f 1\na;g 3\n", "whole samples, and none is lost");
	strbuf_release(&text);
}

int main(void)
{
	test_format();
	test_names();
	test_java();
	test_merge();
	test_weights();
	return tap_done();
}
