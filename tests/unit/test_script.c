#include "load/script.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/strbuf.h"

static char temporary[] = "/tmp/test_script.XXXXXX";

/* A program and what it was made with. */
struct made {
	struct script_program *program;
	struct url url;
	struct err err;
	int r;
};

static struct made make(const char *path, const char *url_text, struct script_config config)
{
	struct made made = {0};

	url_parse(&made.url, url_text, NULL);
	config.path = path;
	config.url = &made.url;
	config.url_text = url_text;
	config.threads = config.threads > 0 ? config.threads : 1;
	config.address = config.address != NULL ? config.address : "127.0.0.1:8080";
	made.r = script_program_new(&made.program, &config, &made.err);
	return made;
}

static struct made make_file(const char *name, struct script_config config)
{
	scoped_free char *path = alloc_printf("%s/scripts/%s", getenv("SONDE_TEST_DATA"), name);

	return make(path, "http://localhost:8080/x?y=1", config);
}

static void write_temporary(const char *text, size_t length)
{
	FILE *file = fopen(temporary, "w");

	fwrite(text, 1, length, file);
	fclose(file);
}

static struct made make_text_for(const char *text, const char *url, struct script_config config)
{
	write_temporary(text, strlen(text));
	return make(temporary, url, config);
}

static struct made make_text(const char *text)
{
	return make_text_for(text, "http://localhost:8080/", (struct script_config){0});
}

static struct script *first_of(const struct made *made)
{
	return made->r == 0 ? script_program_get_thread(made->program, 0) : NULL;
}

static void is_request(struct script *script, const char *want, const char *what)
{
	struct script_request request = {0};

	if (script == NULL || script_next_request(script, &request) < 0) {
		ok(false, what);
		printf("# %s\n", script != NULL ? script_get_error(script) : "no script");
		return;
	}
	if (!ok(request.length == strlen(want) && memcmp(request.bytes, want, request.length) == 0,
		what))
		printf("#  got '%.*s'\n# want '%s'\n", (int)request.length, request.bytes, want);
}

static bool has_text(const struct script_request *request, const char *text)
{
	return memmem(request->bytes, request->length, text, strlen(text)) != NULL;
}

/* The sentence has `text` in it. */
static void is_error(const char *sentence, const char *text, const char *what)
{
	if (!ok(strstr(sentence, text) != NULL, what))
		printf("#  got '%s'\n# want '%s'\n", sentence, text);
}

static void is_refused(const char *script, const char *text, const char *what)
{
	struct made made = make_text(script);

	ok(made.r == -EINVAL && made.program == NULL, what);
	is_error(err_text(&made.err), text, what);
	script_program_free(made.program);
}

static void test_static(void)
{
	static const char *const headers[] = {"X-One: 1", "host:   other", "no colon"};
	struct made made = make_text_for(
		"", "http://localhost:8080/p?q=1",
		(struct script_config){
			.headers = headers, .header_count = 3, .method = "PUT", .body = "abc"});
	struct script_request one, two;

	is_int(made.r, 0, "an empty script");
	is_request(first_of(&made),
		   "PUT /p?q=1 HTTP/1.1\r\nHost: other\r\nX-One: 1\r\nContent-Length: 3\r\n\r\nabc",
		   "method, body and headers of the command line");
	script_next_request(first_of(&made), &one);
	script_next_request(first_of(&made), &two);
	ok(one.bytes == two.bytes && one.count == 1 && !one.is_head[0], "is made once");
	ok(!script_has_delay(first_of(&made)) && !script_wants_response(first_of(&made)) &&
		   !script_program_has_done(made.program) && !script_is_stopped(first_of(&made)),
	   "and nothing else is called");
	is_int(script_program_done(made.program, &(struct script_summary){0}, NULL), 0,
	       "done without done()");
	script_program_free(made.program);

	made = make_file("post.lua", (struct script_config){0});
	is_request(first_of(&made),
		   "POST /x?y=1 HTTP/1.1\r\nHost: localhost:8080\r\n"
		   "Content-Type: application/x-www-form-urlencoded\r\n"
		   "Content-Length: 10\r\n\r\nname=value",
		   "wrk.method, wrk.body, wrk.headers");
	script_program_free(made.program);
	script_program_free(NULL);
}

/* The script's assertions are the tests. */
static void passes(const char *script, const char *url, const char *what)
{
	struct made made = make_text_for(script, url, (struct script_config){0});

	if (!ok(made.r == 0, what))
		printf("# %s\n", err_text(&made.err));
	script_program_free(made.program);
}

