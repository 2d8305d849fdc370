#include "load/script.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "load/script_lua.h"
#include "load/script_stats.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/strbuf.h"
#include "util/vec.h"

enum { SCRIPT_MAX_BYTES = 64 << 20 };

/* delay() beyond this (and infinity) means this: no overflow in the caller's sums. */
#define DELAY_MAX_MS (366.0 * 24 * 3600 * 1000)

struct script {
	struct script_lua lua;
	const struct script_program *program;
	int request_entry, delay_entry, response_entry; /* references in Lua's registry */
	bool is_static;					/* no request(): the same bytes each time */
	bool is_prepared;				/* `request` is there already */
	bool has_delay, wants_response, has_failed;
	struct script_request request;
	VEC(bool) is_head;
	struct err error;
	/* the answer that response() is called with */
	uint16_t status;
	const char *headers, *body;
	uint32_t header_count;
	size_t body_length;
};

struct script_program {
	char *path;
	struct script_lua main;
	struct script **scripts; /* each its own memory: threads do not share lines of the cache */
	uint32_t threads;
	uint32_t depth; /* 0 until the first call of request() */
	bool has_done;
	struct script_stats *latency, *rates; /* of done() */
};

/*
 * What request() gave, taken apart as far as it takes to count: request lines, heads, bodies (RFC
 * 9112). Empty lines before a request line are skipped, and a single LF ends a line.
 */
struct scanner {
	const char *begin, *at, *end;
	struct err *err;
};

static int scan_error(const struct scanner *scanner, const char *what)
{
	unsigned line = 1;

	for (const char *c = scanner->begin; c < scanner->at; c++)
		line += *c == '\n';
	return err_set(scanner->err, -EINVAL, "line %u of the request: %s", line, what);
}

/* Without its end; false when none is left that is whole. */
static bool take_line(struct scanner *scanner, const char **ret_line, size_t *ret_length)
{
	size_t left = (size_t)(scanner->end - scanner->at);
	const char *newline = left > 0 ? memchr(scanner->at, '\n', left) : NULL;

	if (newline == NULL)
		return false;
	*ret_line = scanner->at;
	*ret_length = (size_t)(newline - scanner->at);
	if (*ret_length > 0 && newline[-1] == '\r')
		(*ret_length)--;
	scanner->at = newline + 1;
	return true;
}

static int take_bytes(struct scanner *scanner, uint64_t length)
{
	if (length > (uint64_t)(scanner->end - scanner->at)) {
		scanner->at = scanner->end;
		return scan_error(scanner, "it ends inside its body");
	}
	scanner->at += length;
	return 0;
}

static int scan_request_line(struct scanner *scanner, bool *ret_is_head)
{
	const char *begin = scanner->at, *line, *target, *version;
	size_t length;

	if (!take_line(scanner, &line, &length))
		return scan_error(scanner, "it ends inside its request line");
	target = memchr(line, ' ', length);
	version = memrchr(line, ' ', length);
	if (target == NULL || target == line || version == target ||
	    length - (size_t)(version - line) < 6 || memcmp(version, " HTTP/", 6) != 0) {
		scanner->at = begin;
		return scan_error(scanner, "not a request line, as in 'GET /path HTTP/1.1'");
	}
	*ret_is_head = target - line == 4 && memcmp(line, "HEAD", 4) == 0;
	return 0;
}

static bool is_name(const char *line, size_t length, const char *name)
{
	return length == strlen(name) && strncasecmp(line, name, length) == 0;
}

/* Digits to the end, or to what may stand behind a chunk's size. -EINVAL: none, or too many. */
static int scan_number(const char *text, const char *end, unsigned base, uint64_t *ret_number)
{
	const char *begin = text;
	uint64_t number = 0;

	for (; text < end && isxdigit((unsigned char)*text); text++) {
		unsigned char c = (unsigned char)*text;
		unsigned digit = (unsigned)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);

		if (digit >= base || number > UINT64_MAX >> 5)
			return -EINVAL;
		number = number * base + digit;
	}
	if (text == begin || (text < end && strchr(base == 16 ? " \t;" : " \t", *text) == NULL))
		return -EINVAL;
	*ret_number = number;
	return 0;
}

