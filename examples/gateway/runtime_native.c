#include "runtime.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

int runtime_native_load(struct function *function, struct trouble *why)
{
	void *module = dlopen(function->path, RTLD_NOW | RTLD_LOCAL);
	void *symbol;

	if (module == NULL)
		return trouble_set(why, -ENOENT, "cannot load %s", dlerror());
	symbol = dlsym(module, function->handler);
	if (symbol == NULL) {
		(void)dlclose(module);
		return trouble_set(why, -ENOENT, "%s has no function '%s'", function->path,
				   function->handler);
	}
	/* The module stays loaded: its handler is called until the process ends. */
	memcpy(&function->call, &symbol, sizeof(symbol));
	return 0;
}

void runtime_native_call(const struct runtime_call *call, char room[FUNCTION_OUTPUT_MAX_BYTES])
{
	struct function_output output = {
		.data = room, .capacity = FUNCTION_OUTPUT_MAX_BYTES, .type = ANSWER_TEXT};
	struct answer answer = answer_status(500);

	if (call->function->call(call->body, call->size, &output) == 0 &&
	    output.size <= output.capacity && strlen(output.type) < ANSWER_TYPE_MAX_BYTES)
		answer = (struct answer){
			.status = 200, .type = output.type, .body = room, .size = output.size};
	call->done(call->owner, call->id, &answer);
}
