#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/plan_args_parts.h"
#include "util/alloc.h"
#include "util/parse.h"

/*
 * wrk, wrk2 and Locust have letters that mean different things: what would be right is said here.
 */
int plan_args_check(const struct plan_args *args, bool has_plan, struct err *err)
{
	bool has_users = args->users > 0, has_stages = args->stages != NULL;
	const struct {
		bool is_wrong;
		const char *sentence;
	} rules[] = {
		{args->spawn_hz > 0 && !has_users && !has_plan,
		 "-r is the spawn rate of users (-u N); -R is requests per second"},
		{has_users && args->rate_hz > 0,
		 "-u is users, who wait for their answers; -R is requests per second, whatever is "
		 "answered: take one of them (-r is how many users begin per second)"},
		{has_users && args->connections > 0,
		 "-u and -c exclude each other: each user has a connection of its own"},
		{args->think != NULL && args->rate_hz > 0,
		 "--think is what users (-u N) do between their requests; at a rate (-R) nobody "
		 "waits for answers"},
		{args->think != NULL && !has_users && args->connections == 0 && !has_stages &&
			 !has_plan,
		 "--think is what users do between their requests: say how many with -u N"},
		{args->arrivals != NULL && args->rate_hz <= 0 && !has_stages && !has_plan,
		 "--arrivals is of requests at a rate: -R RATE"},
		{args->is_once && args->iterations > 0,
		 "--once sends each data line once, -n N a number of requests: take one of them"},
		{args->is_http1 && args->is_http2, "--http1.1 and --http2 exclude each other"},
		{args->is_http1 && args->streams > 0,
		 "-m (--streams) is of HTTP/2; with --http1.1 it is --pipeline N"},
		{args->pipeline > 0 && (args->is_http2 || args->streams > 0),
		 "--pipeline is of HTTP/1.1; with --http2 it is -m N (--streams)"},
		{args->connect_to != NULL && args->unix_socket != NULL,
		 "--connect-to and --unix-socket exclude each other"},
		{args->is_insecure && args->ca != NULL,
		 "--cacert verifies the server's certificate, and -k (--insecure) does not"},
		{args->speed != NULL && args->replay == NULL && !has_plan,
		 "--speed is how fast --replay FILE is sent"},
		{args->duration_ns == 0, "-d (--duration) must be above 0, like 10s or 500ms"},
		{args->timeout_ns == 0, "--timeout must be above 0, like 10s or 500ms"},
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].is_wrong)
			return err_set(err, -EINVAL, "%s", rules[i].sentence);
	return 0;
}

/* "1s", "1s..5s", "exp:2s" */
static void set_think(struct plan_edit *edit, const char *text)
{
	const char *dots;
	scoped_free char *low = NULL;

	if (text == NULL)
		return;
	plan_edit_remove(edit, "load/think_time");
	dots = strstr(text, "..");
	if (strncmp(text, "exp:", 4) == 0) {
		plan_edit_set(edit, "load/think_time/exponential", text + 4);
	} else if (dots != NULL) {
		low = alloc_strndup(text, (size_t)(dots - text));
		plan_edit_set(edit, "load/think_time/uniform/0", low);
		plan_edit_set(edit, "load/think_time/uniform/1", dots + 2);
	} else {
		plan_edit_set(edit, "load/think_time", text);
	}
}

/* One of "5000/s:30s", "5000/s", "hold:1m": the value that is reached, and the time it takes. */
static void set_stage(struct plan_edit *edit, uint32_t place, const char *text)
{
	const char *colon = strchr(text, ':');
	scoped_free char *goal =
		colon != NULL ? alloc_strndup(text, (size_t)(colon - text)) : alloc_strdup(text);
	bool is_hold = strcmp(goal, "hold") == 0;
	scoped_free char *first = alloc_printf("load/stages/%u/%s", place, is_hold ? "hold" : "to");
	scoped_free char *second = alloc_printf("load/stages/%u/over", place);

	if (goal[0] == '\0' || (colon != NULL && colon[1] == '\0') || (is_hold && colon == NULL)) {
		plan_edit_fail(
			edit,
			"--stages: '%s' is no stage; they are like 5000/s:30s (reached within "
			"30 s), 5000/s (at once) and hold:1m, with commas between",
			text);
		return;
	}
	plan_edit_set(edit, first, is_hold ? colon + 1 : goal);
	if (!is_hold && colon != NULL)
		plan_edit_set(edit, second, colon + 1);
}

static void set_stages(struct plan_edit *edit, const char *list)
{
	uint32_t place = 0;

	if (list == NULL)
		return;
	plan_edit_remove(edit, "load/stages");
	for (;;) {
		size_t length = strcspn(list, ",");
		scoped_free char *stage = alloc_strndup(list, length);

		set_stage(edit, place++, stage);
		if (list[length] == '\0')
			return;
		list += length + 1;
	}
}

static void set_warmup(struct plan_edit *edit, const char *text)
{
	uint64_t ns;

	if (text != NULL && strcmp(text, "auto") != 0 && parse_duration_ns(text, &ns) < 0)
		plan_edit_fail(edit,
			       "--warmup must be a duration like 500ms or 10s, or auto, not '%s'",
			       text);
	plan_edit_set(edit, "load/warmup", text);
}

