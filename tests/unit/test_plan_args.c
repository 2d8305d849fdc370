/*
 * The options of `load` and `run` as a plan: the whole text of the plan that they make, what is
 * wrong with a command line in its own words, and what they change in a plan from a file.
 */
#include "cmd/plan_args.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"
#include "util/alloc.h"

#define SPECS(args)                                                                                \
	PLAN_ARGS_AMOUNT_OPTIONS(args), PLAN_ARGS_REQUEST_OPTIONS(args),                           \
		PLAN_ARGS_CONNECTION_OPTIONS(args),                                                \
	{                                                                                          \
		0                                                                                  \
	}

enum { WORDS_MAX = 32 };

/*
 * Reads words, the last of them NULL, as `sonde load` does; args and rest point into argv, which
 * the caller lends.
 */
static int read_words(struct plan_args *args, const char *const *words,
		      const char *argv[static WORDS_MAX], struct err *err)
{
	struct option_spec specs[] = {SPECS(*args)};
	struct options_rest rest;
	int argc = 0;
	int r;

	for (; words[argc] != NULL; argc++)
		argv[argc] = words[argc];
	argv[argc] = NULL;
	r = options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, err);
	if (r < 0)
		return r;
	args->url = rest.count > 0 ? rest.arguments[0] : NULL;
	args->script_args = rest.command;
	return plan_args_take_curl(args, err);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void is_plan(const char *const *words, const char *source)
{
	struct plan_args args = PLAN_ARGS_INIT;
	const char *argv[WORDS_MAX];
	struct plan plan = {0};
	struct err err = {0};
	int r = read_words(&args, words, argv, &err);

	if (r == 0)
		r = plan_args_make(&plan, &args, &err);
	if (r < 0) {
		ok(false, source);
		printf("# %s\n", err_text(&err));
	} else {
		is_str(plan.source, source, source);
	}
	plan_release(&plan);
	plan_args_release(&args);
}

static void is_refused(const char *const *words, const char *sentence)
{
	struct plan_args args = PLAN_ARGS_INIT;
	const char *argv[WORDS_MAX];
	struct plan plan = {0};
	struct err err = {0};
	int r = read_words(&args, words, argv, &err);

	if (r == 0)
		r = plan_args_make(&plan, &args, &err);
	if (r == 0)
		ok(false, sentence);
	else
		is_str(err_text(&err), sentence, sentence);
	plan_release(&plan);
	plan_args_release(&args);
}

#define HEAD "name: 127.0.0.1\nload:\n  target: http://127.0.0.1\n"
#define ROOT "  requests:\n  - path: /\n"

static void test_amount(void)
{
	is_plan(WORDS("-t", "2", "-c", "100", "-d", "30s", "-R", "5000", ":80/x?a=$b"),
		HEAD "  requests:\n  - path: /x?a=$$b\n  connections: 100\n  threads: 2\n"
		     "  rate: 5000/s\n  duration: 30s\n");
	is_plan(WORDS("-u", "1500", "-r", "200", "--think", "1s..5s", ":80"),
		HEAD ROOT "  users: 1500\n  spawn_rate: 200/s\n  think_time:\n    uniform:\n"
			  "    - 1s\n    - 5s\n");
	is_plan(WORDS("-u", "5", "--think", "exp:2s", "-n", "100", ":80"),
		HEAD ROOT "  users: 5\n  think_time:\n    exponential: 2s\n  iterations: 100\n");
	is_plan(WORDS("--stages", "5000/s:30s,hold:1m,10000/s,hold:5s", "--arrivals", "poisson",
		      "--warmup", "5s", ":80"),
		HEAD ROOT "  arrivals: poisson\n  stages:\n  - to: 5000/s\n    over: 30s\n"
			  "  - hold: 1m\n  - to: 10000/s\n  - hold: 5s\n  warmup: 5s\n");
	is_plan(WORDS("--threshold", "p99 < 50ms", "--threshold", "failures == 0", "--abort-on",
		      "p99 < 1s", "--warmup", "auto", "--timeout", "1500ms", ":80"),
		HEAD ROOT "  warmup: auto\n  timeout: 1500ms\n  abort_on:\n  - p99 < 1s\n"
			  "thresholds:\n- p99 < 50ms\n- failures == 0\n");

	is_refused(WORDS("-t", "2m", ":80"), "-t is threads; -d 2m is the duration");
	is_refused(WORDS("-r", "5", ":80"),
		   "-r is the spawn rate of users (-u N); -R is requests per second");
	is_refused(WORDS("-u", "5", "-R", "5", ":80"),
		   "-u is users, who wait for their answers; -R is requests per second, whatever "
		   "is answered: take one of them (-r is how many users begin per second)");
	is_refused(WORDS("-u", "5", "-c", "5", ":80"),
		   "-u and -c exclude each other: each user has a connection of its own");
	is_refused(WORDS("--think", "5s", ":80"),
		   "--think is what users do between their requests: say how many with -u N");
	is_refused(WORDS("-R", "5", "--think", "5s", ":80"),
		   "--think is what users (-u N) do between their requests; at a rate (-R) nobody "
		   "waits for answers");
	is_refused(WORDS("--arrivals", "poisson", ":80"),
		   "--arrivals is of requests at a rate: -R RATE");
	is_refused(WORDS("--once", "-n", "5", ":80"),
		   "--once sends each data line once, -n N a number of requests: take one of "
		   "them");
	is_refused(WORDS("--stages", "5/s:1s,,hold:1s", ":80"),
		   "--stages: '' is no stage; they are like 5000/s:30s (reached within 30 s), "
		   "5000/s (at once) and hold:1m, with commas between");
	is_refused(WORDS("--stages", "hold", ":80"),
		   "--stages: 'hold' is no stage; they are like 5000/s:30s (reached within 30 s), "
		   "5000/s (at once) and hold:1m, with commas between");
	is_refused(WORDS("--stages", "fast/s:1s", ":80"),
		   "plan: 'to' must be a rate up to 10000000/s, like 5000/s, not 'fast/s'");
	is_refused(WORDS("--warmup", "soon", ":80"),
		   "--warmup must be a duration like 500ms or 10s, or auto, not 'soon'");
	is_refused(WORDS("-d", "0", ":80"), "-d (--duration) must be above 0, like 10s or 500ms");
	is_refused(WORDS("--threshold", "p98 < 1s", ":80"),
		   "plan: threshold 'p98 < 1s': unknown metric 'p98'; did you mean 'p90'?");
}