static void test_wrk_table(void)
{
	passes("assert(wrk.scheme == 'http' and wrk.host == 'localhost' and wrk.port == '81')\n"
	       "assert(wrk.path == '/a?b=c' and wrk.method == 'GET' and wrk.body == nil)\n"
	       "assert(next(wrk.headers) == nil and wrk.thread == nil)\n"
	       "assert(require 'wrk' == wrk)\n"
	       "function setup() assert(wrk.thread == nil) end\n"
	       "function init() assert(type(wrk.thread) == 'userdata') end",
	       "http://localhost:81/a?b=c", "the fields");
	passes("assert(wrk.port == nil and wrk.path == '/')\n"
	       "function init() assert(wrk.headers.Host == 'example.org') end",
	       "http://example.org", "no port, no path");
	passes("assert(wrk.host == '::1' and wrk.port == '81')\n"
	       "function init() assert(wrk.headers.Host == '[::1]:81') end",
	       "http://[::1]:81/", "IPv6");
	passes("assert(wrk.host == '::1' and wrk.port == nil)", "http://[::1]/",
	       "IPv6 without a port");
	passes("function init() assert(wrk.headers.Host == 'b:8080') end wrk.host = 'b'",
	       "http://localhost:8080/", "Host follows wrk.host");
	passes("assert(jit.status() == true and _VERSION == 'Lua 5.1' and require 'ffi')",
	       "http://localhost/", "LuaJIT, and it compiles");
}

static void test_format(void)
{
	struct made made = make_text(
		"local given = {A = 1, Host = 'h', ['Content-Length'] = 99}\n"
		"local requests = {}\n"
		"function init()\n"
		"  requests[1] = wrk.format('PUT', '/p', given, 'xyz')\n"
		"  assert(given['Content-Length'] == 99)\n"
		"  requests[2] = wrk.format(nil, nil, {B = true})\n"
		"  requests[3] = wrk.format('HEAD', '/h', {C = setmetatable({}, {__tostring = "
		"function() return 'made' end})})\n"
		"  requests[4] = wrk.format(nil, '/n', {}, 12)\n"
		"  requests[5] = wrk.format(nil, '/e', {}, '')\n"
		"end\n"
		"local at = 0\n"
		"function request() at = at + 1 return requests[at] end");
	struct script *script = first_of(&made);

	is_request(script, "PUT /p HTTP/1.1\r\nHost: h\r\nA: 1\r\nContent-Length: 3\r\n\r\nxyz",
		   "all given; the length is the body's own");
	is_request(script, "GET / HTTP/1.1\r\nHost: localhost:8080\r\nB: true\r\n\r\n",
		   "defaults from wrk");
	is_request(script, "HEAD /h HTTP/1.1\r\nHost: localhost:8080\r\nC: made\r\n\r\n",
		   "an object's text");
	is_request(script, "GET /n HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 2\r\n\r\n12",
		   "a number as the body");
	is_request(script, "GET /e HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 0\r\n\r\n",
		   "an empty body");
	script_program_free(made.program);
	is_refused("function init() wrk.format(nil, nil, 7) end", "headers is a number",
		   "headers that are none");
	passes("function init() local h = {} for i = 1, 500 do h['X' .. i] = i end\n"
	       "local text = wrk.format(nil, nil, h)\n"
	       "for i = 1, 500 do assert(text:find('\\r\\nX' .. i .. ': ' .. i .. '\\r\\n')) end "
	       "end",
	       "http://localhost/", "500 headers");
}

static void test_dynamic(void)
{
	struct made made = make_file("counter.lua", (struct script_config){.threads = 2});
	struct script *script = first_of(&made);

	is_request(script, "GET /item/0 HTTP/1.1\r\nHost: localhost:8080\r\nX-Number: 0\r\n\r\n",
		   "the first request is not lost");
	is_request(script, "GET /item/1 HTTP/1.1\r\nHost: localhost:8080\r\nX-Number: 1\r\n\r\n",
		   "the second one");
	is_request(script_program_get_thread(made.program, 1),
		   "GET /item/0 HTTP/1.1\r\nHost: localhost:8080\r\nX-Number: 0\r\n\r\n",
		   "each thread counts for itself");
	script_program_free(made.program);

	made = make_text("function request() return wrk.request() end");
	is_request(first_of(&made), "GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
		   "wrk.request()");
	script_program_free(made.program);

	made = make_text("function request() request = nil return wrk.format(nil, '/1') end");
	is_request(first_of(&made), "GET /1 HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
		   "request() that takes itself away");
	is_request(first_of(&made), "GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
		   "leaves wrk's");
	script_program_free(made.program);
}

