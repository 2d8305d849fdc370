#include "report/flame_svg.h"

#include <stdlib.h>

#include "fake_tree.h"
#include "tap.h"
#include "view/tree_diff.h"

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

/* A node of a difference: its figures as the tests of tree_diff would make them. */
struct made_change {
	const char *name;
	double base, head;
	double bound; /* ln of the ratio is at least so far from 0; 0 = not significant */
};

static const struct made_change made[] = {
	{"more", 200, 400, 0.5}, {"hardly", 300, 330, 0.05}, {"less", 200, 100, -0.5},
	{"same", 1000, 1020, 0}, {"few", 1, 3, 0},	     {"new", 0, 50, 3},
	{"gone", 90, 0, -3},	 {"seldom", 0, 2, 0},
};

enum { MADE = sizeof(made) / sizeof(made[0]) };

struct made_difference {
	struct fake_tree fake;
	struct tree_change changes[FAKE_TREE_NODES];
	struct tree_diff diff;
};

static void set_change(struct made_difference *difference, uint32_t id, double bound)
{
	const struct call_node *node = &difference->fake.nodes[id];

	difference->changes[id] =
		(struct tree_change){.base = node->base_total * 1000,
				     .head = node->total * 1000,
				     .theta = log(node->total / node->base_total),
				     .lo = bound,
				     .hi = bound < 0 ? bound : bound + 0.2,
				     .p = node->total + node->base_total < 50 ? (double)NAN : 0.01,
				     .visible = 0.07,
				     .is_significant = bound < 0 || bound > 0};
	if (bound < 0)
		difference->changes[id].lo = bound - 0.2;
}

static void make_difference(struct made_difference *difference)
{
	struct fake_tree *fake = &difference->fake;
	uint32_t thread;

	*difference = (struct made_difference){0};
	fake_tree_init(fake);
	thread = fake_tree_add(fake, 0, CALL_THREAD, "web", "", 0, 0);
	for (uint32_t i = 0; i < MADE; i++)
		fake_tree_add(fake, thread, CALL_USER, made[i].name, "app", made[i].head,
			      made[i].base);
	set_change(difference, 0, 0);
	set_change(difference, thread, 0);
	for (uint32_t i = 0; i < MADE; i++)
		set_change(difference, thread + 1 + i, made[i].bound);
	difference->diff = (struct tree_diff){.changes = difference->changes,
					      .measure = "CPU per request",
					      .is_clock = true,
					      .can_test = true,
					      .base_run_count = 4,
					      .head_run_count = 6};
	fake->tree.diff = &difference->diff;
}

static void write_difference(struct strbuf *svg, const struct made_difference *difference)
{
	struct profile_summary base = {.quality = {.sample_count = 1791}},
			       head = {.quality = {.sample_count = 1905}};
	struct flame_svg_options options = {.title = "t",
					    .summary = &head,
					    .base_summary = &base,
					    .base_label = "old <1>",
					    .head_label = "next"};

	strbuf_clear(svg);
	flame_svg_write(svg, &difference->fake.tree, &options);
}

/* The fill of the frame with an id, "none" when it is not drawn. */
static void check_fill(const struct strbuf *svg, const char *id, const char *want)
{
	char group[64], fill[32];
	const char *at;

	snprintf(group, sizeof(group), "id=\"%s\"", id);
	at = strstr(strbuf_text(svg), group);
	at = at != NULL ? strstr(at, "fill=\"") : NULL;
	snprintf(fill, sizeof(fill), "%.*s", at != NULL ? (int)strcspn(at + 6, "\"") : 4,
		 at != NULL ? at + 6 : "none");
	is_str(fill, want, id);
}

/* Node 1 is the thread, the made ones begin at 2. */
static void test_difference_colors(void)
{
	struct made_difference difference;
	struct strbuf svg;

	strbuf_init(&svg, STRBUF_MAX_DEFAULT);
	make_difference(&difference);
	write_difference(&svg, &difference);
	check_fill(&svg, "h2", "#fa8b8b");
	check_fill(&svg, "b2", "#fa8b8b");
	check_fill(&svg, "h3", "#facfcf"); /* surely more, but little */
	check_fill(&svg, "h4", "#8b9ffa");
	check_fill(&svg, "h5", "#d4d4d4");
	check_fill(&svg, "h6", "#d4d4d4");
	check_fill(&svg, "h7", "url(#only-more)");
	check_fill(&svg, "b7", "none");
	check_fill(&svg, "b8", "url(#only-less)");
	check_fill(&svg, "h8", "none");
	check_fill(&svg, "h9", "url(#only-same)"); /* two samples may be chance */
	strbuf_release(&svg);
}

