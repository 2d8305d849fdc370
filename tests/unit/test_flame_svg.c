#include "report/flame_svg.h"

#include <stdlib.h>

#include "fake_tree.h"
#include "tap.h"

static bool has(const struct strbuf *text, const char *part)
{
	bool found = strstr(strbuf_text(text), part) != NULL;

	if (!found) /* up to the script, which is the same in all */
		printf("# no '%s' in:\n# %.*s\n", part,
		       (int)(strstr(strbuf_text(text), "<script") - strbuf_text(text)),
		       strbuf_text(text));
	return found;
}

/* The fill of the frame whose title begins with a name. */
static void read_fill(const struct strbuf *svg, const char *name, char fill[static 8])
{
	char title[64];
	const char *at;

	snprintf(title, sizeof(title), "<title>%s\n", name);
	at = strstr(strbuf_text(svg), title);
	at = at != NULL ? strstr(at, "fill=\"") : NULL;
	snprintf(fill, 8, "%s", at != NULL ? at + 6 : "none");
}

static void test_picture(void)
{
	struct profile_summary summary = {.quality = {.sample_count = 1000,
						      .complete_count = 900,
						      .truncated_count = 100,
						      .lost_count = 3,
						      .kernel_hidden_ns = 2500000000,
						      .is_kernel_hidden = true}};
	struct flame_svg_options options = {.title = "a & b", .summary = &summary};
	struct fake_tree fake;
	struct strbuf svg, again;
	uint32_t thread;
	char user[8], kernel[8], hidden[8];

	fake_tree_init(&fake);
	strbuf_init(&svg, STRBUF_MAX_DEFAULT);
	strbuf_init(&again, STRBUF_MAX_DEFAULT);
	thread = fake_tree_add(&fake, 0, CALL_THREAD, "web", "", 0, 0);
	fake_tree_add(&fake, thread, CALL_USER, "vector<int>::at \"x\"\n\x01\xff", "app", 500, 0);
	fake_tree_add(&fake, thread, CALL_USER, "work", "app", 250, 0);
	fake_tree_add(&fake, thread, CALL_KERNEL, "work", "[kernel]", 150, 0);
	fake_tree_add(&fake, 0, CALL_HIDDEN, "[kernel, hidden]", "[kernel]", 100, 0);
	flame_svg_write(&svg, &fake.tree, &options);
	flame_svg_write(&again, &fake.tree, &options);
	is_str(strbuf_text(&svg), strbuf_text(&again), "the same profile makes the same bytes");
	ok(has(&svg, "a &#38; b"), "the title");
	ok(has(&svg,
	       "1,000 samples, 90.0 % complete, 10.0 % truncated, 3 lost, kernel hidden: 2.50 s"),
	   "the quality line");
	ok(has(&svg, "<title>vector&#60;int&#62;::at "
		     "&#34;x&#34;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\napp\n500 samples, 50.0 %"),
	   "names are escaped, and what XML cannot hold is replaced");
	ok(has(&svg, "<rect x=\"10.00\" y=\"56\" width=\"590.00\" height=\"16\""),
	   "half the samples are half as wide; leaves on top");
	ok(has(&svg, "<rect x=\"10.00\" y=\"90\" width=\"1180.00\" height=\"16\""),
	   "the root is at the bottom");
	ok(strpbrk(strbuf_text(&svg), "\x01\xff") == NULL, "no control byte");
	ok(strstr(strbuf_text(&svg), "Too narrow") == NULL, "nothing was cut");
	read_fill(&svg, "work\napp", user);
	read_fill(&svg, "work\n[kernel]", kernel);
	read_fill(&svg, "[kernel, hidden]", hidden);
	ok(user[0] == '#' && kernel[0] == '#' && strcmp(user, kernel) != 0,
	   "the kernel has a hue of its own");
	is_str(hidden, "#b4b4b4", "hidden time is grey");
	strbuf_release(&again);
	strbuf_release(&svg);
}

/* The same function, called and inlined: the paler is the inlined one, and says so. */
static void test_inlined(void)
{
	struct profile_summary summary = {.quality = {.sample_count = 100,
						      .complete_count = 60,
						      .joined_count = 40,
						      .audited_count = 8,
						      .audit_mismatch_count = 1},
					  .frames = 10,
					  .frames_unsymbolized = 1,
					  .is_partial = true,
					  .selected_count = 90};
	struct flame_svg_options options = {.title = "t", .summary = &summary};
	struct fake_tree fake;
	struct strbuf svg;
	uint32_t thread, id;
	unsigned int called, inlined;
	char fill[8];

	fake_tree_init(&fake);
	strbuf_init(&svg, STRBUF_MAX_DEFAULT);
	thread = fake_tree_add(&fake, 0, CALL_THREAD, "web", "", 0, 0);
	fake_tree_add(&fake, thread, CALL_USER, "work", "app", 50, 0);
	id = fake_tree_add(&fake, thread, CALL_USER, "work", "lib", 40, 0);
	fake.nodes[id].is_inlined = true;
	flame_svg_write(&svg, &fake.tree, &options);
	ok(has(&svg, "<title>work\nlib (inlined)\n40 samples"), "inlined calls are called so");
	ok(has(&svg, "<title>work\napp\n50 samples"), "others not");
	read_fill(&svg, "work\napp", fill);
	called = (unsigned int)strtoul(fill + 1, NULL, 16);
	read_fill(&svg, "work\nlib (inlined)", fill);
	inlined = (unsigned int)strtoul(fill + 1, NULL, 16);
	ok((inlined & 0xff) > (called & 0xff) && (inlined >> 8 & 0xff) > (called >> 8 & 0xff),
	   "and are paler");
	ok(has(&svg,
	       "40.0 % joined (audited 8, 1 wrong), 0.0 % truncated, 0 lost, 10.0 % of frames "
	       "without a name, 90 of them shown"),
	   "the quality line has it all");
	strbuf_release(&svg);
}

