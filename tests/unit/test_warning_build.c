#include "sample_warning.h"

static void test_debug(void)
{
	sample_start();
	is_silent("debug_build", "debug: no profile");
	sample_profile("server", 0, 0.9);
	is_silent("debug_build", "an optimised one");
	sample_profile("server", MODULE_UNOPTIMIZED | MODULE_WITHOUT_SYMBOLS, 0.5);
	says("debug_build", "server was built without optimisation", "-O0");
	is_near(sample_strength("debug_build"), 0.3, 1e-9, "… strength");
	sample_profile("libold.so", MODULE_UNOPTIMIZED, 0.05);
	fires("debug_build", "a twentieth of the time in it");
	sample_profile("libold.so", MODULE_UNOPTIMIZED, 0.049);
	is_silent("debug_build", "little time in it");
	sample_profile("server", MODULE_SANITIZED, 0.01);
	says("debug_build", "sanitizer", "a sanitizer");
	is_near(sample_strength("debug_build"), 0.008, 1e-9, "… strength");
	sample_profile("server", MODULE_SANITIZED, 0.009);
	is_silent("debug_build", "hardly any");
}

static void test_stops(void)
{
	sample_start();
	sample_profile("server", 0, 0.9);
	sample.side.profile.summary.quality.stop_ns = 500000000;
	is_silent("profiler_stops", "stops: 5 %");
	sample.side.profile.summary.quality.stop_ns = 600000000;
	says("profiler_stops", "the profiler stopped threads of the services for 6.0 %", "6 %");
	sample.machine.lens_count = 1;
	sample.lens = (struct lens){.name = "syscalls", .is_on = true, .stop_ns = 4000000000};
	says("profiler_stops", "by ptrace", "the worse of two");
	sample.lens.is_on = false;
	says("profiler_stops", "the profiler stopped", "a lens that was off");
}

int main(void)
{
	test_debug();
	test_stops();
	return sample_done();
}