static void test_response(void)
{
	static const char headers[] = "X-Token\0old\0x-token\0lower\0X-Token\0t1";
	struct made made = make_file("login.lua", (struct script_config){0});
	struct script *script = first_of(&made);

	ok(script_wants_response(script), "response() wants answers");
	is_request(script, "GET /login HTTP/1.1\r\nHost: localhost:8080\r\n\r\n", "before");
	is_int(script_take_response(script, 401, NULL, 0, NULL, 0), 0, "an answer without all");
	is_request(script, "GET /login HTTP/1.1\r\nHost: localhost:8080\r\n\r\n", "once more");
	is_int(script_take_response(script, 200, headers, 3, "ok", 2), 0, "the good answer");
	is_request(script, "GET /private HTTP/1.1\r\nHost: localhost:8080\r\nX-Token: t1\r\n\r\n",
		   "the token; of headers that come twice the last one counts");
	script_program_free(made.program);

	made = make_text(
		"function response(status, headers, body)\n"
		"  assert(status == 206 and body == 'a\\0b' and #body == 3)\n"
		"  assert(headers.A == '1' and headers.a == '' and next(headers, next(headers, "
		"next(headers))) == nil)\n"
		"  response = nil\n"
		"end");
	is_int(script_take_response(first_of(&made), 206, "A\0001\0a\0", 2, "a\0b", 3), 0,
	       "status, headers, a body with a NUL");
	is_str(script_get_error(first_of(&made)), "", "no error");
	ok(script_wants_response(first_of(&made)), "response() has taken itself away");
	is_int(script_take_response(first_of(&made), 200, NULL, 0, NULL, 0), 0, "that is no error");
	ok(!script_wants_response(first_of(&made)), "but the end of it");
	script_program_free(made.program);
}

static void test_delay(void)
{
	struct made made = make_file("pause.lua", (struct script_config){0});
	uint64_t delay_ns = 0;

	ok(script_has_delay(first_of(&made)), "delay()");
	is_int(script_next_delay(first_of(&made), &delay_ns), 0, "is called");
	is_int(delay_ns, 10 * NS_PER_MS, "in milliseconds");
	script_next_delay(first_of(&made), &delay_ns);
	is_int(delay_ns, 11 * NS_PER_MS, "each time");
	script_program_free(made.program);

	made = make_text("local all = {0.5, -1, 0/0, 1/0, '7', false}\n"
			 "local at = 0\n"
			 "function delay() at = at + 1 return all[at] end");
	script_next_delay(first_of(&made), &delay_ns);
	is_int(delay_ns, 500000, "half a millisecond");
	script_next_delay(first_of(&made), &delay_ns);
	is_int(delay_ns, 0, "negative is none");
	script_next_delay(first_of(&made), &delay_ns);
	is_int(delay_ns, 0, "not a number is none");
	script_next_delay(first_of(&made), &delay_ns);
	is_int(delay_ns, 366 * 24 * 3600 * (int64_t)NS_PER_S, "infinity has an end");
	script_next_delay(first_of(&made), &delay_ns);
	is_int(delay_ns, 7 * NS_PER_MS, "digits");
	is_int(script_next_delay(first_of(&made), &delay_ns), -EINVAL, "false");
	is_error(script_get_error(first_of(&made)), "delay() has to give a number", "is said");
	script_program_free(made.program);
}

static void test_pipeline(void)
{
	struct made made = make_file("pipeline.lua", (struct script_config){.threads = 2});
	struct script_request one, two;

	is_int(script_program_get_depth(made.program), 3, "requests in the first call");
	is_int(script_next_request(first_of(&made), &one), 0, "one call");
	ok(one.count == 3 && !one.is_head[0] && one.is_head[1] && !one.is_head[2], "HEAD is known");
	ok(has_text(&one, "GET /a HTTP/1.1\r\n") && has_text(&one, "\r\n\r\nHEAD /b "),
	   "one behind the other");
	ok(memcmp(one.bytes + one.length - 3, "1\0002", 3) == 0, "a NUL in the body");
	script_next_request(first_of(&made), &two);
	ok(two.bytes == one.bytes && two.count == 3, "the same string");
	script_program_free(made.program);

	made = make_text("local one = 'GET / HTTP/1.1\\n\\n'\n"
			 "local counts = {2, 1, 2, 3}\n"
			 "local at = 0\n"
			 "function request() at = at + 1 return one:rep(counts[at]) end");
	is_int(script_program_get_depth(made.program), 2, "depth of the first call");
	for (int i = 0; i < 3; i++) {
		is_int(script_next_request(first_of(&made), &one), 0, "at most the depth");
		is_int(one.count, i == 1 ? 1 : 2, "each call is counted");
	}
	is_int(script_next_request(first_of(&made), &one), -EINVAL, "more than the depth");
	is_error(script_get_error(first_of(&made)), "gave 3 requests at once, and 2 in its first",
		 "is said");
	is_int(script_next_request(first_of(&made), &one), -EINVAL, "and stays so");
	script_program_free(made.program);
}

