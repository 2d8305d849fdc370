#include "lab/plan_schedule.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "util/clock.h"
#include "util/parse.h"

enum { STAGES_MAX = 1000, USERS_MAX = 1000000 };

#define TIME_MAX_NS (366.0 * 24 * 3600 * NS_PER_S)
#define RATE_MAX 1e7
#define THINK_MAX_NS (24.0 * 3600 * NS_PER_S)

struct schedule {
	uint32_t users;	 /* 0 = not stated */
	double spawn_hz; /* 0 = all at once */
};

static bool is_rate_text(const char *text)
{
	return strchr(text, '/') != NULL;
}

/* "0", "0/s": a rate of nothing, which elsewhere is a mistake. */
static bool is_zero(const struct plan_reader *reader, const char *text)
{
	double value;

	return parse_double(arena_strndup(reader->arena, text, strcspn(text, "/")), &value) == 0 &&
	       value == 0;
}

/* Where a stage goes: in users a whole number, in rates one with "/s". */
static int read_goal(const struct plan_reader *reader, const struct plan_node *node,
		     const char *text, bool is_users, double *ret_goal)
{
	uint64_t users;

	if (is_users) {
		if (parse_u64(text, &users) < 0 || users > USERS_MAX)
			return plan_reader_refuse(
				reader, node, "to",
				"a number of users from 0 to %d (a rate like 5000/s is for stages "
				"of rates)",
				USERS_MAX);
		*ret_goal = (double)users;
		return 0;
	}
	*ret_goal = 0;
	if (!is_zero(reader, text) && (parse_rate_hz(text, ret_goal) < 0 || *ret_goal > RATE_MAX))
		return plan_reader_refuse(reader, node, "to", "a rate up to %.0f/s, like 5000/s",
					  RATE_MAX);
	return 0;
}

struct stage_texts {
	const char *to;
	uint64_t over_ns, hold_ns;
};

static const struct plan_field stage_fields[] = {
	{"to", PLAN_TEXT, offsetof(struct stage_texts, to)},
	{"over", PLAN_DURATION, offsetof(struct stage_texts, over_ns), 0, TIME_MAX_NS},
	{"hold", PLAN_DURATION, offsetof(struct stage_texts, hold_ns), 1e6, TIME_MAX_NS},
	{NULL},
};

/* `before` is where the stage before left the value; a value that holds a variable stays there. */
static int read_stage(const struct plan_reader *reader, const struct plan_node *node, bool is_users,
		      double before, struct load_stage *stage)
{
	const struct plan_node *to = plan_node_find(node, "to"),
			       *hold = plan_node_find(node, "hold");
	struct stage_texts texts = {0};
	int r = plan_reader_read_map(reader, node, "a stage", stage_fields, &texts);

	if (r < 0)
		return r;
	if ((to == NULL) == (hold == NULL) ||
	    (hold != NULL && plan_node_find(node, "over") != NULL))
		return plan_reader_fail(reader, node,
					"a stage is {to: 5000/s, over: 30s}, {to: 5000/s} at once, "
					"or {hold: 30s}");
	*stage =
		(struct load_stage){.duration_ns = texts.over_ns + texts.hold_ns, .target = before};
	if (to == NULL || plan_reader_is_deferred(reader, texts.to))
		return 0;
	return read_goal(reader, to, texts.to, is_users, &stage->target);
}

/* Stages that do not begin with a stated rate or users are of what the first goal looks like. */
static bool are_stages_of_users(const struct plan_node *load, const struct plan_node *stages)
{
	if (plan_node_find(load, "users") != NULL || plan_node_find(load, "rate") != NULL)
		return plan_node_find(load, "users") != NULL;
	for (uint32_t i = 0; i < stages->count; i++) {
		const struct plan_node *to = plan_node_find(stages->entries[i].node, "to");

		if (to != NULL && to->kind == PLAN_NODE_TEXT)
			return !is_rate_text(to->text);
	}
	return false;
}

static double find_highest(const struct plan_load *load)
{
	double highest = load->stage_begin;

	for (uint32_t i = 0; i < load->stage_count; i++)
		if (load->stages[i].target > highest)
			highest = load->stages[i].target;
	return highest;
}

/* Stages that would send nothing, or without an end. */
static int check_stages(const struct plan_reader *reader, const struct plan_node *node,
			const struct plan_load *load)
{
	double total_ns = 0;

	for (uint32_t i = 0; i < load->stage_count; i++)
		total_ns += (double)load->stages[i].duration_ns;
	if (total_ns > TIME_MAX_NS)
		return plan_reader_fail(reader, node, "'stages' take more than 366 days in all");
	if (reader->arm != NULL && find_highest(load) <= 0)
		return plan_reader_fail(reader, node,
					"'stages' begin at 0 and never rise; {to: 5000/s, over: "
					"30s} does, and so does one that begins at a 'rate'");
	return 0;
}

static int read_stages(const struct plan_reader *reader, const struct plan_node *load_node,
		       const struct plan_node *node, struct plan_load *load)
{
	int r = plan_reader_check_list(reader, node, "stages", STAGES_MAX);
	double value = load->stage_begin;

	if (r == 0 && node->count == 0)
		r = plan_reader_fail(reader, node,
				     "'stages' is empty; a stage is {to: 5000/s, over: 30s}");
	if (r < 0)
		return r;
	load->is_users = are_stages_of_users(load_node, node);
	load->is_open = !load->is_users;
	load->stages = arena_alloc(reader->arena, node->count, sizeof(*load->stages));
	load->stage_count = node->count;
	for (uint32_t i = 0; r == 0 && i < node->count; i++) {
		r = read_stage(reader, node->entries[i].node, load->is_users, value,
			       &load->stages[i]);
		value = load->stages[i].target;
	}
	return r == 0 ? check_stages(reader, node, load) : r;
}

