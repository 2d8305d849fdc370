#include "lab/live.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "lab/interrupt.h"
#include "util/alloc.h"
#include "util/clock.h"

enum { DRAIN_MS = 100, GRACE_S = 2 };

struct live {
	struct keeper *keeper;
	struct profile *profile;
	pid_t pid;
	bool is_command; /* ours to stop */
	bool has_ended;
	int status;
};

static int spawn(struct live *live, const struct live_config *config, struct err *err)
{
	struct keeper_command command = {.argv = config->command,
					 .output_path = config->output_path,
					 .is_stdin_kept = config->is_stdin_kept};
	int r = keeper_spawn(live->keeper, &command, &live->pid, err);

	live->is_command = r == 0;
	return r;
}

int live_open(struct live **ret_live, const struct live_config *config, struct err *err)
{
	scoped(live_cleanup) struct live *live = alloc_new(struct live);
	struct profile_config profile = config->profile;
	struct profile_target target = {.is_suspended = config->command != NULL};
	int r = 0;

	live->keeper = config->keeper;
	live->pid = config->pid;
	live->status = -1;
	if (config->command != NULL)
		r = spawn(live, config, err);
	target.pid = live->pid;
	profile.targets = &target;
	profile.target_count = 1;
	if (r == 0)
		r = profile_open(&live->profile, &profile, err);
	if (r < 0)
		return r;
	profile_enable(live->profile); /* before the exec: its first instruction counts */
	if (live->is_command)
		r = keeper_release(live->keeper, live->pid, err);
	if (r < 0)
		return r;
	*ret_live = live;
	live = NULL;
	return 0;
}

void live_close(struct live *live)
{
	if (live == NULL)
		return;
	profile_close(live->profile);
	if (live->is_command && !live->has_ended)
		keeper_stop(live->keeper, live->pid, SIGTERM, GRACE_S * (uint64_t)NS_PER_S, NULL);
	free(live);
}

static bool has_ended(struct live *live)
{
	if (!live->has_ended && live->is_command)
		live->has_ended = keeper_wait(live->keeper, live->pid, 0, &live->status) != 0;
	else if (!live->has_ended)
		live->has_ended = kill(live->pid, 0) < 0 && errno == ESRCH;
	return live->has_ended;
}

static int get_timeout_ms(uint64_t until_ns)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t left_ms = until_ns > now_ns ? (until_ns - now_ns) / NS_PER_MS + 1 : 0;

	return left_ms < DRAIN_MS ? (int)left_ms : DRAIN_MS;
}

uint32_t live_wait(struct live *live, uint64_t until_ns, int input_fd)
{
	uint32_t events = 0;

	do {
		struct pollfd fds[] = {
			{.fd = input_fd, .events = POLLIN},
			{.fd = profile_get_poll_fd(live->profile), .events = POLLIN},
		};

		poll(fds, 2, get_timeout_ms(until_ns)); /* a signal ends it early */
		profile_drain(live->profile);
		if (fds[0].revents != 0)
			events |= LIVE_INPUT;
		if (has_ended(live))
			events |= LIVE_ENDED;
		if (interrupt_get_count() > 0)
			events |= LIVE_INTERRUPTED;
	} while (events == 0 && clock_now_ns() < until_ns);
	return events;
}

void live_take(struct live *live, struct profile_data *ret_window)
{
	profile_take_window(live->profile, ret_window);
}

pid_t live_get_pid(const struct live *live)
{
	return live->pid;
}

int live_get_status(const struct live *live)
{
	return live->status;
}