/*
 * A script whose request() gives these bytes, written as Lua's long string would not: as they are.
 */
static struct made make_bytes(const char *bytes, size_t length)
{
	struct strbuf text;
	struct made made;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	strbuf_add_text(&text, "function request() return '");
	for (size_t i = 0; i < length; i++)
		strbuf_addf(&text, "\\%03u", (unsigned char)bytes[i]);
	strbuf_add_text(&text, "' end");
	made = make_text(strbuf_text(&text));
	strbuf_release(&text);
	return made;
}

static void is_counted(const char *bytes, uint32_t count, const char *what)
{
	struct made made = make_bytes(bytes, strlen(bytes));

	is_int(made.r == 0 ? script_program_get_depth(made.program) : 0, count, what);
	if (made.r < 0)
		printf("# %s\n", err_text(&made.err));
	script_program_free(made.program);
}

static void is_not_counted(const char *bytes, const char *text, const char *what)
{
	struct made made = make_bytes(bytes, strlen(bytes));

	ok(made.r == -EINVAL, what);
	is_error(err_text(&made.err), text, what);
	script_program_free(made.program);
}

static void test_scanning(void)
{
	static const char whole[] = "POST /a HTTP/1.1\r\nContent-Length: 5\r\nA: b\r\n\r\nhello"
				    "\r\nPUT /b HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n"
				    "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n";
	/* whole requests end here; with a line end behind the first one, too */
	size_t first = (size_t)(strstr(whole, "hello") - whole) + 5, wrong = 0;

	is_counted("GET / HTTP/1.1\n\n", 1, "LF ends a line");
	is_counted("\r\n\r\nGET / HTTP/1.1\r\n\r\n\r\n", 1, "empty lines before and behind");
	is_counted("GET / HTTP/1.0\r\nA: b\r\n folded\r\n\r\nHEAD / HTTP/1.1\r\n\r\n", 2,
		   "a folded header");
	is_counted("POST / HTTP/1.1\r\nX-Content-Length: 9\r\n\r\n", 1, "another header's length");
	is_counted(whole, 2, "a length and chunks");
	for (size_t length = 0; length < sizeof(whole) - 1; length++) {
		struct made made = make_bytes(whole, length);
		bool is_whole = length >= first && length <= first + 2;

		wrong += is_whole ? made.r != 0 : made.r != -EINVAL;
		script_program_free(made.program);
	}
	is_int(wrong, 0, "cut anywhere it is not whole");
	is_not_counted("", "line 1 of the request: it ends inside its request line", "nothing");
	is_not_counted("GET /\r\n\r\n", "line 1 of the request: not a request line", "no version");
	is_not_counted("GET / HTTP/1.1\r\nbad\r\n\r\n", "line 2 of the request: a header without",
		       "no colon");
	is_not_counted("GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "line 2 of the request: Cont",
		       "no number");
	is_not_counted("GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
		       "Content-Length is not a number", "too large a number");
	is_not_counted("GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", "it ends inside its body",
		       "a short body");
	is_not_counted("GET / HTTP/1.1\r\nContent-Length: 1\r\n\r\nabc\r\n",
		       "line 4 of the request: not a request line", "a long body");
	is_not_counted("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
		       "line 4 of the request: not the size of a chunk", "a bad chunk");
	is_not_counted("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
		       "longer than its size", "a long chunk");
}

