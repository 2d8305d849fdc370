/* What differs between two experiments of one store, by what is stored of them. */
#include "view/comparability.h"

#include "sample_view.h"

#define OTHER_ID "m2n3p4q5"

static struct sample_view view;
static struct selection other;

/* "machine! a|b; kernel x|y": "!" is REFUSED. */
static const char *describe(const struct comparability *compared)
{
	struct strbuf text;
	const char *copy;

	strbuf_init(&text, 1 << 16);
	for (uint32_t i = 0; i < compared->count; i++)
		strbuf_addf(&text, "%s%s%s %s|%s", i > 0 ? "; " : "", compared->differences[i].what,
			    compared->differences[i].severity == COMPARABILITY_REFUSED ? "!" : "",
			    compared->differences[i].base, compared->differences[i].head);
	copy = arena_strdup(&view.arena, strbuf_text(&text));
	strbuf_release(&text);
	return copy;
}

static void select_other(const char *word)
{
	struct err err = {0};

	if (other.store != NULL)
		selection_release(&other);
	sample_check(selection_open(&other, view.sample.path, word, &err), &err);
}

static const char *compare_arms(uint32_t base, uint32_t head)
{
	struct comparability compared;
	struct err err = {0};

	sample_view_select(&view, SAMPLE_ID);
	select_other(OTHER_ID);
	sample_check(comparability_read(&compared, &view.arena, &view.selection, base, &other, head,
					&err),
		     &err);
	return describe(&compared);
}

static const char *compare_environments(const char *base, const char *head)
{
	scoped_free char *sql = alloc_printf(
		"UPDATE experiment SET environment='%s' WHERE id='" SAMPLE_ID "'; UPDATE experiment"
		" SET environment='%s' WHERE id='" OTHER_ID "'",
		base, head);

	sample_store_sql(&view.sample, sql);
	return compare_arms(0, 0);
}

static void test_machine(void)
{
	is_str(comparability_get_machine(&view.arena,
					 "{\"host\":\"a\",\"cpu_model\":\"Xeon\",\"cpus\":8}"),
	       "a, Xeon, 8 CPUs", "a machine");
	is_str(comparability_get_machine(&view.arena, "{\"cpus\":1}"), "1 CPU", "one CPU");
	is_str(comparability_get_machine(&view.arena, "{}"), "", "which says nothing");
	is_str(comparability_get_machine(&view.arena, "{"), "", "damage");
	is_str(comparability_get_machine(&view.arena, "[1]"), "", "something else");
	is_str(comparability_get_machine(&view.arena, "{\"host\":7,\"cpu_model\":\"\\u001b[2J\"}"),
	       "7, ?[2J", "what is no text, and a terminal's command");
}

static void test_environment(void)
{
	is_str(compare_environments("{\"host\":\"a\",\"cpus\":2}", "{\"host\":\"a\",\"cpus\":2}"),
	       "", "the same");
	is_str(compare_environments("{\"host\":\"a\",\"cpus\":2}", "{\"host\":\"a\",\"cpus\":4}"),
	       "machine! a, 2 CPUs|a, 4 CPUs", "another machine");
	is_str(compare_environments(
		       "{\"kernel\":\"6.1\",\"governor\":\"powersave\",\"no_turbo\":\"1\","
		       "\"sonde\":\"0.1\",\"git_revision\":\"a\"}",
		       "{\"kernel\":\"6.18\",\"governor\":\"performance\",\"no_turbo\":\"0\","
		       "\"sonde\":\"0.2\",\"git_revision\":\"b\",\"git_dirty\":true}"),
	       "kernel 6.1|6.18; governor powersave|performance; turbo off|on; sonde 0.1|0.2; "
	       "working tree clean|changes that were not committed",
	       "settings; another revision is what is compared");
	is_str(compare_environments("{}", "{\"host\":\"a\",\"tuned\":[{\"name\":\"x\"}]}"),
	       "machine not known|a; sonde tune nothing set|[{\"name\":\"x\"}]",
	       "what one side does not say is flagged");
	is_str(compare_environments("{", "[]"), "", "damage says nothing");
}

