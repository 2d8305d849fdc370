#include "load/template.h"

#include <errno.h>

#include "tap.h"
#include "util/alloc.h"

static struct feed *make_feed(const char *text)
{
	struct feed *feed = NULL;
	struct err err = {0};

	if (feed_new(&feed, "f.csv", text, strlen(text), ',', &err) < 0)
		printf("# %s\n", err_text(&err));
	return feed;
}

static void is_rendered(const struct feed *feed, const char *text, enum template_place place,
			uint32_t row, const char *want)
{
	struct err err = {0};
	struct template template;
	char out[256] = "";

	template_init(&template, feed);
	if (ok(template_add(&template, text, strlen(text), place, &err) == 0, text)) {
		size_t length = template_render(&template, row, out);

		out[length] = '\0';
		is_str(out, want, "  rendered");
		ok(length <= template.max_bytes, "  within what was promised");
	}
	template_release(&template);
}

static void test_render(void)
{
	scoped(feed_cleanup) struct feed *feed =
		make_feed("ip,q\n10.0.0.1,a b/c?d&e=f\nx,\"{\"\"n\"\":1}\"\n,\n");

	if (!ok(feed != NULL, "feed"))
		return;
	is_rendered(feed, "/logs?ip=${ip}&q=${q}", TEMPLATE_IN_PATH, 0,
		    "/logs?ip=10.0.0.1&q=a%20b%2Fc%3Fd%26e%3Df");
	is_rendered(feed, "${q}${q}", TEMPLATE_IN_PATH, 1, "%7B%22n%22%3A1%7D%7B%22n%22%3A1%7D");
	is_rendered(feed, "${q}", TEMPLATE_IN_BODY, 1, "{\"n\":1}");
	is_rendered(feed, "id-${ip}.", TEMPLATE_IN_HEADER, 0, "id-10.0.0.1.");
	is_rendered(feed, "<${ip}>", TEMPLATE_IN_BODY, 2, "<>");
	is_rendered(feed, "no column, $ and { and }", TEMPLATE_IN_BODY, 0,
		    "no column, $ and { and }");
	is_rendered(feed, "", TEMPLATE_IN_BODY, 0, "");
	is_rendered(NULL, "a ${ip} that means nothing", TEMPLATE_IN_PATH, 0,
		    "a ${ip} that means nothing");
}

static void test_parts(void)
{
	scoped(feed_cleanup) struct feed *feed = make_feed("a,b\n1 2,3 4\n");
	struct template template;
	uint64_t allocations;
	struct err err = {0};
	char out[64];
	size_t length;

	template_init(&template, feed);
	ok(!template_has_columns(&template), "an empty one has no columns");
	is_int(template_add(&template, "/", 1, TEMPLATE_IN_PATH, &err), 0, "a literal");
	ok(!template_has_columns(&template), "a literal is none");
	is_int(template_add(&template, "${a}|", 5, TEMPLATE_IN_PATH, &err), 0,
	       "a column in a path");
	is_int(template_add(&template, "${b}", 4, TEMPLATE_IN_BODY, &err), 0, "a column in a body");
	ok(template_has_columns(&template), "now it has some");
	is_int(template.max_bytes, 1 + 9 + 1 + 3, "the longest it can become");
	allocations = alloc_get_count();
	length = template_render(&template, 0, out);
	is_int(alloc_get_count() - allocations, 0, "rendering allocates nothing");
	out[length] = '\0';
	is_str(out, "/1%202|3 4", "each part by its place");
	template_release(&template);
}

static void test_bad(void)
{
	scoped(feed_cleanup) struct feed *feed = make_feed("a,b\n1,\"x\r\ny\"\n");
	struct template template;
	struct err err = {0};

	template_init(&template, feed);
	is_int(template_add(&template, "x${c}", 5, TEMPLATE_IN_BODY, &err), -EINVAL,
	       "an unknown column");
	is_str(err_text(&err), "f.csv has no column 'c'; it has a, b", "  says so");
	is_int(template_add(&template, "x${a", 4, TEMPLATE_IN_BODY, &err), -EINVAL, "no }");
	is_int(template_add(&template, "${b}", 4, TEMPLATE_IN_HEADER, &err), -EINVAL,
	       "a line end in a header");
	ok(strstr(err_text(&err), "row 1 of column 'b'") != NULL, "  says where");
	is_int(template_add(&template, "${b}", 4, TEMPLATE_IN_BODY, &err), 0,
	       "  in a body it may be");
	template_release(&template);
}

/* A file that was read with another separator than it has is one column: which, is said. */
static void test_separator(void)
{
	static const struct {
		const char *header, *text, *want;
	} cases[] = {
		{"ip|user|n", "/${ip}?u=${user}&n=${n}&${ip}",
		 "f.csv has one column ('ip|user|n'); the request wants ip, user, n: is the "
		 "separator '|'? separator: \"|\""},
		{"ip|user|n", "${n}",
		 "f.csv has one column ('ip|user|n'); the request wants n: is the separator '|'? "
		 "separator: \"|\""},
		{"clip ip", "${ip}${",
		 "f.csv has one column ('clip ip'); the request wants ip: is the separator ' '? "
		 "separator: \" \""},
		{"ip\tn", "${n}",
		 "f.csv has one column ('ip\tn'); the request wants n: is the separator a tab? "
		 "separator: tab"},
		{"ip_n", "${ip}", "f.csv has no column 'ip'; it has ip_n"},
		{"ip|n;x", "${n}", "f.csv has no column 'n'; it has ip|n;x"},
		{"ips|users", "${user}", "f.csv has no column 'user'; it has ips|users"},
		{"ip|n", "${}", "f.csv has no column ''; it has ip|n"},
		{"ip|n,x", "${ip}", "f.csv has no column 'ip'; it has ip|n, x"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scoped_free char *text = alloc_printf("%s\n1%s\n", cases[i].header,
						      strchr(cases[i].header, ',') ? ",2" : "");
		scoped(feed_cleanup) struct feed *feed = make_feed(text);
		struct template template;
		struct err err = {0};

		template_init(&template, feed);
		is_int(template_add(&template, cases[i].text, strlen(cases[i].text),
				    TEMPLATE_IN_PATH, &err),
		       -EINVAL, cases[i].header);
		is_str(err_text(&err), cases[i].want, "  says why");
		template_release(&template);
	}
}

int main(void)
{
	test_render();
	test_parts();
	test_bad();
	test_separator();
	return tap_done();
}