static void test_threads(void)
{
	struct made made = make_file("threads.lua", (struct script_config){.threads = 2});
	struct script_summary summary = {0};
	scoped(histogram_cleanup) struct histogram *latency = histogram_new();
	struct script_request request;
	int r;

	summary.latency = latency;
	if (!ok(made.r == 0, "thread:set in setup()"))
		printf("# %s\n", err_text(&made.err));
	for (uint32_t i = 0; made.r == 0 && i < 3; i++) {
		struct script *script = script_program_get_thread(made.program, i % 2);

		script_next_request(script, &request);
		r = script_take_response(script, 200, NULL, 0, NULL, 0);
		if (!ok(r == 0, "thread:get of its own"))
			printf("# %s\n", script_get_error(script));
	}
	/* thread 1 was asked twice and thread 2 once: five calls in all, but for two in flight */
	script_next_request(script_program_get_thread(made.program, 1), &request);
	script_next_request(script_program_get_thread(made.program, 1), &request);
	ok(script_program_has_done(made.program), "done()");
	r = script_program_done(made.program, &summary, &made.err);
	if (!ok(r == 0, "thread:get in done()"))
		printf("# %s\n", err_text(&made.err));
	script_program_free(made.program);

	is_refused("function setup(t) t:set('f', print) end", ":1: cannot transfer 'function'",
		   "functions stay where they are");
	is_refused("function setup(t) local c = {} c.c = c t:set('c', c) end", "nested deeper than",
		   "a circle");
	is_refused("f = print\nfunction setup(t) t:get('f') end", "cannot transfer 'function'",
		   "nor the other way");
	is_refused("function setup(t) t.name = 'x' end", "cannot set 'name' on thread", "a field");
	is_refused("function setup(t) t.addr = '127.0.0.1' end", "wrk.addr expected",
		   "an address is not a text");
	is_refused("function setup(t) t.get({}, 'x') end", "wrk.thread expected", "no thread");
	is_refused("setmetatable(_G, {__index = function(_, n) error('no global ' .. n) end})",
		   "no global", "globals that raise");
	passes("function init() local t = wrk.thread assert(t.unknown == nil and t[1] == nil)\n"
	       "a = {1, {2}} local b = t:get('a') assert(b[2][1] == 2 and b ~= a)\n"
	       "coroutine.wrap(function() t:set('c', 'in') assert(t:get('c') == 'in') end)()\n"
	       "assert(c == 'in') t:set('a') assert(a == nil) end",
	       "http://localhost/", "a thread's own values, in a coroutine too");
}

static void test_stop(void)
{
	struct made made = make_file("stop.lua", (struct script_config){.threads = 2});

	ok(made.r == 0 && !script_is_stopped(first_of(&made)), "not stopped before it runs");
	for (int i = 0; made.r == 0 && i < 3; i++) {
		ok(!script_is_stopped(first_of(&made)), "runs");
		script_take_response(first_of(&made), 200, NULL, 0, NULL, 0);
	}
	ok(script_is_stopped(first_of(&made)), "thread:stop()");
	ok(!script_is_stopped(script_program_get_thread(made.program, 1)), "the other one runs on");
	script_program_free(made.program);
}

static void test_address(void)
{
	struct sockaddr_in name = {.sin_family = AF_INET};
	socklen_t length = sizeof(name);
	scoped(fd_cleanup) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	scoped_free char *path = alloc_printf("%s/scripts/address.lua", getenv("SONDE_TEST_DATA"));
	scoped_free char *url = NULL, *address = NULL;
	struct made made;

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, 8) < 0 ||
	    getsockname(fd, (struct sockaddr *)&name, &length) < 0) {
		ok(true, "addresses # SKIP no loopback");
		return;
	}
	url = alloc_printf("http://127.0.0.1:%u", ntohs(name.sin_port));
	address = alloc_printf("127.0.0.1:%u", ntohs(name.sin_port));
	made = make(path, url, (struct script_config){.threads = 2, .address = "127.0.0.1:9"});
	if (!ok(made.r == 0, "lookup, connect, thread.addr"))
		printf("# %s\n", err_text(&made.err));
	if (made.r == 0)
		is_str(script_get_address(first_of(&made)), address, "another address");
	script_program_free(made.program);

	made = make(path, url, (struct script_config){.address = address});
	ok(made.r == 0 && script_get_address(first_of(&made)) == NULL, "the same address");
	script_program_free(made.program);
	fd_cleanup(&fd);
	fd = -1;
	made = make(path, url, (struct script_config){.address = address});
	ok(made.r == -EINVAL, "nobody listens any more");
	script_program_free(made.program);

	passes("assert(tostring(wrk.lookup('127.0.0.1', 'http')[1]) == '127.0.0.1:80')\n"
	       "assert(tostring(wrk.lookup('127.0.0.1', 'https')[1]) == '127.0.0.1:443')\n"
	       "assert(tostring(wrk.lookup('127.0.0.1', 81)[1]) == '127.0.0.1:81')\n"
	       "assert(tostring(wrk.lookup('::1', 82)[1]) == '[::1]:82')\n"
	       "assert(tostring(wrk.addrs[1]) == '127.0.0.1:8080')",
	       "http://127.0.0.1/", "addresses as texts");
	is_refused("wrk.lookup('127.0.0.1', 'no such service')", "no port and no service",
		   "no service");
	is_refused("wrk.lookup(('h'):rep(300), 80)", "host name longer", "a long name");
	is_refused("wrk.connect(1)", "wrk.addr expected", "no address");
	made = make_text_for("function setup(t) assert(tostring(t.addr) == 'unix:/run/x') end\n"
			     "assert(not wrk.connect(wrk.addrs[1]))",
			     "http://localhost/", (struct script_config){.address = "unix:/run/x"});
	ok(made.r == 0 && script_get_address(first_of(&made)) == NULL, "a Unix socket is a text");
	script_program_free(made.program);
}

