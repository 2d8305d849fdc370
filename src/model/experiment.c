#include "model/experiment.h"

#include <string.h>
#include <sys/random.h>

#include "util/clock.h"

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford: no i, l, o, u */

const char *run_state_name(enum run_state state)
{
	static const char *const names[] = {"running", "done", "interrupted", "failed"};

	return (unsigned)state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

const char *phase_name(enum phase phase)
{
	static const char *const names[PHASE_COUNT] = {"start", "warm-up", "measure", "drain",
						       "stop"};

	return (unsigned)phase < PHASE_COUNT ? names[phase] : "unknown";
}

void experiment_id_make(char id[static EXPERIMENT_ID_BYTES])
{
	uint64_t bits = 0;

	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != (ssize_t)sizeof(bits))
		/* too early after boot */
		bits = clock_now_ns() * 0x9e3779b97f4a7c15u ^ clock_wall_ns();
	for (int i = 0; i < EXPERIMENT_ID_CHARS; i++, bits >>= 5)
		id[i] = alphabet[bits & 31];
	id[EXPERIMENT_ID_CHARS] = '\0';
}

bool experiment_id_is_prefix(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length <= EXPERIMENT_ID_CHARS && strspn(text, alphabet) == length;
}
