#include "load/script_lua.h"

#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "util/fd.h"
#include "util/parse.h"

enum { VALUE_MAX_BYTES = 1 << 28, CONNECT_TIMEOUT_S = 10 };

static const char address_type[] = "wrk.addr";
static const char thread_type[] = "wrk.thread";
static const char wrk_key[] = "sonde.wrk"; /* in the registry */

/*
 * What of wrk's table is easier said in Lua. A script may put functions of its own in their place.
 * init() that calls wrk.init(), as scripts for wrk 3 do, gets the rest of it and is not called
 * again.
 */
static const char prelude[] =
	"local wrk = ...\n"
	"local function call_if_there(entry, argument)\n"
	"	if type(entry) == 'function' then entry(argument) end\n"
	"end\n"
	"function wrk.resolve(host, service)\n"
	"	wrk.addrs = {}\n"
	"	for _, address in ipairs(wrk.lookup(host, service)) do\n"
	"		if wrk.connect(address) then table.insert(wrk.addrs, address) end\n"
	"	end\n"
	"end\n"
	"function wrk.setup(thread)\n"
	"	call_if_there(setup, thread)\n"
	"end\n"
	"local is_in_init = false\n"
	"function wrk.init(args)\n"
	"	if not wrk.headers.Host then\n"
	"		local host = wrk.host\n"
	"		if host:find(':', 1, true) then host = '[' .. host .. ']' end\n"
	"		if wrk.port then host = host .. ':' .. wrk.port end\n"
	"		wrk.headers.Host = host\n"
	"	end\n"
	"	if not is_in_init then\n"
	"		is_in_init = true\n"
	"		call_if_there(init, args)\n"
	"	end\n"
	"	local bytes = wrk.format()\n"
	"	wrk.request = function() return bytes end\n"
	"end\n";

/* Values between states: encoded into C memory by one, made anew from it by the other. */

enum value_tag {
	VALUE_NIL,
	VALUE_FALSE,
	VALUE_TRUE,
	VALUE_NUMBER,
	VALUE_STRING,
	VALUE_TABLE,
	VALUE_END
};

static void encode_value(lua_State *L, int index, struct strbuf *out, int depth);

static void encode_table(lua_State *L, struct strbuf *out, int depth)
{
	if (depth == SCRIPT_LUA_DEPTH_MAX)
		luaL_error(L, "cannot transfer tables nested deeper than %d", SCRIPT_LUA_DEPTH_MAX);
	luaL_checkstack(L, 4, "cannot transfer a table");
	lua_pushnil(L);
	while (lua_next(L, -2) != 0) {
		encode_value(L, -2, out, depth + 1);
		encode_value(L, -1, out, depth + 1);
		lua_pop(L, 1);
	}
	strbuf_add_char(out, VALUE_END);
}

static void encode_value(lua_State *L, int index, struct strbuf *out, int depth)
{
	int type = lua_type(L, index);

	if (type == LUA_TNIL) {
		strbuf_add_char(out, VALUE_NIL);
	} else if (type == LUA_TBOOLEAN) {
		strbuf_add_char(out, lua_toboolean(L, index) ? VALUE_TRUE : VALUE_FALSE);
	} else if (type == LUA_TNUMBER) {
		lua_Number number = lua_tonumber(L, index);

		strbuf_add_char(out, VALUE_NUMBER);
		strbuf_add(out, &number, sizeof(number));
	} else if (type == LUA_TSTRING) {
		size_t length;
		const char *bytes = lua_tolstring(L, index, &length);

		strbuf_add_char(out, VALUE_STRING);
		strbuf_add(out, &length, sizeof(length));
		strbuf_add(out, bytes, length);
	} else if (type == LUA_TTABLE) {
		strbuf_add_char(out, VALUE_TABLE);
		lua_pushvalue(L, index);
		encode_table(L, out, depth);
		lua_pop(L, 1);
	} else {
		luaL_error(L, "cannot transfer '%s' to thread", lua_typename(L, type));
	}
	if (out->is_full)
		luaL_error(L, "cannot transfer more than %d bytes", VALUE_MAX_BYTES);
}