static void test_init(void)
{
	static const char *const arguments[] = {"one", "two"};
	struct made made =
		make_text_for("function init(args)\n"
			      "  assert(args[0] == 'http://localhost/' and args[1] == 'one' and "
			      "args[2] == 'two')\n"
			      "  assert(#args == 2)\n"
			      "end",
			      "http://localhost/",
			      (struct script_config){.arguments = arguments, .argument_count = 2});

	if (!ok(made.r == 0, "args of init()"))
		printf("# %s\n", err_text(&made.err));
	script_program_free(made.program);

	made = make_text(
		"local calls = 0\n"
		"function init(args) calls = calls + 1 wrk.init(args) wrk.path = '/' .. calls\n"
		"  assert(wrk.request():find('^GET / HTTP/1.1\\r\\nHost: localhost'))\n"
		"end");
	is_request(first_of(&made), "GET /1 HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
		   "init() that calls wrk.init(), as for wrk 3");
	script_program_free(made.program);

	made = make_text(
		"function wrk.init(args) bytes = 'GET /' .. #args .. ' HTTP/1.0\\n\\n' end\n"
		"function request() return bytes end");
	is_request(first_of(&made), "GET /0 HTTP/1.0\n\n", "a wrk.init() of the script's own");
	script_program_free(made.program);
	is_refused("function wrk.init() end", "test_script.", "and nothing that makes a request");
}

static void test_errors(void)
{
	struct script_request request;
	struct made made;
	scoped_free char *line = alloc_printf("%s:2: ", temporary);

	made = make("/no/such/file.lua", "http://localhost/", (struct script_config){0});
	is_int(made.r, -ENOENT, "no file");
	is_error(err_text(&made.err), "/no/such/file.lua", "is named");
	is_refused("x = 1\nfunction (", line, "syntax");
	is_refused("x = 1\nerror('top')", line, "the file's own code");
	is_refused("function setup()\n error('s') end", line, "setup()");
	is_refused("function init()\n local x = nil + 1 end", line, "init()");
	is_refused("function request()\n error('r') end", line, "the first request()");
	is_refused("error('words', 0)", strrchr(temporary, '/') + 1, "an error without its line");
	is_refused("error({})", "an error that is a table", "an error without words");
	is_refused("function request() end", "request() gave a nil", "no request");
	is_refused("function request() return 12 end", "request() gave a number", "a number");
	is_refused("local function f() return f() + 1 end f()", "stack overflow", "endless calls");
	is_refused("function init() coroutine.yield(1) end", "yield", "a yield to nobody");

	made = make_text(
		"local n = 0 function request() n = n + 1\nif n == 3 then error('third') end\n"
		"return wrk.format() end\n"
		"function response() local x = nil\nreturn x.y end\n"
		"function delay() error('late', 0) end");
	is_int(script_next_request(first_of(&made), &request), 0, "the first");
	is_int(script_next_request(first_of(&made), &request), 0, "the second");
	is_int(script_next_request(first_of(&made), &request), -EINVAL, "the third");
	is_error(script_get_error(first_of(&made)), line, "its line");
	is_error(script_get_error(first_of(&made)), "third", "its words");
	is_int(script_next_request(first_of(&made), &request), -EINVAL, "no more calls");
	is_int(script_take_response(first_of(&made), 200, NULL, 0, NULL, 0), -EINVAL,
	       "of any kind");
	is_error(script_get_error(first_of(&made)), "third", "the first error is kept");
	script_program_free(made.program);

	made = make_text("function response() local x = nil\nreturn x.y end");
	is_int(script_take_response(first_of(&made), 200, NULL, 0, NULL, 0), -EINVAL, "response()");
	is_error(script_get_error(first_of(&made)), line, "its line");
	script_program_free(made.program);

	made = make_text("function delay()\nerror('late') end");
	is_int(script_next_delay(first_of(&made), &(uint64_t){0}), -EINVAL, "delay()");
	is_error(script_get_error(first_of(&made)), line, "its line");
	script_program_free(made.program);
	/* a file that begins as one for the shell, and one that is not text */
	passes("#!/usr/bin/env wrk\nassert(true)", "http://localhost/", "a first line with #!");
	is_refused("\x1bLJ\x02garbage", "bytecode", "broken bytecode");
}

