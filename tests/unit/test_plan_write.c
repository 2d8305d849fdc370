/*
 * Plans that are changed or made key by key, and written: what is written reads back as the same
 * plan, for one plan with everything in it and for random ones.
 */
#include "tap.h"

#include <errno.h>

#include "lab/plan.h"
#include "util/alloc.h"
#include "util/clock.h"

static const char example[] =
	"name: example\n"
	"services:\n"
	"  - name: web   # comments are not kept\n"
	"    command: ./web --port ${port} --price '$$5'\n"
	"    build: |\n"
	"      make -s\n"
	"      make install\n"
	"    env: {LOG: quiet, EMPTY: '', TILDE: \"~\"}\n"
	"    ready: {http: \"http://127.0.0.1:${port}/health\", every: \"${every}\"}\n"
	"    stop: {signal: INT, grace: 2s}\n"
	"load:\n"
	"  target: http://127.0.0.1:${port}\n"
	"  connections: ${connections}\n"
	"  requests:\n"
	"    - /a\n"
	"    - {name: log, method: POST, path: \"/logs?ip=${ip}\", body: '{\"n\": ${n}}', data: "
	"l.csv}\n"
	"vars: {port: 8080, every: 100ms, connections: 5}\n"
	"arms:\n"
	"  few:\n"
	"  many: {connections: 500}\n"
	"thresholds: [\"failures == 0\"]\n";

static int parse(struct plan *plan, const char *text, struct err *err)
{
	*err = (struct err){0};
	return plan_parse(plan, "p.yaml", text, strlen(text), "there", NULL, 0, err);
}

static void test_set(void)
{
	struct plan plan, expanded;
	struct err err = {0};

	plan_init(&plan, ".");
	is_int(plan_update(&plan, &err), -EINVAL, "an empty plan");
	is_str(err_text(&err), "plan: nothing to do: the plan has neither 'services' nor 'load'",
	       "… is said without a place");
	is_int(plan_set(&plan, "services/0/name", "web", &err), 0, "a service");
	is_int(plan_set(&plan, "services/0/command", plan_escape(&plan, "sh -c 'echo $HOME ${x}'"),
			&err),
	       0, "its command");
	is_int(plan_set(&plan, "services/0/env/A", "", &err), 0, "an empty value");
	is_int(plan_set(&plan, "load/target", ":8080", &err), 0, "a target");
	is_int(plan_set(&plan, "load/requests/0/path", "/x", &err), 0, "a request");
	is_int(plan_set(&plan, "load/duration", "soon", &err), 0, "a duration that is none");
	is_int(plan_update(&plan, &err), -EINVAL, "is found");
	is_str(err_text(&err), "plan: 'duration' must be a duration like 500ms or 2s, not 'soon'",
	       "as in a file");
	is_int(plan_set(&plan, "load/duration", "2s", &err), 0, "set again");
	is_int(plan_update(&plan, &err), 0, "update");
	is_int(plan.load.duration_ns, 2 * (int64_t)NS_PER_S, "the new value");
	is_int(plan_expand(&plan, 0, &expanded, &err), 0, "expanded");
	is_str(expanded.services[0].command, "sh -c 'echo $HOME ${x}'", "escaped");
	is_str(expanded.services[0].env[0].value, "", "empty");
	is_int(expanded.services[0].line, 0, "of no line");
	plan_release(&expanded);
	is_str(plan.source,
	       "services:\n- name: web\n  command: sh -c 'echo $$HOME $${x}'\n  env:\n    A: \"\"\n"
	       "load:\n  target: :8080\n  requests:\n  - path: /x\n  duration: 2s\n",
	       "the source");
	is_int(plan_set(&plan, "load/duration", NULL, &err), 0, "removed");
	is_int(plan_update(&plan, &err), 0, "update");
	is_int(plan.load.duration_ns, 10 * (int64_t)NS_PER_S, "the default again");
	is_int(plan_set(&plan, "services/2/name", "x", &err), -EINVAL, "a gap in a list");
	is_str(err_text(&err), "the plan has no place for 'services/2/name'", "is said");
	is_int(plan_set(&plan, "load/target/x", "y", &err), -EINVAL, "below a text");
	is_int(plan_set(&plan, "name", "\xff", &err), -EINVAL, "no text");
	plan_release(&plan);
}

/* Equal in everything that a run depends on: the same as each arm sees it. */
static bool is_same_pairs(const struct plan_pair *a, const struct plan_pair *b, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(a[i].name, b[i].name) != 0 || strcmp(a[i].value, b[i].value) != 0)
			return false;
	return true;
}

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_same_plan(const struct plan *a, const struct plan *b)
{
	bool is_same = a->service_count == b->service_count && a->arm_count == b->arm_count &&
		       a->var_count == b->var_count && a->repeat == b->repeat &&
		       a->load.request_count == b->load.request_count &&
		       a->threshold_count == b->threshold_count && is_same_text(a->name, b->name) &&
		       is_same_text(a->load.target, b->load.target) &&
		       a->load.connections == b->load.connections &&
		       a->load.duration_ns == b->load.duration_ns &&
		       is_same_pairs(a->vars, b->vars, a->var_count);

	for (uint32_t i = 0; is_same && i < a->service_count; i++) {
		const struct plan_service *left = &a->services[i], *right = &b->services[i];

		is_same = is_same_text(left->name, right->name) &&
			  is_same_text(left->command, right->command) &&
			  is_same_text(left->build, right->build) &&
			  left->env_count == right->env_count &&
			  is_same_pairs(left->env, right->env, left->env_count) &&
			  is_same_text(left->ready.what, right->ready.what);
	}
	for (uint32_t i = 0; is_same && i < a->load.request_count; i++) {
		const struct plan_request *left = &a->load.requests[i],
					  *right = &b->load.requests[i];

		is_same = is_same_text(left->name, right->name) &&
			  is_same_text(left->path, right->path) &&
			  is_same_text(left->body, right->body) &&
			  left->header_count == right->header_count &&
			  is_same_pairs(left->headers, right->headers, left->header_count) &&
			  left->weight == right->weight;
	}
	for (uint32_t i = 0; is_same && i < a->arm_count; i++)
		is_same = is_same_text(a->arms[i].name, b->arms[i].name) &&
			  a->arms[i].var_count == b->arms[i].var_count &&
			  is_same_pairs(a->arms[i].vars, b->arms[i].vars, a->arms[i].var_count);
	return is_same;
}