static void test_request(void)
{
	is_plan(WORDS("-H", "X-A: $1 ${x}", "-b", "{\"n\": $5}", "--expect-status", "201",
		      "--expect-body", "yes", "--expect-regex", "^a$", ":80/x"),
		HEAD "  requests:\n  - path: /x\n    method: POST\n    body: '{\"n\": $$5}'\n"
		     "    headers:\n      X-A: $$1 $${x}\n    expect:\n      status: 201\n"
		     "      body: yes\n      matches: ^a$$\n");
	is_plan(WORDS("-X", "PUT", "--body-file", "b.bin", ":80"),
		HEAD "  requests:\n  - path: /\n    method: PUT\n    body_file: b.bin\n");
	is_plan(WORDS("--data", "d.csv", "--order", "random", ":80/${id}"),
		HEAD "  requests:\n  - path: /${id}\n    data: d.csv\n    order: random\n");
	is_plan(WORDS("-s", "a.lua", ":80/x", "--", "one", "$2"),
		HEAD "  requests:\n  - path: /x\n  script: a.lua\n  script_args:\n  - one\n  - "
		     "$$2\n");
	is_plan(WORDS("--replay", "r.txt", "--speed", "2", "-H", "A: b", ":80"),
		HEAD "  replay: r.txt\n  speed: 2\n  requests:\n  - headers:\n      A: b\n");

	is_refused(WORDS("-H", "http://127.0.0.1:80", ":80"),
		   "-H is a header line like 'Name: value'; the URL stands alone, without an "
		   "option");
	is_refused(WORDS("-H", "nonsense", ":80"), "-H 'nonsense' must be like 'Name: value'");
	is_refused(WORDS("-H", "Cookie: a", "-H", "cookie: b", ":80"),
		   "-H 'cookie: b': there is a header 'cookie' already");
	is_refused(WORDS("--targets", "t.txt", ":80/x"),
		   "':80/x': the file has the paths; of the URL only the server is used");
	is_refused(WORDS("--targets", "t.txt", "-X", "PUT", ":80"),
		   "t.txt has the requests: only -H and the --expect options go with it");
	is_refused(WORDS("--targets", "/nowhere/t.txt"),
		   "cannot read the file /nowhere/t.txt: No such file or directory");
	is_refused(WORDS("--speed", "2", ":80"), "--speed is how fast --replay FILE is sent");
}

/* The columns of a file become parameters, and a file of targets names the server. */
static void test_files(void)
{
	char path[] = "/tmp/sonde-args-XXXXXX";
	scoped_free char *data = NULL, *targets = NULL;
	int fd = mkstemp(path);

	if (!ok(fd >= 0, "a file"))
		return;
	if (write(fd, "a\tb c\n1\t2\n", 10) != 10)
		ok(false, "written");
	data = alloc_printf(HEAD
			    "  requests:\n  - path: /x?k=v&a=${a}&b%%20c=${b c}\n    data: %s\n"
			    "    separator: tab\n",
			    path);
	is_plan(WORDS("--data", path, "--separator", "tab", ":80/x?k=v"), data);
	if (ftruncate(fd, 0) < 0 || pwrite(fd, "GET http://127.0.0.1:80/a\n", 26, 0) != 26)
		ok(false, "written");
	targets = alloc_printf("load:\n  target: http://127.0.0.1\n  targets: %s\n", path);
	is_plan(WORDS("--targets", path), targets);
	close(fd);
	unlink(path);
}