/* 1 to 1000 µs once each, and one of 500 ms. */
static void fill_latency(struct histogram *latency)
{
	for (uint64_t i = 1; i <= 1000; i++)
		histogram_record(latency, i * NS_PER_US);
	histogram_record(latency, 500 * (uint64_t)NS_PER_MS);
}

static void test_done(void)
{
	static const double rates[] = {10.0, 20.4, 30.0};
	const char *const arguments[] = {temporary};
	struct made made = make_file(
		"report.lua", (struct script_config){.arguments = arguments, .argument_count = 1});
	scoped(histogram_cleanup) struct histogram *latency = histogram_new();
	struct script_summary summary = {.duration_ns = 1500000900,
					 .requests = 7,
					 .bytes = 1ull << 40,
					 .connect = 1,
					 .read = 2,
					 .write = 3,
					 .status = 4,
					 .timeout = 5,
					 .latency = latency,
					 .rates = rates,
					 .rate_count = 3};
	struct strbuf got;
	scoped_free char *want = NULL;
	double mean = 0.0, stdev = 0.0;
	int failed = tap_failed;
	const char *line;

	for (int i = 0; i < 98; i++)
		/* below 2048 * 64 ns: exact to 64 */
		histogram_record(latency, 100 * NS_PER_US + 200);
	histogram_record(latency, 2 * NS_PER_MS);
	histogram_record(latency, 300 * (uint64_t)NS_PER_MS);
	is_int(script_program_done(made.program, &summary, &made.err), 0, "done()");
	strbuf_init(&got, STRBUF_MAX_DEFAULT);
	fd_read_file(AT_FDCWD, temporary, &got);
	want = alloc_printf("duration 1500000 requests 7 bytes 1099511627776\n"
			    "errors 1 2 3 4 5\n");
	ok(strncmp(strbuf_text(&got), want, strlen(want)) == 0, "summary");
	line = strstr(strbuf_text(&got), "latency");
	ok(line != NULL && sscanf(line, "latency 100 300000 %lf %lf", &mean, &stdev) == 2,
	   "latency");
	/* of 98 times 100.2, 2000 and 300000: Python's statistics.mean() and .stdev() */
	is_near(mean, 3118.196, 0.001, "the mean is exact");
	is_near(stdev, 29988.661, 30.0, "the deviation is known to within 0.1 %");
	ok(strstr(strbuf_text(&got),
		  "p0 100\np50 100\np90 100\np99 2000\np99.999 300000\np100 300000\n") != NULL,
	   "percentiles");
	ok(strstr(strbuf_text(&got),
		  "distinct 3\n1: 100 x 98\n2: 2000 x 1\n3: 300000 x 1\nbeyond 0 x 0\n") != NULL,
	   "values and counts");
	ok(strstr(strbuf_text(&got), "requests 10 30 20.00 10.0000 p50 20\nunknown nil\n") != NULL,
	   "rates");
	if (tap_failed > failed)
		printf("%s", strbuf_text(&got));
	strbuf_release(&got);
	is_int(script_program_done(made.program, &summary, NULL), 0, "done() once more");
	script_program_free(made.program);
}