static uint64_t random_state = 20260101;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((random_state >> 33) % limit);
}

/* Texts that YAML could take for something else. */
static const char *const tricky[] = {
	"",
	"~",
	"null",
	"true",
	"- a",
	"a: b",
	"a #b",
	"#a",
	" a ",
	"'",
	"\"",
	"*a",
	"&a",
	"!x",
	"{a: b}",
	"[a]",
	"%a",
	"@a",
	"`a",
	"a\nb",
	"a\n",
	"\n",
	"\ta",
	"a\n\n b",
	"---",
	"...",
	"1e3",
	"0x1f",
	"a\\b",
	"…",
	"a,b",
	"\x7f",
	"\x1b[2J",
	"? a",
	"|",
	">",
	"a\r\nb",
	"\xc2\x85",
	"\xe2\x80\xa8",
	"\xef\xbb\xbf",
	"\xf0\x9f\x98\x80",
	"=",
	"<<",
};

/* One of these, or anything at all. */
static const char *make_text(char text[static 64])
{
	uint32_t length = random_below(20);

	if (random_below(2) == 0) {
		snprintf(text, 64, "%s", tricky[random_below(sizeof(tricky) / sizeof(tricky[0]))]);
		return text;
	}
	for (uint32_t i = 0; i < length; i++)
		text[i] = (char)(' ' + random_below(95));
	text[length] = '\0';
	for (char *at = text; *at != '\0'; at++)
		if (*at == '$')
			*at = '_';
	return text;
}

static void test_write(void)
{
	struct plan plan, again;
	struct err err;
	int failures = 0;

	is_int(parse(&plan, example, &err), 0, "read");
	scoped_free char *text = plan_write(&plan);
	is_int(parse(&again, text, &err), 0, "read what was written");
	ok(is_same_plan(&plan, &again), "the same plan");
	scoped_free char *twice = plan_write(&again);
	is_str(twice, text, "writing is stable");
	plan_release(&plan);
	plan_release(&again);

	for (int i = 0; i < 2000; i++) {
		char value[64], key[128];

		plan_init(&plan, ".");
		plan_set(&plan, "services/0/name", "a", NULL);
		plan_set(&plan, "services/0/command", "b", NULL);
		plan_set(&plan, "services/0/build", make_text(value), NULL);
		for (uint32_t j = random_below(4); j > 0; j--) {
			snprintf(key, sizeof(key), "services/0/env/%c%u", "A-?:"[j], j);
			plan_set(&plan, key, make_text(value), NULL);
		}
		plan_set(&plan, "load/target", ":80", NULL);
		plan_set(&plan, "load/requests/0/body", make_text(value), NULL);
		plan_set(&plan, "vars/x", make_text(value), NULL);
		if (plan_update(&plan, &err) < 0 || parse(&again, plan.source, &err) < 0 ||
		    !is_same_plan(&plan, &again)) {
			printf("# %s\n# %s\n", err_text(&err), plan.source);
			failures++;
		}
		plan_release(&plan);
		plan_release(&again);
	}
	is_int(failures, 0, "2000 random plans read back as they were");
}

/* A key without a value stays one, in whatever style it was written: it is no empty text. */
static void test_nothing(void)
{
	static const char text[] = "load:\n  target: :80\n  connections: 5\n"
				   "  requests: [{path: /, expect: {headers: {X-A: , X-B: ~}}}]\n"
				   "arms: {one: , two: ~}\n"
				   "loads:\n  same:\n  people: {connections: , users: 3}\n";
	struct plan plan, again, chosen;
	struct err err;

	is_int(parse(&plan, text, &err), 0, "keys without values");
	is_int(plan_update(&plan, &err), 0, "written and read");
	if (!ok(parse(&again, plan.source, &err) == 0, "read back"))
		printf("# %s\n", err_text(&err));
	ok(again.load.requests[0].expect.header_count == 2 &&
		   again.load.requests[0].expect.headers[0].value == NULL &&
		   again.load.requests[0].expect.headers[1].value == NULL,
	   "headers that only have to be there");
	ok(again.arm_count == 2 && again.arms[0].var_count == 0, "arms that change nothing");
	is_int(plan_choose_load(&again, "people", &chosen, &err), 0, "a key that is taken away");
	ok(chosen.load.is_users && chosen.load.connections == 3, "is gone");
	plan_release(&chosen);
	plan_release(&again);
	plan_release(&plan);
}

int main(void)
{
	test_set();
	test_write();
	test_nothing();
	return tap_done();
}