static void test_load(void)
{
	compare_environments("{}", "{}");
	is_str(compare_arms(0, 1), "load! closed loop, 10 connections|open loop, 123/s",
	       "closed against open");
	sample_store_sql(&view.sample,
			 "UPDATE load_summary SET schedule='20 connections' WHERE run IN"
			 " (SELECT key FROM run WHERE experiment='" OTHER_ID "')");
	is_str(compare_arms(0, 0), "load! closed loop, 10 connections|closed loop, 20 connections",
	       "more of it");
	sample_store_sql(&view.sample, "UPDATE load_summary SET schedule='10 connections',"
				       " protocol='HTTP/2' WHERE run IN"
				       " (SELECT key FROM run WHERE experiment='" OTHER_ID "')");
	is_str(compare_arms(0, 0), "protocol HTTP/1.1|HTTP/2", "another protocol");
	sample_store_sql(&view.sample, "UPDATE load_summary SET protocol='HTTP/1.1'; UPDATE"
				       " request_name SET name='bye' WHERE name='hello' AND run IN"
				       " (SELECT key FROM run WHERE experiment='" OTHER_ID "')");
	is_str(compare_arms(0, 0), "requests! also hello|also bye", "other requests");
	sample_store_sql(&view.sample,
			 "UPDATE request_name SET name='hello' WHERE name='bye';"
			 " INSERT INTO metric SELECT key, 'requests',"
			 " 'request:hello', 300 FROM run; INSERT INTO metric SELECT"
			 " key, 'requests', 'request:upload', CASE experiment WHEN '" OTHER_ID
			 "' THEN 100 ELSE 60 END FROM run");
	is_str(compare_arms(0, 0), "share of hello in the requests! 83.3 %|75.0 %", "another mix");
	sample_store_sql(&view.sample, "DELETE FROM metric WHERE name='requests' AND scope<>''");
}

static void test_plan_and_runs(void)
{
	struct comparability compared;
	struct err err = {0};

	sample_store_sql(&view.sample, "UPDATE experiment SET plan='name: gateway' || char(10) ||"
				       " 'vars: {n: 2}' WHERE id='" OTHER_ID "'");
	is_str(compare_arms(0, 0), "plan gateway|gateway; other under vars", "another plan");
	sample_store_sql(&view.sample, "UPDATE experiment SET plan='name: gateway' || char(10)");
	sample_store_sql(&view.sample,
			 "UPDATE phase SET end_ns=end_ns+3000000000 WHERE name='measure'"
			 " AND run IN (SELECT key FROM run WHERE experiment='" OTHER_ID "')");
	is_str(compare_arms(0, 0), "measured time of a run 3.00 s|6.00 s", "longer runs");
	sample_store_sql(&view.sample,
			 "UPDATE phase SET end_ns=end_ns-3000000000 WHERE name='measure'"
			 " AND run IN (SELECT key FROM run WHERE experiment='" OTHER_ID "')");
	sample_store_sql(&view.sample,
			 "UPDATE run SET reasons='', validity='SUSPECT' WHERE number<4 AND"
			 " experiment='" SAMPLE_ID "'");
	is_str(compare_arms(0, 0), "runs 2 of 6 SUSPECT|none SUSPECT", "SUSPECT runs");
	sample_store_sql(
		&view.sample,
		"UPDATE run SET reasons='too' || char(27) || 'busy' || char(10) || 'and more'"
		" WHERE validity='SUSPECT'");
	sample_view_select(&view, SAMPLE_ID);
	sample_check(comparability_read(&compared, &view.arena, &view.selection, 0, &view.selection,
					1, &err),
		     &err);
	is_str(describe(&compared), "runs 2 of 6 SUSPECT: too?busy|1 of 6 SUSPECT: too?busy",
	       "of one experiment's arms only that, though their loads differ");
	is_str(comparability_explain_refusal(&view.arena, &compared), "", "which refuses nothing");
}

static void test_refusal(void)
{
	struct comparability compared;
	struct err err = {0};

	compare_environments("{\"host\":\"a\"}", "{\"host\":\"b\",\"kernel\":\"6\"}");
	sample_check(
		comparability_read(&compared, &view.arena, &view.selection, 0, &other, 1, &err),
		&err);
	is_int(compared.refused_count, 2, "refused for two reasons");
	is_str(comparability_explain_refusal(&view.arena, &compared),
	       "incomparable: machine (b against a); load (open loop, 10 connections against "
	       "closed loop, "
	       "10 "
	       "connections)",
	       "in words");
	is_str(compared.differences[2].what, "kernel", "flagged ones come behind");
}

static void test_foreign(void)
{
	sample_store_sql(&view.sample, "DELETE FROM load_summary; UPDATE run SET validity='VALID'");
	is_str(compare_environments(
		       "{\"imported_from\":\"wrk\",\"load\":{\"mode\":\"closed\",\"schedule\":\"4 "
		       "connections\",\"url\":\"http://a:1/x\"}}",
		       "{\"imported_from\":\"hey\",\"load\":{\"mode\":\"closed\",\"url\":"
		       "\"http://b:2/y\"}}"),
	       "requests! /x|/y; tool wrk|hey; load closed loop, 4 connections|closed loop",
	       "two tools: their words are no refusal, their targets are");
	is_str(compare_environments("{\"load\":{\"mode\":\"closed\"}}",
				    "{\"load\":{\"mode\":\"open\"}}"),
	       "load! closed loop|open loop", "but their loops are");
}

int main(void)
{
	sample_view_open(&view);
	sample_fill(&view.sample, OTHER_ID, 2000);
	test_machine();
	test_environment();
	test_load();
	test_plan_and_runs();
	test_refusal();
	test_foreign();
	selection_release(&other);
	sample_view_close(&view);
	return tap_done();
}