static bool has_word(const char *text, const char *end, const char *word)
{
	for (size_t length = strlen(word); (size_t)(end - text) >= length; text++) {
		if (strncasecmp(text, word, length) == 0)
			return true;
	}
	return false;
}

static int scan_headers(struct scanner *scanner, uint64_t *ret_length, bool *ret_is_chunked)
{
	for (;;) {
		const char *begin = scanner->at, *line, *colon, *value;
		size_t length;

		if (!take_line(scanner, &line, &length))
			return scan_error(scanner,
					  "it ends before the empty line behind the headers");
		if (length == 0)
			return 0;
		if (*line == ' ' || *line == '\t') /* goes on with the header before */
			continue;
		colon = memchr(line, ':', length);
		if (colon == NULL || colon == line) {
			scanner->at = begin;
			return scan_error(scanner, "a header without name and colon");
		}
		for (value = colon + 1; value < line + length && *value == ' ';)
			value++;
		if (is_name(line, (size_t)(colon - line), "Transfer-Encoding")) {
			*ret_is_chunked = has_word(value, line + length, "chunked");
		} else if (is_name(line, (size_t)(colon - line), "Content-Length") &&
			   scan_number(value, line + length, 10, ret_length) < 0) {
			scanner->at = begin;
			return scan_error(scanner, "Content-Length is not a number");
		}
	}
}

static int scan_chunks(struct scanner *scanner)
{
	const char *line;
	uint64_t size;
	size_t length;

	do {
		const char *begin = scanner->at;

		if (!take_line(scanner, &line, &length))
			return scan_error(scanner, "it ends before its last chunk");
		if (scan_number(line, line + length, 16, &size) < 0) {
			scanner->at = begin;
			return scan_error(scanner, "not the size of a chunk");
		}
		if (size > 0) {
			if (take_bytes(scanner, size) < 0)
				return -EINVAL;
			if (!take_line(scanner, &line, &length) || length > 0)
				return scan_error(scanner, "a chunk that is longer than its size");
		}
	} while (size > 0);
	do { /* trailers */
		if (!take_line(scanner, &line, &length))
			return scan_error(scanner,
					  "it ends before the empty line behind the chunks");
	} while (length > 0);
	return 0;
}

/* is_head gets one item for each request. */
static int scan_requests(struct script *script, const char *bytes, size_t length, struct err *err)
{
	struct scanner scanner = {bytes, bytes, bytes + length, err};

	vec_clear(&script->is_head);
	for (;;) {
		uint64_t body_length = 0;
		bool is_head = false, is_chunked = false;
		int r;

		while (scanner.at < scanner.end && (*scanner.at == '\r' || *scanner.at == '\n'))
			scanner.at++;
		if (scanner.at == scanner.end && script->is_head.count > 0)
			return 0;
		r = scan_request_line(&scanner, &is_head);
		if (r == 0)
			r = scan_headers(&scanner, &body_length, &is_chunked);
		if (r == 0)
			r = is_chunked ? scan_chunks(&scanner) : take_bytes(&scanner, body_length);
		if (r < 0)
			return r;
		vec_push(&script->is_head, is_head);
	}
}

/* What Lua runs for a script; upvalue 1 is the script. */

static int enter_request(lua_State *L)
{
	lua_getglobal(L, "request");
	if (!lua_isfunction(L, -1)) {
		script_lua_push_wrk(L);
		lua_getfield(L, -1, "request");
	}
	lua_call(L, 0, 1);
	return 1;
}

static int enter_delay(lua_State *L)
{
	lua_getglobal(L, "delay");
	lua_call(L, 0, 1);
	return 1;
}