/* Appends to a list that may have `count` texts already. */
static void add_texts(struct plan_edit *edit, const char *key, uint32_t count,
		      const struct option_list *texts)
{
	for (size_t i = 0; i < texts->count; i++) {
		scoped_free char *place = alloc_printf("%s/%zu", key, count + i);

		plan_edit_set_plain(edit, place, texts->items[i]);
	}
}

/*
 * What a plan says of the same matter in another way makes room: a rate instead of its users, a
 * number of requests instead of its duration.
 */
static void make_room(struct plan_edit *edit, const struct plan_args *args)
{
	bool is_amount = args->iterations > 0 || args->is_once;
	const struct {
		bool is_given;
		const char *keys[8];
	} rooms[] = {
		{args->rate_hz > 0,
		 {"users", "spawn_rate", "think_time", "stages", "replay", "speed"}},
		{args->users > 0,
		 {"connections", "rate", "arrivals", "stages", "replay", "speed", "pipeline"}},
		{args->stages != NULL,
		 {"rate", "users", "spawn_rate", "arrivals", "replay", "speed"}},
		{args->connections > 0, {"users", "spawn_rate"}},
		{is_amount && args->duration_ns == PLAN_EDIT_UNSET, {"duration"}},
		{is_amount && args->warmup == NULL, {"warmup"}},
		{args->is_http2 || args->streams > 0, {"protocol", "pipeline"}},
		{args->is_http1 || args->pipeline > 0, {"protocol", "streams"}},
		{args->is_insecure, {"tls/ca"}},
		{args->sources.count > 0, {"sources"}},
	};

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		for (size_t j = 0; rooms[i].is_given && j < 8 && rooms[i].keys[j] != NULL; j++) {
			scoped_free char *key = alloc_printf("load/%s", rooms[i].keys[j]);

			plan_edit_remove(edit, key);
		}
	}
}

static void set_amount(struct plan_edit *edit, const struct plan_args *args)
{
	plan_edit_set_count(edit, "load/connections", args->connections);
	plan_edit_set_count(edit, "load/threads", args->threads);
	plan_edit_set_count(edit, "load/users", args->users);
	plan_edit_set_rate(edit, "load/spawn_rate", args->spawn_hz);
	plan_edit_set_rate(edit, "load/rate", args->rate_hz);
	plan_edit_set(edit, "load/arrivals", args->arrivals);
	set_think(edit, args->think);
	set_stages(edit, args->stages);
	set_warmup(edit, args->warmup);
	plan_edit_set_duration(edit, "load/timeout", args->timeout_ns);
	plan_edit_set_duration(edit, "load/duration", args->duration_ns);
	plan_edit_set_count(edit, "load/iterations", args->iterations);
	plan_edit_set(edit, "load/iterations", args->is_once ? "once" : NULL);
	add_texts(edit, "thresholds", edit->plan->threshold_count, &args->thresholds);
	add_texts(edit, "load/abort_on", edit->plan->load.abort_count, &args->aborts);
}

static void set_connection(struct plan_edit *edit, const struct plan_args *args)
{
	scoped_free char *socket =
		args->unix_socket != NULL ? alloc_printf("unix:%s", args->unix_socket) : NULL;

	plan_edit_set(edit, "load/protocol",
		      args->is_http1   ? "http1"
		      : args->is_http2 ? "http2"
				       : NULL);
	plan_edit_set_count(edit, "load/streams", args->streams);
	plan_edit_set_count(edit, "load/pipeline", args->pipeline);
	plan_edit_set(edit, "load/close", args->is_closing ? "true" : NULL);
	plan_edit_set(edit, "load/tls/verify", args->is_insecure ? "false" : NULL);
	plan_edit_set_plain(edit, "load/tls/ca", args->ca);
	plan_edit_set_plain(edit, "load/tls/cert", args->cert);
	plan_edit_set_plain(edit, "load/tls/key", args->key);
	plan_edit_set_plain(edit, "load/tls/server_name", args->server_name);
	plan_edit_set_plain(edit, "load/connect_to", args->connect_to);
	plan_edit_set_plain(edit, "load/connect_to", socket);
	add_texts(edit, "load/sources", 0, &args->sources);
}

void plan_args_set_load(struct plan_edit *edit, const struct plan_args *args)
{
	make_room(edit, args);
	set_amount(edit, args);
	set_connection(edit, args);
}

bool plan_args_has_load(const struct plan_args *args)
{
	return args->connections > 0 || args->threads > 0 || args->users > 0 ||
	       args->iterations > 0 || args->rate_hz > 0 || args->spawn_hz > 0 ||
	       args->arrivals != NULL || args->stages != NULL || args->think != NULL ||
	       args->warmup != NULL || args->timeout_ns != PLAN_EDIT_UNSET ||
	       args->duration_ns != PLAN_EDIT_UNSET || args->is_once ||
	       args->thresholds.count > 0 || args->aborts.count > 0 || args->is_http1 ||
	       args->is_http2 || args->streams > 0 || args->pipeline > 0 || args->is_closing ||
	       args->is_insecure || args->ca != NULL || args->cert != NULL || args->key != NULL ||
	       args->server_name != NULL || args->connect_to != NULL || args->unix_socket != NULL ||
	       args->sources.count > 0;
}
