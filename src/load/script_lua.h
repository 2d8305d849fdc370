/*
 * One Lua state of a script: wrk's table in it, the objects for addresses and threads, and values
 * on their way from one state to another. What calls into it is script.c.
 *
 * Whatever can raise a Lua error runs below script_lua_call() or lua_pcall(); functions that Lua
 * calls own nothing while they do what can raise, because an error unwinds them.
 */
#ifndef LOAD_SCRIPT_LUA_H
#define LOAD_SCRIPT_LUA_H

#include <stdbool.h>
#include <stddef.h>

#include "load/address.h"
#include "load/script.h"
#include "util/err.h"
#include "util/strbuf.h"

struct lua_State;

/* What Lua calls: a lua_CFunction. */
typedef int (*script_lua_fn)(struct lua_State *L);

/* Tables in tables that thread:get and :set carry; deeper ones may be circles. */
enum { SCRIPT_LUA_DEPTH_MAX = 64 };

/* What a `thread` in a script stands for; and for the main state, which is nobody's `thread`. */
struct script_lua {
	struct lua_State *L;
	const char *path;	/* of the script, for sentences; borrowed */
	struct strbuf value;	/* on its way through thread:get or :set */
	struct address address; /* length 0: a text only */
	bool has_own_address;	/* the script has set another one */
	bool is_running;	/* else thread:stop() does nothing, as in wrk */
	bool is_stopped;
};

/*
 * Makes the state with its `wrk` and runs the script's text in it. `lua` stays where it is until
 * script_lua_close(). -EINVAL with Lua's sentence.
 */
int script_lua_open(struct script_lua *lua, const struct script_config *config, const char *text,
		    size_t length, struct err *err);
void script_lua_close(struct script_lua *lua);

/* Calls `function` with `context` as its only argument, a light userdata. -EINVAL: Lua's error. */
int script_lua_call(struct script_lua *lua, script_lua_fn function, void *context, struct err *err);

/* Takes the error object from the stack into `err`. Returns -EINVAL. Raises nothing. */
int script_lua_take_error(struct script_lua *lua, struct err *err);

/* These push one value, and raise. */
void script_lua_push_wrk(struct lua_State *L);
void script_lua_push_thread(struct lua_State *L, struct script_lua *thread);

#endif