static int enter_response(lua_State *L)
{
	struct script *script = lua_touserdata(L, lua_upvalueindex(1));
	const char *at = script->headers;

	lua_getglobal(L, "response");
	if (!lua_isfunction(L, -1)) { /* the script has seen enough: response = nil */
		script->wants_response = false;
		return 0;
	}
	lua_pushinteger(L, script->status);
	lua_createtable(L, 0, (int)script->header_count);
	for (uint32_t i = 0; i < script->header_count; i++) {
		size_t length = strlen(at);

		lua_pushlstring(L, at, length);
		at += length + 1;
		length = strlen(at);
		lua_pushlstring(L, at, length);
		at += length + 1;
		lua_rawset(L, -3);
	}
	lua_pushlstring(L, script->body, script->body_length);
	lua_call(L, 3, 0);
	return 0;
}

/* The results are on the stack then. */
static int run_entry(struct script *script, int entry, int results)
{
	if (script->has_failed)
		return -EINVAL;
	lua_rawgeti(script->lua.L, LUA_REGISTRYINDEX, entry);
	if (lua_pcall(script->lua.L, 0, results, 0) == 0)
		return 0;
	script->has_failed = true;
	return script_lua_take_error(&script->lua, &script->error);
}

static int fail(struct script *script, const char *what)
{
	script->has_failed = true;
	return err_set(&script->error, -EINVAL, "%s: %s", script->lua.path, what);
}

/*
 * Calls request() and makes script->request of it. The string stays on the stack, at index 1: that
 * keeps its bytes. Lua has each string once, so that the same address is the same request, which is
 * counted already.
 */
static int make_request(struct script *script)
{
	lua_State *L = script->lua.L;
	const struct script_program *program = script->program;
	const char *bytes;
	size_t length;
	struct err err;

	if (run_entry(script, script->request_entry, 1) < 0)
		return -EINVAL;
	if (lua_type(L, -1) != LUA_TSTRING) {
		err_set(&err, -EINVAL, "request() gave a %s, and has to give a request as a string",
			luaL_typename(L, -1));
		lua_pop(L, 1);
		return fail(script, err.text);
	}
	bytes = lua_tolstring(L, -1, &length);
	if (bytes != script->request.bytes || length != script->request.length) {
		lua_replace(L, 1);
		if (scan_requests(script, bytes, length, &err) < 0)
			return fail(script, err.text);
		script->request = (struct script_request){
			bytes, length, (uint32_t)script->is_head.count, script->is_head.items};
	} else {
		lua_pop(L, 1);
	}
	if (program->depth > 0 && script->request.count > program->depth) {
		err_set(&err, -EINVAL,
			"request() gave %u requests at once, and %u in its first call; no later "
			"call "
			"may give more",
			script->request.count, program->depth);
		return fail(script, err.text);
	}
	return 0;
}

/* Setting up */

struct preparation {
	struct script *script;
	struct script_lua *main;
	const struct script_config *config;
};

static int run_setup(lua_State *L)
{
	const struct preparation *preparation = lua_touserdata(L, 1);

	script_lua_push_wrk(L);
	lua_getfield(L, -1, "setup");
	script_lua_push_thread(L, &preparation->script->lua);
	lua_call(L, 1, 0);
	return 0;
}

static int set_thread(lua_State *L)
{
	const struct preparation *preparation = lua_touserdata(L, 1);

	script_lua_push_wrk(L);
	script_lua_push_thread(L, &preparation->script->lua);
	lua_setfield(L, -2, "thread");
	return 0;
}

/* Raises Lua's error when the script has put something else there, which would be left out. */
static bool is_function(lua_State *L, const char *name)
{
	bool is;

	lua_getglobal(L, name);
	is = lua_isfunction(L, -1);
	if (!is && !lua_isnil(L, -1))
		luaL_error(L, "'%s' must be a function, not a %s", name, luaL_typename(L, -1));
	lua_pop(L, 1);
	return is;
}

static int make_entry(lua_State *L, struct script *script, lua_CFunction function)
{
	lua_pushlightuserdata(L, script);
	lua_pushcclosure(L, function, 1);
	return luaL_ref(L, LUA_REGISTRYINDEX);
}