/* Pushes one value; false, and nothing, at the end of a table. */
static bool decode_value(lua_State *L, const char **at)
{
	enum value_tag tag = (enum value_tag) * (*at)++;
	lua_Number number;
	size_t length;

	switch (tag) {
	case VALUE_END:
		return false;
	case VALUE_NIL:
		lua_pushnil(L);
		return true;
	case VALUE_FALSE:
	case VALUE_TRUE:
		lua_pushboolean(L, tag == VALUE_TRUE);
		return true;
	case VALUE_NUMBER:
		memcpy(&number, *at, sizeof(number));
		*at += sizeof(number);
		lua_pushnumber(L, number);
		return true;
	case VALUE_STRING:
		memcpy(&length, *at, sizeof(length));
		*at += sizeof(length);
		lua_pushlstring(L, *at, length);
		*at += length;
		return true;
	case VALUE_TABLE:
		luaL_checkstack(L, 4, "cannot transfer a table");
		lua_newtable(L);
		while (decode_value(L, at)) {
			decode_value(L, at);
			lua_rawset(L, -3);
		}
		return true;
	}
	return false;
}

/* Addresses */

static void push_address(lua_State *L, const struct address *address)
{
	struct address *object = lua_newuserdata(L, sizeof(*object));

	*object = *address;
	luaL_getmetatable(L, address_type);
	lua_setmetatable(L, -2);
}

static int take_address_text(lua_State *L)
{
	lua_pushstring(L, ((const struct address *)luaL_checkudata(L, 1, address_type))->text);
	return 1;
}

/* "8080", "http", "https", or a name of /etc/services. */
static uint16_t check_port(lua_State *L, int index)
{
	const char *service = luaL_optstring(L, index, "0");
	char buffer[1024];
	struct servent entry, *found = NULL;
	uint64_t number;

	if (parse_u64(service, &number) == 0 && number <= UINT16_MAX)
		return (uint16_t)number;
	if (strcmp(service, "http") == 0)
		return 80;
	if (strcmp(service, "https") == 0)
		return 443;
	if (getservbyname_r(service, "tcp", &entry, buffer, sizeof(buffer), &found) != 0 ||
	    found == NULL)
		luaL_error(L, "no port and no service: '%s'", service);
	return ntohs((uint16_t)entry.s_port);
}

/* wrk.lookup(host, service) */
static int take_lookup(lua_State *L)
{
	struct url url = {.port = check_port(L, 2)};
	size_t length;
	const char *host = luaL_checklstring(L, 1, &length);
	struct address_list list;
	struct err err;

	if (length >= sizeof(url.host))
		return luaL_error(L, "a host name longer than %d bytes", (int)sizeof(url.host) - 1);
	memcpy(url.host, host, length + 1);
	if (address_resolve(&list, &url, NULL, &err) < 0)
		return luaL_error(L, "%s", err_text(&err));
	lua_createtable(L, (int)list.count, 0);
	for (uint32_t i = 0; i < list.count; i++) {
		push_address(L, &list.items[i]);
		lua_rawseti(L, -2, (int)i + 1);
	}
	return 1;
}

/* wrk.connect(address): whether somebody listens there. */
static int take_connect(lua_State *L)
{
	const struct address *address = luaL_checkudata(L, 1, address_type);
	const struct sockaddr *sockaddr = (const struct sockaddr *)&address->storage;
	const struct timeval timeout = {.tv_sec = CONNECT_TIMEOUT_S};
	bool is_connected = false;
	int fd = -1;

	if (address->length > 0)
		fd = socket(sockaddr->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		/* of connect(), too: socket(7) */
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
		is_connected = connect(fd, sockaddr, address->length) == 0;
		fd_close(fd);
	}
	lua_pushboolean(L, is_connected);
	return 1;
}

/* Threads. Upvalue 1 of their functions: whose state this is. */

void script_lua_push_thread(lua_State *L, struct script_lua *thread)
{
	struct script_lua **object = lua_newuserdata(L, sizeof(*object));

	*object = thread;
	luaL_getmetatable(L, thread_type);
	lua_setmetatable(L, -2);
}

static struct script_lua *check_thread(lua_State *L)
{
	return *(struct script_lua **)luaL_checkudata(L, 1, thread_type);
}

/*
 * A thread reaching into its own state goes on in the coroutine it is in; from another one, the
 * state is idle.
 */
static bool is_own(lua_State *L, const struct script_lua *thread)
{
	return lua_touserdata(L, lua_upvalueindex(1)) == thread;
}

struct transfer {
	struct script_lua *thread;
	const char *name;
};