/* 0.1 of 1180 pixels is a sample of 11,800. */
static void test_narrow(void)
{
	struct flame_svg_options options = {.title = "t"};
	struct fake_tree fake;
	struct strbuf svg;
	uint32_t thread, caller;

	fake_tree_init(&fake);
	strbuf_init(&svg, STRBUF_MAX_DEFAULT);
	thread = fake_tree_add(&fake, 0, CALL_THREAD, "web", "", 0, 0);
	fake_tree_add(&fake, thread, CALL_USER, "wide", "app", 49000, 0);
	caller = fake_tree_add(&fake, thread, CALL_USER, "narrow", "app", 1, 0);
	fake_tree_add(&fake, caller, CALL_USER, "below", "app", 2, 0);
	flame_svg_write(&svg, &fake.tree, &options);
	ok(has(&svg, "Too narrow to draw: 2 frames with 3 samples."),
	   "cut frames are counted, their samples once");
	ok(strstr(strbuf_text(&svg), "<title>narrow") == NULL, "and not drawn");
	strbuf_release(&svg);
}

static void make_difference(struct fake_tree *fake)
{
	uint32_t thread;

	fake_tree_init(fake);
	fake->tree.is_difference = true;
	thread = fake_tree_add(fake, 0, CALL_THREAD, "web", "", 0, 0);
	fake_tree_add(fake, thread, CALL_USER, "more", "app", 400, 200);
	fake_tree_add(fake, thread, CALL_USER, "less", "app", 100, 200);
	fake_tree_add(fake, thread, CALL_USER, "same", "app", 10200, 10000);
	fake_tree_add(fake, thread, CALL_USER, "few", "app", 3, 1);
	fake_tree_add(fake, thread, CALL_USER, "new", "app", 50, 0);
	fake_tree_add(fake, fake_tree_add(fake, thread, CALL_USER, "gone", "app", 0, 30), CALL_USER,
		      "below", "app", 0, 60);
}

static void check_fill(const struct strbuf *svg, const char *name, const char *want)
{
	char fill[8];

	read_fill(svg, name, fill);
	is_str(fill, want, name);
}

static void test_difference(void)
{
	struct profile_summary base = {.quality = {.sample_count = 10491}},
			       head = {.quality = {.sample_count = 10753}};
	struct flame_svg_options options = {.title = "t",
					    .summary = &head,
					    .base_summary = &base,
					    .base_label = "old",
					    .head_label = "new"};
	struct fake_tree fake;
	struct strbuf svg;

	strbuf_init(&svg, STRBUF_MAX_DEFAULT);
	make_difference(&fake);
	fake.tree.work = fake.tree.base_work = 1000;
	flame_svg_write(&svg, &fake.tree, &options);
	check_fill(&svg, "more", "#fa6e6e");
	check_fill(&svg, "less", "#6e82fa");
	check_fill(&svg, "same", "#d4d4d4");
	check_fill(&svg, "few", "#d4d4d4");
	check_fill(&svg, "new", "#fa6e6e");
	ok(has(&svg, "Width: new. Colour: its samples per request, against old"),
	   "the legend names the sides");
	ok(has(&svg, "old: 10,491 samples"), "the base's quality");
	ok(has(&svg, "Only in the base, calls: 1<"), "what vanished is listed");
	ok(has(&svg, "90 samples  gone ← web"), "once, with its callees");
	ok(strstr(strbuf_text(&svg), "<title>gone") == NULL, "and has no width");
	strbuf_clear(&svg);
	fake.tree.work = 2000; /* twice the requests with the same samples: each costs half */
	flame_svg_write(&svg, &fake.tree, &options);
	check_fill(&svg, "same", "#7084fa");
	check_fill(&svg, "more", "#d4d4d4");
	strbuf_clear(&svg);
	fake.tree.work = 0;
	flame_svg_write(&svg, &fake.tree, &options);
	ok(has(&svg, "its samples as a share of all, against old"), "without requests: shares");
	strbuf_release(&svg);
}

static void test_empty(void)
{
	struct flame_svg_options options = {0};
	struct fake_tree fake;
	struct strbuf svg;

	fake_tree_init(&fake);
	strbuf_init(&svg, STRBUF_MAX_DEFAULT);
	flame_svg_write(&svg, &fake.tree, &options);
	ok(has(&svg, "<title>all\n0 samples"), "no samples is a picture, too");
	strbuf_release(&svg);
}

int main(void)
{
	test_picture();
	test_inlined();
	test_narrow();
	test_difference();
	test_empty();
	return tap_done();
}