static int run_init(lua_State *L)
{
	const struct preparation *preparation = lua_touserdata(L, 1);
	const struct script_config *config = preparation->config;
	struct script *script = preparation->script;

	script_lua_push_wrk(L);
	lua_getfield(L, -1, "init");
	lua_newtable(L);
	lua_pushstring(L, config->url_text);
	lua_rawseti(L, -2, 0);
	for (uint32_t i = 0; i < config->argument_count; i++) {
		lua_pushstring(L, config->arguments[i]);
		lua_rawseti(L, -2, (int)i + 1);
	}
	lua_call(L, 1, 0);
	script->is_static = !is_function(L, "request");
	script->has_delay = is_function(L, "delay");
	script->wants_response = is_function(L, "response");
	script->request_entry = make_entry(L, script, enter_request);
	script->delay_entry = make_entry(L, script, enter_delay);
	script->response_entry = make_entry(L, script, enter_response);
	return 0;
}

/*
 * As wrk does it: thread by thread, each with its state, then setup() in the main one, then init()
 * in its own. The first request of the first thread says how many come at once; it is kept and sent
 * (wrk drops it).
 */
static int prepare_thread(struct script_program *program, uint32_t index,
			  const struct script_config *config, const struct strbuf *text,
			  struct err *err)
{
	struct script *script = alloc_new(struct script);
	struct preparation preparation = {script, &program->main, config};
	int r;

	program->scripts[index] = script;
	script->program = program;
	r = script_lua_open(&script->lua, config, strbuf_text(text), text->length, err);
	script->lua.path = program->path;
	if (r == 0)
		r = script_lua_call(&script->lua, set_thread, &preparation, err);
	if (r == 0)
		r = script_lua_call(&program->main, run_setup, &preparation, err);
	if (r == 0)
		r = script_lua_call(&script->lua, run_init, &preparation, err);
	if (r < 0)
		return r;
	lua_settop(script->lua.L, 1); /* the request's place */
	if (index == 0 || script->is_static) {
		if (make_request(script) < 0)
			return err_set(err, -EINVAL, "%s", script_get_error(script));
		script->is_prepared = true;
		if (index == 0)
			program->depth = script->request.count;
	}
	return 0;
}

static int look_for_done(lua_State *L)
{
	struct script_program *program = lua_touserdata(L, 1);

	program->has_done = is_function(L, "done");
	return 0;
}

static int prepare_program(struct script_program *program, const struct script_config *config,
			   const struct strbuf *text, struct err *err)
{
	int r = script_lua_open(&program->main, config, strbuf_text(text), text->length, err);

	program->main.path = program->path;
	for (uint32_t i = 0; r == 0 && i < config->threads; i++)
		r = prepare_thread(program, i, config, text, err);
	if (r == 0)
		r = script_lua_call(&program->main, look_for_done, program, err);
	for (uint32_t i = 0; r == 0 && i < config->threads; i++)
		program->scripts[i]->lua.is_running = true;
	return r;
}

int script_program_new(struct script_program **ret_program, const struct script_config *config,
		       struct err *err)
{
	scoped(script_program_cleanup) struct script_program *program = NULL;
	scoped(strbuf_release) struct strbuf text;
	int r;

	strbuf_init(&text, SCRIPT_MAX_BYTES);
	r = fd_read_file(AT_FDCWD, config->path, &text);
	if (r < 0)
		return err_set(err, r, "cannot read %s: %s", config->path, strerror(-r));
	program = alloc_new(struct script_program);
	program->path = alloc_strdup(config->path);
	program->threads = config->threads;
	program->scripts = alloc_array(config->threads, sizeof(struct script *));
	r = prepare_program(program, config, &text, err);
	if (r < 0)
		return r;
	*ret_program = program;
	program = NULL;
	return 0;
}

void script_program_free(struct script_program *program)
{
	if (program == NULL)
		return;
	/* The main state first: what it collects may still reach into the threads' states. */
	script_lua_close(&program->main);
	for (uint32_t i = 0; i < program->threads; i++) {
		if (program->scripts[i] == NULL)
			continue;
		script_lua_close(&program->scripts[i]->lua);
		vec_release(&program->scripts[i]->is_head);
		free(program->scripts[i]);
	}
	script_stats_free(program->latency);
	script_stats_free(program->rates);
	free(program->scripts);
	free(program->path);
	free(program);
}