static int read_global(lua_State *L)
{
	struct transfer *transfer = lua_touserdata(L, 1);

	lua_getglobal(L, transfer->name);
	strbuf_clear(&transfer->thread->value);
	encode_value(L, -1, &transfer->thread->value, 0);
	return 0;
}

static int write_global(lua_State *L)
{
	struct transfer *transfer = lua_touserdata(L, 1);
	const char *at = strbuf_text(&transfer->thread->value);

	decode_value(L, &at);
	lua_setglobal(L, transfer->name);
	return 0;
}

static void transfer_value(lua_State *L, script_lua_fn function, struct transfer *transfer)
{
	struct err err;

	if (is_own(L, transfer->thread)) {
		lua_pushcfunction(L, function);
		lua_pushlightuserdata(L, transfer);
		lua_call(L, 1, 0);
	} else if (script_lua_call(transfer->thread, function, transfer, &err) < 0) {
		luaL_error(L, "%s", err_text(&err));
	}
}

/* thread:get(name) */
static int take_get(lua_State *L)
{
	struct transfer transfer = {check_thread(L), luaL_checkstring(L, 2)};
	const char *at;

	transfer_value(L, read_global, &transfer);
	at = strbuf_text(&transfer.thread->value);
	decode_value(L, &at);
	return 1;
}

/* thread:set(name, value) */
static int take_set(lua_State *L)
{
	struct transfer transfer = {check_thread(L), luaL_checkstring(L, 2)};

	lua_settop(L, 3);
	strbuf_clear(&transfer.thread->value);
	encode_value(L, 3, &transfer.thread->value, 0);
	transfer_value(L, write_global, &transfer);
	return 0;
}

/* thread:stop() */
static int take_stop(lua_State *L)
{
	struct script_lua *thread = check_thread(L);

	if (thread->is_running)
		thread->is_stopped = true;
	return 0;
}

/* Upvalue 2: get, set and stop. */
static int take_thread_index(lua_State *L)
{
	const struct script_lua *thread = check_thread(L);

	if (strcmp(luaL_checkstring(L, 2), "addr") == 0) {
		push_address(L, &thread->address);
	} else {
		lua_settop(L, 2);
		lua_rawget(L, lua_upvalueindex(2));
	}
	return 1;
}

static int take_thread_newindex(lua_State *L)
{
	struct script_lua *thread = check_thread(L);
	const char *key = luaL_checkstring(L, 2);
	const struct address *address;

	if (strcmp(key, "addr") != 0)
		return luaL_error(L, "cannot set '%s' on thread", key);
	address = luaL_checkudata(L, 3, address_type);
	if (strcmp(address->text, thread->address.text) != 0)
		thread->has_own_address = true;
	thread->address = *address;
	return 0;
}

/* wrk.format */

/* Pushes the argument, or wrk's own (upvalue 1) in its place. */
static void push_argument(lua_State *L, int index, const char *name)
{
	if (lua_toboolean(L, index))
		lua_pushvalue(L, index);
	else
		lua_getfield(L, lua_upvalueindex(1), name);
}

/*
 * Replaces the value on top by what tostring() (upvalue 2) makes of it, unless it is text as it is.
 */
static void make_text(lua_State *L)
{
	if (lua_type(L, -1) == LUA_TSTRING || lua_type(L, -1) == LUA_TNUMBER)
		return;
	lua_pushvalue(L, lua_upvalueindex(2));
	lua_insert(L, -2);
	lua_call(L, 1, 1);
}

/* Pushes ": ", value and end of a header whose name was pushed before the value. Four in all. */
static void end_header(lua_State *L)
{
	make_text(L);
	lua_pushliteral(L, ": ");
	lua_insert(L, -2);
	lua_pushliteral(L, "\r\n");
}

static bool is_key(lua_State *L, int index, const char *key)
{
	return lua_type(L, index) == LUA_TSTRING && strcmp(lua_tostring(L, index), key) == 0;
}

/*
 * Host comes first, from wrk.headers when it is not among those given; Content-Length is the body's
 * own, and is there when a body is. The tables stay as they are.
 */
