/*
 * loader SECONDS ONE.so TWO.so: loads one plugin, works in it, unloads it, loads the other one,
 * which the kernel is free to put at the same addresses; many times.
 */
#include <dlfcn.h>

#include "truth.h"

static volatile uint64_t sink;

NOINLINE void called_back(uint64_t rounds)
{
	sink = truth_burn(rounds);
}

NOINLINE void use_plugin(struct truth *truth, const char *path, const char *name)
{
	void *library = dlopen(path, RTLD_NOW);
	void (*work)(uint64_t);
	void (*call_back)(void (*)(uint64_t), uint64_t);
	uint64_t rounds = truth_rounds(truth) * 4;

	if (library == NULL)
		abort();
	*(void **)&work = dlsym(library, name);
	*(void **)&call_back = dlsym(library, "plugin_calls_back");
	TRUTH(truth, name, work(rounds));
	TRUTH(truth, "plugin_calls_back", call_back(called_back, rounds));
	dlclose(library);
}

int main(int argc, char **argv)
{
	struct truth truth = {.random = 20261121};
	uint64_t end_ns = truth_end_ns(argc, argv, 1);

	if (argc < 4)
		return 1;
	while (truth_now_ns() < end_ns) {
		use_plugin(&truth, argv[2], "plugin_one");
		use_plugin(&truth, argv[3], "plugin_two");
	}
	truth_print(&truth);
	return 0;
}