uint64_t plan_schedule_get_stages_ns(const struct plan_load *load)
{
	uint64_t total_ns = 0;

	for (uint32_t i = 0; i < load->stage_count; i++)
		total_ns += load->stages[i].duration_ns;
	return total_ns;
}

/* {uniform: [1s, 5s]} */
static int read_uniform(const struct plan_reader *reader, const struct plan_node *node,
			struct load_think *think)
{
	static const struct plan_field ends[] = {
		{"uniform", PLAN_DURATION, offsetof(struct load_think, low_ns), 0, THINK_MAX_NS},
		{"uniform", PLAN_DURATION, offsetof(struct load_think, high_ns), 0, THINK_MAX_NS},
	};
	int r = 0;

	if (node->kind != PLAN_NODE_LIST || node->count != 2)
		return plan_reader_refuse(reader, node, "uniform",
					  "the shortest and the longest time, like [1s, 5s]");
	for (uint32_t i = 0; r == 0 && i < 2; i++)
		r = plan_reader_read_field(reader, node->entries[i].node, &ends[i], think);
	if (r == 0 && reader->arm != NULL && think->low_ns > think->high_ns)
		r = plan_reader_fail(reader, node,
				     "'uniform' is the shortest time, then the longest");
	think->kind = LOAD_THINK_UNIFORM;
	return r;
}

static int read_think(const struct plan_reader *reader, const struct plan_node *node,
		      struct load_think *think)
{
	static const struct plan_field alone = {
		"think_time", PLAN_DURATION, offsetof(struct load_think, low_ns), 0, THINK_MAX_NS};
	static const struct plan_field fields[] = {
		{"uniform", PLAN_OTHER},
		{"exponential", PLAN_DURATION, offsetof(struct load_think, low_ns), 1,
		 THINK_MAX_NS},
		{NULL},
	};
	int r;

	if (node->kind == PLAN_NODE_TEXT) {
		think->kind = LOAD_THINK_CONSTANT;
		return plan_reader_read_field(reader, node, &alone, think);
	}
	r = plan_reader_read_map(reader, node, "'think_time'", fields, think);
	if (r == 0 && node->count != 1)
		r = plan_reader_fail(reader, node,
				     "'think_time' is a time like 1s, {uniform: [1s, 5s]} or "
				     "{exponential: 2s}");
	if (r < 0)
		return r;
	think->kind = LOAD_THINK_EXPONENTIAL;
	return plan_node_find(node, "uniform") != NULL
		       ? read_uniform(reader, plan_node_find(node, "uniform"), think)
		       : 0;
}

/* From none to all of them, at the spawn rate or at once. */
static int spawn(const struct plan_reader *reader, const struct plan_node *node,
		 const struct schedule *schedule, struct plan_load *load)
{
	double ns = schedule->spawn_hz > 0 ? schedule->users / schedule->spawn_hz * NS_PER_S : 0;

	if (ns > TIME_MAX_NS)
		return plan_reader_fail(reader, plan_node_find(node, "spawn_rate"),
					"%u users at this 'spawn_rate' take more than 366 days",
					schedule->users);
	load->stage_begin = 0;
	load->stages = arena_new(reader->arena, struct load_stage);
	load->stages[0] =
		(struct load_stage){.duration_ns = (uint64_t)ns, .target = schedule->users};
	load->stage_count = 1;
	return 0;
}

int plan_schedule_read(const struct plan_reader *reader, const struct plan_node *node,
		       struct plan_load *load)
{
	static const struct plan_field fields[] = {
		{"connections", PLAN_U32, offsetof(struct plan_load, connections), 1, USERS_MAX},
		{"rate", PLAN_RATE, offsetof(struct plan_load, rate_hz)},
		{NULL},
	};
	static const struct plan_field own_fields[] = {
		{"users", PLAN_U32, offsetof(struct schedule, users), 1, USERS_MAX},
		{"spawn_rate", PLAN_RATE, offsetof(struct schedule, spawn_hz)},
		{NULL},
	};
	static const char *const arrivals[] = {"constant", "poisson", NULL};
	const struct plan_node *think = plan_node_find(node, "think_time"),
			       *stages = plan_node_find(node, "stages");
	struct schedule schedule = {0};
	uint32_t word = LOAD_ARRIVALS_CONSTANT;
	int r = plan_reader_read_fields(reader, node, fields, load);

	if (r == 0)
		r = plan_reader_read_fields(reader, node, own_fields, &schedule);
	if (r == 0)
		r = plan_reader_read_word(reader, node, "arrivals", arrivals, &word);
	if (r == 0 && think != NULL)
		r = read_think(reader, think, &load->think);
	if (r < 0)
		return r;
	load->arrivals = (enum load_arrivals)word;
	load->is_open = load->replay != NULL || plan_node_find(node, "rate") != NULL;
	load->is_users = plan_node_find(node, "users") != NULL;
	load->stage_begin = load->is_users ? schedule.users : load->rate_hz;
	if (stages != NULL)
		r = read_stages(reader, node, stages, load);
	else if (schedule.users > 0)
		r = spawn(reader, node, &schedule, load);
	if (load->stage_count > 0)
		load->rate_hz = 0;
	/* each has a connection; without a number yet it is in a variable */
	if (r == 0 && load->is_users && find_highest(load) >= 1)
		load->connections = (uint32_t)find_highest(load);
	return r;
}