static void push_headers(lua_State *L, int headers, int cursor)
{
	lua_pushliteral(L, "Host");
	lua_getfield(L, headers, "Host");
	if (!lua_toboolean(L, -1)) {
		lua_pop(L, 1);
		lua_getfield(L, lua_upvalueindex(1), "headers");
		lua_getfield(L, -1, "Host");
		lua_remove(L, -2);
	}
	if (lua_toboolean(L, -1))
		end_header(L);
	else
		lua_pop(L, 2);
	lua_pushnil(L);
	lua_replace(L, cursor);
	for (;;) {
		luaL_checkstack(L, 10, "too many headers");
		lua_pushvalue(L, cursor);
		if (lua_next(L, headers) == 0)
			return;
		lua_pushvalue(L, -2);
		lua_replace(L, cursor);
		if (is_key(L, -2, "Host") || is_key(L, -2, "Content-Length"))
			lua_pop(L, 2);
		else
			end_header(L);
	}
}

/* wrk.format(method, path, headers, body): any of them may be nil. */
static int take_format(lua_State *L)
{
	enum { HEADERS = 5, BODY, CURSOR, FIRST_PIECE };
	size_t length;

	lua_settop(L, 4);
	push_argument(L, 3, "headers");
	if (!lua_istable(L, HEADERS))
		return luaL_error(L, "wrk.format: headers is a %s, and has to be a table",
				  luaL_typename(L, HEADERS));
	push_argument(L, 4, "body");
	if (lua_toboolean(L, BODY))
		make_text(L);
	lua_pushnil(L);
	push_argument(L, 1, "method");
	make_text(L);
	lua_pushliteral(L, " ");
	push_argument(L, 2, "path");
	make_text(L);
	lua_pushliteral(L, " HTTP/1.1\r\n");
	push_headers(L, HEADERS, CURSOR);
	if (lua_toboolean(L, BODY)) {
		lua_pushvalue(L, BODY);
		lua_tolstring(L, -1, &length);
		lua_pushliteral(L, "Content-Length: ");
		lua_insert(L, -2);
		lua_pushnumber(L, (lua_Number)length);
		lua_insert(L, -2);
		lua_pushliteral(L, "\r\n\r\n");
		lua_insert(L, -2);
	} else {
		lua_pushliteral(L, "\r\n");
	}
	lua_concat(L, lua_gettop(L) - FIRST_PIECE + 1);
	return 1;
}

/* The state */

static void set_text(lua_State *L, const char *name, const char *value)
{
	lua_pushstring(L, value);
	lua_setfield(L, -2, name);
}

/* Into the table on top. */
static void set_headers(lua_State *L, const struct script_config *config)
{
	lua_newtable(L);
	for (uint32_t i = 0; i < config->header_count; i++) {
		const char *header = config->headers[i], *colon = strchr(header, ':'), *value;

		if (colon == NULL)
			continue;
		if (colon - header == 4 && strncasecmp(header, "Host", 4) == 0)
			lua_pushliteral(L, "Host"); /* wrk.format() looks for this one */
		else
			lua_pushlstring(L, header, (size_t)(colon - header));
		value = colon + 1;
		lua_pushstring(L, value + strspn(value, " \t"));
		lua_rawset(L, -3);
	}
	lua_setfield(L, -2, "headers");
}

static void set_functions(lua_State *L)
{
	lua_pushcfunction(L, take_lookup);
	lua_setfield(L, -2, "lookup");
	lua_pushcfunction(L, take_connect);
	lua_setfield(L, -2, "connect");
	lua_pushvalue(L, -1);
	lua_getglobal(L, "tostring");
	lua_pushcclosure(L, take_format, 2);
	lua_setfield(L, -2, "format");
}

/* Pushes wrk's table, without what the prelude adds. */
static void push_new_wrk(lua_State *L, const struct script_lua *lua,
			 const struct script_config *config)
{
	/* the port when it was stated: the authority leaves out the scheme's own */
	const char *port = strrchr(config->url->authority, ':');

	lua_newtable(L);
	set_text(L, "scheme", config->url->is_tls ? "https" : "http");
	set_text(L, "host", config->url->host);
	if (port != NULL && strchr(port, ']') == NULL)
		set_text(L, "port", port + 1);
	set_text(L, "path", config->url->path);
	set_text(L, "method", config->method != NULL ? config->method : "GET");
	if (config->body != NULL)
		set_text(L, "body", config->body);
	set_headers(L, config);
	set_functions(L);
	lua_newtable(L);
	push_address(L, &lua->address);
	lua_rawseti(L, -2, 1);
	lua_setfield(L, -2, "addrs");
}