uint32_t script_program_get_depth(const struct script_program *program)
{
	return program->depth;
}

struct script *script_program_get_thread(struct script_program *program, uint32_t thread)
{
	return program->scripts[thread];
}

/* Running */

int script_next_request(struct script *script, struct script_request *ret_request)
{
	if (script->is_prepared)
		script->is_prepared = script->is_static;
	else if (make_request(script) < 0)
		return -EINVAL;
	*ret_request = script->request;
	return 0;
}

bool script_has_delay(const struct script *script)
{
	return script->has_delay;
}

int script_next_delay(struct script *script, uint64_t *ret_ns)
{
	lua_State *L = script->lua.L;
	double delay_ms = 0.0;
	bool is_number;

	if (run_entry(script, script->delay_entry, 1) < 0)
		return -EINVAL;
	is_number = lua_isnumber(L, -1);
	if (is_number)
		delay_ms = lua_tonumber(L, -1);
	else if (!lua_isnil(L, -1)) {
		lua_pop(L, 1);
		return fail(script, "delay() has to give a number of milliseconds");
	}
	lua_pop(L, 1);
	if (!(delay_ms > 0.0))
		delay_ms = 0.0;
	if (delay_ms > DELAY_MAX_MS)
		delay_ms = DELAY_MAX_MS;
	*ret_ns = (uint64_t)(delay_ms * NS_PER_MS);
	return 0;
}

bool script_wants_response(const struct script *script)
{
	return script->wants_response;
}

int script_take_response(struct script *script, uint16_t status, const char *headers,
			 uint32_t header_count, const char *body, size_t body_length)
{
	script->status = status;
	script->headers = headers;
	script->header_count = header_count;
	script->body = body_length > 0 ? body : "";
	script->body_length = body_length;
	return run_entry(script, script->response_entry, 0);
}

bool script_is_stopped(const struct script *script)
{
	return script->lua.is_stopped;
}

const char *script_get_address(const struct script *script)
{
	return script->lua.has_own_address ? script->lua.address.text : NULL;
}

const char *script_get_error(const struct script *script)
{
	return script->error.text;
}

/* The end */

struct ending {
	const struct script_program *program;
	const struct script_summary *summary;
};

static void set_number(lua_State *L, const char *name, uint64_t number)
{
	lua_pushnumber(L, (lua_Number)number);
	lua_setfield(L, -2, name);
}

static int run_done(lua_State *L)
{
	const struct ending *ending = lua_touserdata(L, 1);
	const struct script_summary *summary = ending->summary;

	lua_getglobal(L, "done");
	lua_newtable(L);
	set_number(L, "duration", summary->duration_ns / NS_PER_US);
	set_number(L, "requests", summary->requests);
	set_number(L, "bytes", summary->bytes);
	lua_newtable(L);
	set_number(L, "connect", summary->connect);
	set_number(L, "read", summary->read);
	set_number(L, "write", summary->write);
	set_number(L, "status", summary->status);
	set_number(L, "timeout", summary->timeout);
	lua_setfield(L, -2, "errors");
	script_stats_push(L, ending->program->latency);
	script_stats_push(L, ending->program->rates);
	lua_call(L, 3, 0);
	return 0;
}

static struct script_stats *make_rates(const struct script_summary *summary)
{
	scoped(histogram_cleanup) struct histogram *rates = histogram_new();

	for (uint32_t i = 0; i < summary->rate_count; i++) {
		double rate = summary->rates[i];

		histogram_record(rates, rate > 0.0 ? (uint64_t)(rate + 0.5) : 0);
	}
	return script_stats_new(rates, 1);
}

bool script_program_has_done(const struct script_program *program)
{
	return program->has_done;
}

int script_program_done(struct script_program *program, const struct script_summary *summary,
			struct err *err)
{
	struct ending ending = {program, summary};

	if (!program->has_done)
		return 0;
	script_stats_free(program->latency);
	script_stats_free(program->rates);
	program->latency = script_stats_new(summary->latency, NS_PER_US);
	program->rates = make_rates(summary);
	return script_lua_call(&program->main, run_done, &ending, err);
}
