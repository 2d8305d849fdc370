#include "symbol/kallsyms.h"

#include <errno.h>

#include "tap.h"

static const char text[] = "0000000000001000 A per_cpu\n"
			   "ffffffff81000000 T _stext\n"
			   "ffffffff81000000 T startup_64\n"
			   "ffffffff81000000 t local_alias\n"
			   "ffffffff81000000 W weak_alias\n"
			   "ffffffff81000100 t helper\n"
			   "ffffffff81000180 D variable\n"
			   "ffffffff81000200 T last\n"
			   "ffffffffc0202000 t second_of_b\t[mod_b]\n"
			   "ffffffffc0201010 t only_of_a\t[mod_a]\n"
			   "ffffffffc0201ff0 T first_of_b\t[mod_b]\n"
			   "0000000000000000 T hidden\n"
			   "ffffffffc1000000 t bpf_prog_6deef7357e7b4530_egress\t[bpf]\n"
			   "ffffffffc1000100 t bpf_prog_70b0e1a2c3d4e5f6\t[bpf]\n"
			   "ffffffffc1800000 t bpf_prog_0123456789abcdef_far\t[bpf]\n";

static const struct {
	uint64_t address;
	const char *name, *module; /* NULL = none */
	uint64_t start, size;
	const char *what;
} lookups[] = {
	{0xffffffff80ffffff, NULL, NULL, 0, 0, "before the first function"},
	{0x1000, NULL, NULL, 0, 0, "data has no function"},
	{0xffffffff81000000, "startup_64", NULL, 0xffffffff81000000, 0x100,
	 "global, few underscores"},
	{0xffffffff810000ff, "startup_64", NULL, 0xffffffff81000000, 0x100, "its last byte"},
	{0xffffffff81000100, "helper", NULL, 0xffffffff81000100, 0x80, "ends where data begins"},
	{0xffffffff81000190, NULL, NULL, 0, 0, "data behind a function is not the function"},
	{0xffffffff81000fff, "last", NULL, 0xffffffff81000200, 0xe00,
	 "the kernel's last: to the end of its page"},
	{0xffffffff81001000, NULL, NULL, 0, 0, "not farther"},
	{0xffffffffc0201020, "only_of_a", "mod_a", 0xffffffffc0201010, 0xfe0,
	 "a module's last: to the next module"},
	{0xffffffffc0201fff, "first_of_b", "mod_b", 0xffffffffc0201ff0, 0x10,
	 "modules are not sorted in the text"},
	{0xffffffffc0202fff, "second_of_b", "mod_b", 0xffffffffc0202000, 0x1000,
	 "a module's last: to its page's end"},
	{0xffffffffc10000ff, "bpf_prog_6deef7357e7b4530_egress", "bpf", 0xffffffffc1000000, 0x100,
	 "a BPF program"},
	{0xffffffffc1001234, "bpf_prog_70b0e1a2c3d4e5f6", "bpf", 0xffffffffc1000100, 0x20000,
	 "one of more than a page, without a name of its own"},
	{0xffffffffc1100000, NULL, NULL, 0, 0, "but not all the way to the next"},
	{0xffffffffc1800fff, "bpf_prog_0123456789abcdef_far", "bpf", 0xffffffffc1800000, 0x1000,
	 "the very last: to its page's end"},
	{0x10, NULL, NULL, 0, 0, "a hidden address is none"},
};

static bool is_text(const char *borrowed, uint32_t length, const char *want)
{
	return want == NULL ? borrowed == NULL
			    : borrowed != NULL && length == strlen(want) &&
				      memcmp(borrowed, want, length) == 0;
}

static void test_lookups(void)
{
	scoped(kallsyms_cleanup) struct kallsyms *kallsyms = NULL;
	struct kernel_function function;

	is_int(kallsyms_parse(&kallsyms, text, sizeof(text) - 1, NULL), 0, "parses");
	for (size_t i = 0; kallsyms != NULL && i < sizeof(lookups) / sizeof(*lookups); i++) {
		bool is_found = kallsyms_find(kallsyms, lookups[i].address, &function);

		if (lookups[i].name == NULL)
			ok(!is_found, lookups[i].what);
		else
			ok(is_found &&
				   is_text(function.name, function.name_length, lookups[i].name) &&
				   is_text(function.module, function.module_length,
					   lookups[i].module) &&
				   function.start == lookups[i].start &&
				   function.size == lookups[i].size,
			   lookups[i].what);
	}
}

static int parse(const char *input, struct err *err)
{
	struct kallsyms *kallsyms = NULL;
	int r = kallsyms_parse(&kallsyms, input, strlen(input), err);

	kallsyms_free(kallsyms);
	return r;
}

static void test_errors(void)
{
	struct err err = {0};

	is_int(parse("0000000000000000 T a\n0000000000000000 t b\n", &err), -EACCES,
	       "all zero: hidden");
	ok(strstr(err.text, "kptr_restrict") != NULL, "the sentence names the switch");
	is_int(parse("", NULL), -ENODATA, "empty");
	is_int(parse("ffffffff81000000 D data\n", NULL), -ENODATA, "no function");
	is_int(parse("ffffffff81000000 T a\nnonsense\n", &err), -EBADMSG, "not kallsyms");
	ok(strstr(err.text, "line 2") != NULL, "the sentence names the line");
	is_int(parse("ffffffff81000000 T \n", NULL), -EBADMSG, "no name");
	is_int(parse("ffffffff81000000 T a\t[m\n", NULL), -EBADMSG, "half a module");
	is_int(parse("ffffffff81000000 T a\t[]\n", NULL), -EBADMSG, "a module without a name");
	is_int(parse("fffffffff81000000 T a\n", NULL), -EBADMSG, "an address of more than 64 bits");
	is_int(parse("ffffffffffffffff T top\n", NULL), -ENODATA,
	       "no room behind the last address");
	is_int(parse("ffffffff81000000 T a", NULL), 0, "the last line needs no end");
}

int main(void)
{
	kallsyms_free(NULL);
	test_lookups();
	test_errors();
	return tap_done();
}