static void add_types(lua_State *L, struct script_lua *lua)
{
	static const luaL_Reg methods[] = {
		{"get", take_get}, {"set", take_set}, {"stop", take_stop}, {NULL, NULL}};

	luaL_newmetatable(L, address_type);
	lua_pushcfunction(L, take_address_text);
	lua_setfield(L, -2, "__tostring");

	luaL_newmetatable(L, thread_type);
	lua_pushlightuserdata(L, lua);
	lua_newtable(L);
	for (const luaL_Reg *method = methods; method->name != NULL; method++) {
		lua_pushlightuserdata(L, lua);
		lua_pushcclosure(L, method->func, 1);
		lua_setfield(L, -2, method->name);
	}
	lua_pushcclosure(L, take_thread_index, 2);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, take_thread_newindex);
	lua_setfield(L, -2, "__newindex");
	lua_pop(L, 2);
}

struct opening {
	struct script_lua *lua;
	const struct script_config *config;
	const char *text;
	size_t length;
};

static int open_state(lua_State *L)
{
	const struct opening *opening = lua_touserdata(L, 1);

	luaL_openlibs(L);
	add_types(L, opening->lua);
	push_new_wrk(L, opening->lua, opening->config);
	lua_pushvalue(L, -1);
	lua_setfield(L, LUA_REGISTRYINDEX, wrk_key);
	lua_pushvalue(L, -1);
	lua_setglobal(L, "wrk");
	lua_getglobal(L, "package");
	lua_getfield(L, -1, "loaded");
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "wrk"); /* require "wrk" */
	lua_pop(L, 2);
	if (luaL_loadbuffer(L, prelude, strlen(prelude), "=wrk") != 0)
		return lua_error(L);
	lua_pushvalue(L, -2);
	lua_call(L, 1, 0);

	lua_pushfstring(L, "@%s", opening->config->path);
	if (luaL_loadbuffer(L, opening->text, opening->length, lua_tostring(L, -1)) != 0)
		return lua_error(L);
	lua_call(L, 0, 0);
	return 0;
}

/* The address is a number or a socket's path: nobody is asked for a name. */
static void set_default_address(struct address *ret_address, const struct script_config *config)
{
	struct address_list list;

	*ret_address = (struct address){0};
	if (address_resolve(&list, config->url, config->address, NULL) == 0)
		*ret_address = list.items[0];
	else
		snprintf(ret_address->text, sizeof(ret_address->text), "%s", config->address);
}

int script_lua_open(struct script_lua *lua, const struct script_config *config, const char *text,
		    size_t length, struct err *err)
{
	struct opening opening = {lua, config, text, length};

	*lua = (struct script_lua){.path = config->path, .L = luaL_newstate()};
	strbuf_init(&lua->value, VALUE_MAX_BYTES);
	set_default_address(&lua->address, config);
	if (lua->L == NULL)
		return err_set(err, -ENOMEM, "%s: no memory for a Lua state", config->path);
	return script_lua_call(lua, open_state, &opening, err);
}

void script_lua_close(struct script_lua *lua)
{
	if (lua->L != NULL)
		lua_close(lua->L);
	lua->L = NULL;
	strbuf_release(&lua->value);
}

int script_lua_call(struct script_lua *lua, script_lua_fn function, void *context, struct err *err)
{
	return lua_cpcall(lua->L, function, context) == 0 ? 0 : script_lua_take_error(lua, err);
}

int script_lua_take_error(struct script_lua *lua, struct err *err)
{
	/* lua_tostring() of a string makes nothing new and so cannot raise. */
	const char *text = lua_type(lua->L, -1) == LUA_TSTRING ? lua_tostring(lua->L, -1) : NULL;
	const char *slash = strrchr(lua->path, '/');
	const char *name = slash != NULL ? slash + 1 : lua->path;

	if (text == NULL)
		err_set(err, -EINVAL, "%s: an error that is a %s and no sentence", lua->path,
			luaL_typename(lua->L, -1));
	else if (strstr(text, name) != NULL) /* Lua has said where, unless it was not in Lua */
		err_set(err, -EINVAL, "%s", text);
	else
		err_set(err, -EINVAL, "%s: %s", lua->path, text);
	lua_pop(lua->L, 1);
	return -EINVAL;
}

void script_lua_push_wrk(lua_State *L)
{
	lua_getfield(L, LUA_REGISTRYINDEX, wrk_key);
}