/* The script checks each percentile against the values it is told; C checks them against ours. */
static void test_percentiles(void)
{
	struct made made = make_text(
		"function done(summary, latency, requests)\n"
		"  local total, sum = 0, 0\n"
		"  for i = 1, #latency do local v, n = latency(i) total = total + n sum = sum + v "
		"* n end\n"
		"  assert(total == 1001, 'total')\n"
		"  assert(math.abs(sum / total / latency.mean - 1) < 1e-3, 'mean')\n"
		"  for p = 0, 100, 0.25 do\n"
		"    local rank, seen, i, v, n = math.max(1, math.ceil(p / 100 * total)), 0, 0\n"
		"    repeat i = i + 1 v, n = latency(i) seen = seen + n until seen >= rank\n"
		"    if p > 0 then assert(latency:percentile(p) == v, 'p' .. p) end\n"
		"  end\n"
		"  assert(latency:percentile(0) == 1 and latency.min == 1 and latency.max == "
		"500000)\n"
		"  assert(requests.min == 0 and requests.max == 0 and requests.mean == 0)\n"
		"  assert(requests.stdev == 0 and #requests == 0 and requests:percentile(50) == "
		"0)\n"
		"  kept = latency\n"
		"end");
	scoped(histogram_cleanup) struct histogram *latency = histogram_new();
	struct script_summary summary = {.latency = latency};
	int r;

	fill_latency(latency);
	r = script_program_done(made.program, &summary, &made.err);
	if (!ok(r == 0, "percentiles are values"))
		printf("# %s\n", err_text(&made.err));
	script_program_free(made.program);

	made = make_text("function done(s, l) l:percentile('x') end");
	is_int(script_program_done(made.program, &summary, &made.err), -EINVAL,
	       "an error in done()");
	is_error(err_text(&made.err), ":1: bad argument", "its line");
	script_program_free(made.program);
	made = make_text("function done(s, l) l.percentile(s, 1) end");
	is_int(script_program_done(made.program, &summary, &made.err), -EINVAL, "not an object");
	script_program_free(made.program);
}

static void test_memory(void)
{
	struct made made =
		make_text("local n = 0\n"
			  "function request() n = n + 1 return wrk.format(nil, '/' .. n) end\n"
			  "function response(status, headers, body) last = headers.A .. body end\n"
			  "function delay() return collectgarbage('count') end");
	struct script *script = first_of(&made);
	struct script_request request;
	uint64_t begin, before_ns = 0, after_ns = 0, requests = 0;

	for (int i = 0; i < 20000; i++)
		script_next_request(script, &request);
	script_next_delay(script, &before_ns);
	begin = alloc_get_count();
	for (int i = 0; i < 1000000; i++)
		requests += script_next_request(script, &request) == 0 ? request.count : 0;
	for (int i = 0; i < 100000; i++)
		script_take_response(script, 200, "A\0b", 1, "body", 4);
	is_int(requests, 1000000, "a million requests");
	is_int(alloc_get_count() - begin, 0, "allocate nothing of ours");
	script_next_delay(script, &after_ns);
	/* "milliseconds" are KB of Lua's memory here */
	if (!ok(after_ns < before_ns + 1024 * (uint64_t)NS_PER_MS, "and Lua collects its own"))
		printf("# %g KB before, %g after\n", (double)before_ns / 1e6,
		       (double)after_ns / 1e6);
	script_program_free(made.program);
}

static void *run_thread(void *context)
{
	struct script *script = context;
	struct script_request request;
	uintptr_t wrong = 0;

	for (int i = 0; i < 5000; i++) {
		scoped_free char *path = alloc_printf("/item/%d ", i);

		wrong += script_next_request(script, &request) < 0 || !has_text(&request, path);
	}
	return (void *)wrong;
}

static void test_parallel(void)
{
	struct made made = make_file("counter.lua", (struct script_config){.threads = 4});
	pthread_t threads[4];
	uintptr_t wrong = 0;

	for (uint32_t i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, run_thread,
			       script_program_get_thread(made.program, i));
	for (uint32_t i = 0; i < 4; i++) {
		void *result = NULL;

		pthread_join(threads[i], &result);
		wrong += (uintptr_t)result;
	}
	is_int(wrong, 0, "four threads at once, each its own state");
	script_program_free(made.program);
}

int main(void)
{
	int fd = mkstemp(temporary);

	if (fd < 0)
		return 1;
	close(fd);
	test_static();
	test_wrk_table();
	test_format();
	test_dynamic();
	test_response();
	test_delay();
	test_pipeline();
	test_scanning();
	test_threads();
	test_stop();
	test_address();
	test_init();
	test_errors();
	test_done();
	test_percentiles();
	test_memory();
	test_parallel();
	unlink(temporary);
	return tap_done();
}
