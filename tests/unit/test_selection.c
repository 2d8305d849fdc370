/* What RUN means: words, arms, runs, tags, files; and the sentences for those that mean nothing. */
#include "view/selection.h"

#include <errno.h>

#include "sample_store.h"

static struct sample_store sample;

/* Arms and their runs by number, in order: "proxy 2 3 6; zero-copy 1 4". */
static void is_selected(const char *word, const char *want)
{
	scoped(selection_cleanup) struct selection selection;
	struct err err = {0};
	struct strbuf text;

	strbuf_init(&text, 4096);
	if (selection_open(&selection, sample.path, word, &err) < 0)
		strbuf_add_text(&text, err_text(&err));
	for (uint32_t arm = 0; arm < selection.arm_count; arm++) {
		strbuf_addf(&text, "%s%s", arm > 0 ? "; " : "", selection.arms[arm].name);
		for (uint32_t i = 0; i < selection.arms[arm].run_count; i++)
			strbuf_addf(&text, " %u", selection.arms[arm].runs[i].record.number);
	}
	is_str(strbuf_text(&text), want, word);
	strbuf_release(&text);
}

static void is_refused(const char *word, int code, const char *part)
{
	scoped(selection_cleanup) struct selection selection;
	struct err err = {0};

	is_int(selection_open(&selection, sample.path, word, &err), code, word);
	if (!ok(strstr(err_text(&err), part) != NULL, part))
		printf("# %s\n", err_text(&err));
}

static void test_words(void)
{
	static const char all[] = "proxy 2 3 6 7 9 12; zero-copy 1 4 5 8 10 11";

	is_selected("@last", all);
	is_selected("k7f3", all);
	is_selected("@-1", "proxy 1");
	is_selected("@last/proxy", "proxy 2 3 6 7 9 12");
	is_selected("@last/zero-copy", "zero-copy 1 4 5 8 10 11");
	is_selected("@last/proxy#3", "proxy 6");
	is_selected("k7f3m9qa.3", "proxy 3");
	is_selected("k7f3.11", "zero-copy 11");
	is_selected("base", "proxy 2 3 6 7 9 12");
	is_selected("best", "zero-copy 5");
	is_selected("best/proxy#1", "proxy 2");
	is_selected("whole", all);
	is_selected("whole.1", "zero-copy 1");
}

static void test_refused(void)
{
	is_refused("@last/proxi", -ENOENT, "did you mean 'proxy'");
	is_refused("@last/zerocopy", -ENOENT, "did you mean 'zero-copy'");
	is_refused("@last/something", -ENOENT, "(there is: proxy, zero-copy)");
	is_refused("@last/proxy#7", -ENOENT, "the arm has no run #7");
	is_refused("@last/", -ENOENT, "there is no arm ''");
	is_refused("k7f3.13", -ENOENT, "the experiment has 12 run(s)");
	is_refused("k7f3.0", -EINVAL, "must be a run's number, like .3");
	is_refused("k7f3.x", -EINVAL, "must be a run's number, like .3");
	is_refused("k7f3.4294967299", -EINVAL, "must be a run's number, like .3");
	is_refused("@last/proxy#0", -EINVAL, "like #3");
	is_refused("@last/proxy#", -EINVAL, "like #3");
	is_refused("@last/proxy#4294967299", -EINVAL, "like #3");
	is_refused("bset", -ENOENT, "did you mean 'best'");
	is_refused("", -ENOENT, "no run ''");
	is_refused("/proxy", -ENOENT, "no run ''");
	is_refused("no/where/x.sonde", -ENOENT, "there is no file no/where/x.sonde");
}

static void test_file(void)
{
	scoped_free char *file = alloc_printf("%s/x.sonde", sample.folder);
	scoped_free char *arm = alloc_printf("%s/proxy#2", file);
	scoped_free char *wrong = alloc_printf("%s/prox", file);
	struct err err = {0};

	sample_check(store_export_experiment(sample.store, SAMPLE_ID, file, &err), &err);
	is_selected(file, "proxy 2 3 6 7 9 12; zero-copy 1 4 5 8 10 11");
	is_selected(arm, "proxy 3");
	is_refused(wrong, -ENOENT, "did you mean 'proxy'");
}

/* A run that never measured is selected, but not one of its arm's runs. */
static void test_not_measured(void)
{
	scoped(selection_cleanup) struct selection selection;
	struct err err = {0};

	sample_store_sql(&sample, "DELETE FROM phase WHERE name='measure' AND run IN (SELECT key"
				  " FROM run WHERE number=6 AND experiment='k7f3m9qa')");
	is_selected("@last/proxy", "proxy 2 3 7 9 12");
	is_selected("k7f3.6", "proxy");
	sample_check(selection_open(&selection, sample.path, "@last", &err), &err);
	is_int(selection.run_count, SAMPLE_RUNS, "all runs are there");
	is_str(selection.experiment.id, SAMPLE_ID, "with their experiment");
	is_str(selection_arm_label(&selection, 1), "zero-copy", "an arm's label");
}

static void test_labels(void)
{
	scoped(selection_cleanup) struct selection selection;
	struct err err = {0};

	sample_store_sql(&sample, "UPDATE run SET arm='default' WHERE experiment='00000000'");
	sample_check(selection_open(&selection, sample.path, "@-1", &err), &err);
	is_str(selection_arm_label(&selection, 0), "gateway",
	       "without arms: the experiment's name");
}

/* Two experiments, so that @-1 is one; and one without any run. */
static void test_no_runs(void)
{
	scoped(selection_cleanup) struct selection selection;
	struct err err = {0};

	sample_add_experiment(&sample, "22222222", 100);
	is_int(selection_open(&selection, sample.path, "2222", &err), 0,
	       "an experiment that came to no run opens");
	is_int(selection.arm_count, 0, "and has no arms");
}

static void test_damaged_tag(void)
{
	static const char *const rests[] = {"#3", "proxy", "#", "\\", "x#1"};

	for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
		scoped_free char *sql =
			alloc_printf("UPDATE tag SET rest='%s' WHERE name='best'", rests[i]);

		sample_store_sql(&sample, sql);
		is_refused("best", -EBADMSG, "the tag");
	}
}

int main(void)
{
	struct err err = {0};

	sample_store_open(&sample);
	sample_fill(&sample, SAMPLE_ID, 1000);
	sample_add_experiment(&sample, "00000000", 500);
	sample_add_run(&sample, "00000000", 1, 0, 1);
	sample_check(store_set_tag(sample.store, "base", SAMPLE_ID, "/proxy", &err), &err);
	sample_check(store_set_tag(sample.store, "best", SAMPLE_ID, "/zero-copy#3", &err), &err);
	sample_check(store_set_tag(sample.store, "whole", SAMPLE_ID, "", &err), &err);
	test_words();
	test_refused();
	test_file();
	test_not_measured();
	test_labels();
	test_no_runs();
	test_damaged_tag();
	sample_store_close(&sample);
	return tap_done();
}