static void test_connection(void)
{
	is_plan(WORDS("--http2", "-m", "100", "-k", "--sni", "a.org", "--connect-to", ":81",
		      "--source", "127.0.0.2", "--source", "127.0.0.3", "https://127.0.0.1:443/"),
		"name: 127.0.0.1\nload:\n  target: https://127.0.0.1\n" ROOT
		"  protocol: http2\n  streams: 100\n  tls:\n    verify: false\n"
		"    server_name: a.org\n  connect_to: :81\n  sources:\n  - 127.0.0.2\n"
		"  - 127.0.0.3\n");
	is_plan(WORDS("--pipeline", "8", "--unix-socket", "/run/x.sock", ":80"),
		HEAD ROOT "  pipeline: 8\n  connect_to: unix:/run/x.sock\n");
	is_plan(WORDS("--close", "--cacert", "ca.pem", "--cert", "c.pem", "--key", "k.pem",
		      "https://127.0.0.1"),
		"name: 127.0.0.1\nload:\n  target: https://127.0.0.1\n" ROOT
		"  close: true\n  tls:\n    ca: ca.pem\n    cert: c.pem\n    key: k.pem\n");

	is_refused(WORDS("--http1.1", "--http2", ":80"),
		   "--http1.1 and --http2 exclude each other");
	is_refused(WORDS("--http1.1", "-m", "5", ":80"),
		   "-m (--streams) is of HTTP/2; with --http1.1 it is --pipeline N");
	is_refused(WORDS("--http2", "--pipeline", "5", ":80"),
		   "--pipeline is of HTTP/1.1; with --http2 it is -m N (--streams)");
	is_refused(WORDS("-k", "--cacert", "c.pem", "https://127.0.0.1"),
		   "--cacert verifies the server's certificate, and -k (--insecure) does not");
	is_refused(WORDS("-k", ":80"),
		   "plan: 'tls' is of an https target, like https://127.0.0.1:8443");
}

static void test_curl(void)
{
	is_plan(WORDS("--curl",
		      "curl -X PUT -H 'A: pasted' -H 'B: pasted' -d 'x=$1' http://127.0.0.1:80/p",
		      "-H", "A: typed", "-c", "5"),
		HEAD "  requests:\n  - path: /p\n    method: PUT\n    body: x=$$1\n    headers:\n"
		     "      A: typed\n      Content-Type: application/x-www-form-urlencoded\n"
		     "      B: pasted\n  connections: 5\n");
	is_plan(WORDS("--curl", "curl -k --http1.1 --cert c.pem https://127.0.0.1/p"),
		"name: 127.0.0.1\nload:\n  target: https://127.0.0.1\n  requests:\n  - path: /p\n"
		"    method: GET\n  protocol: http1\n  tls:\n    verify: false\n"
		"    cert: c.pem\n");
}

/* What is laid over a plan from a file makes room for itself. */
static void is_override(const char *load, const char *const *words, const char *wanted)
{
	scoped_free char *text = alloc_printf("load:\n  target: :80\n%s", load);
	struct plan_args args = PLAN_ARGS_INIT;
	const char *argv[WORDS_MAX];
	struct plan plan = {0};
	struct err err = {0};
	int r = plan_parse(&plan, "p.yaml", text, strlen(text), ".", NULL, 0, &err);

	if (r == 0)
		r = read_words(&args, words, argv, &err);
	if (r == 0)
		r = plan_args_override(&plan, &args, &err);
	if (r < 0) {
		ok(false, wanted);
		printf("# %s\n", err_text(&err));
	} else {
		scoped_free char *whole = alloc_printf("load:\n  target: :80\n%s", wanted);

		is_str(plan.source, whole, wanted);
	}
	plan_release(&plan);
	plan_args_release(&args);
}

static void test_override(void)
{
	is_override("  connections: 5\n  warmup: 1s\n", WORDS("-c", "7"),
		    "  connections: 7\n  warmup: 1s\n");
	is_override("  users: 5\n  spawn_rate: 1\n  think_time: 1s\n", WORDS("-R", "100"),
		    "  rate: 100/s\n");
	is_override("  rate: 5\n  connections: 9\n  arrivals: poisson\n",
		    WORDS("-u", "5", "-r", "2"), "  users: 5\n  spawn_rate: 2/s\n");
	is_override("  users: 5\n", WORDS("-r", "2"), "  users: 5\n  spawn_rate: 2/s\n");
	is_override("  duration: 5s\n  warmup: 1s\n", WORDS("-n", "100"), "  iterations: 100\n");
	is_override("  pipeline: 5\n", WORDS("--http2"), "  protocol: http2\n");
	is_override("  rate: 5\n", WORDS("--stages", "5/s:1s"),
		    "  stages:\n  - to: 5/s\n    over: 1s\n");
	is_override("  abort_on: [p99 < 1s]\n", WORDS("--abort-on", "p50 < 1s"),
		    "  abort_on: [p99 < 1s, p50 < 1s]\n");
	is_override("  connections: 5\n", WORDS("-H", "A: b"), "  connections: 5\n");
}

int main(void)
{
	test_amount();
	test_request();
	test_files();
	test_connection();
	test_curl();
	test_override();
	return tap_done();
}