static void test_difference_titles(void)
{
	struct made_difference difference;
	struct strbuf svg;

	strbuf_init(&svg, STRBUF_MAX_DEFAULT);
	make_difference(&difference);
	write_difference(&svg, &difference);
	ok(has(&svg, "<title>more\napp\nCPU per request: +100.0 % (+64.9 … +101.4 %)\n"
		     "old &#60;1&#62;: 200 us, 11.2 %, 200 samples\nnext: 400 us, 21.0 %, 400 "
		     "samples</title>"),
	   "a change: of what, how much, both sides");
	ok(has(&svg, "<title>same\napp\nCPU per request: not significant: +2.0 % (+0.0 … +22.1 %); "
		     "sees changes of 7.0 %\n"),
	   "no change: what would have been seen");
	ok(has(&svg, "<title>few\napp\nCPU per request: not tested: too few samples\n"), "too few");
	ok(has(&svg, "<title>gone\napp\nCPU per request: gone\n"), "what vanished is drawn");
	ok(has(&svg, "<title>new\napp\nCPU per request: new\n"), "new");
	ok(has(&svg, "next: 1,905 samples") && has(&svg, "old &#60;1&#62;: 1,791 samples"),
	   "quality of both");
	ok(has(&svg, "6 runs against 4."), "how many runs");
	ok(has(&svg, "▲ next  ▼ old &#60;1&#62;   CPU per request: 1.79 ms → 1.91 ms"),
	   "which half is which, and what the whole did");
	difference.diff.is_within_run = true;
	write_difference(&svg, &difference);
	ok(has(&svg, "gone (within-run)") && has(&svg, "within-run only, no verdict"),
	   "one run each is said");
	difference.diff.can_test = false;
	difference.changes[2].p = (double)NAN;
	write_difference(&svg, &difference);
	ok(has(&svg, "<title>more\napp\nCPU per request: not tested: +100.0 %\n") &&
		   has(&svg, "no change is tested"),
	   "and where there is no repetition at all");
	strbuf_release(&svg);
}

/* One scale: the head is the widest here, and the base as much narrower as it is cheaper. */
static void test_difference_places(void)
{
	struct made_difference difference;
	struct strbuf svg;

	strbuf_init(&svg, STRBUF_MAX_DEFAULT);
	make_difference(&difference);
	write_difference(&svg, &difference);
	ok(has(&svg, "id=\"h0\" data-d=\"0\" data-side=\"next\""), "the head's root");
	ok(has(&svg, "<rect x=\"10.00\" y=\"106\" width=\"1180.00\" height=\"16\""),
	   "stands at the bottom of its half, as wide as there is room");
	ok(has(&svg, "<rect x=\"10.00\" y=\"171\" width=\"1109.39\" height=\"16\""),
	   "the base's hangs below the line between them, in the same scale");
	ok(has(&svg, "<rect x=\"10.00\" y=\"205\" width=\"123.88\""), "and its leaves below it");
	strbuf_release(&svg);
}

/* Only one side has samples at all. */
static void test_difference_one_sided(void)
{
	struct made_difference difference;
	struct strbuf svg;

	strbuf_init(&svg, STRBUF_MAX_DEFAULT);
	make_difference(&difference);
	for (uint32_t i = 0; i < difference.fake.tree.count; i++)
		difference.changes[i].head = 0;
	write_difference(&svg, &difference);
	ok(has(&svg, "→ none") && strstr(strbuf_text(&svg), "nan") == NULL,
	   "an empty half is a picture, too");
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
	test_difference_colors();
	test_difference_titles();
	test_difference_places();
	test_difference_one_sided();
	test_empty();
	return tap_done();
}
