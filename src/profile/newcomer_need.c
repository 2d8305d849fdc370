#include "profile/newcomer_need.h"

#include "profile/stack_join.h"

enum {
	GROW_LEAST = 12,   /* samples before copies count as too short */
	SHORT_MOST = 50,   /* one in so many may be */
	SHRINK_LEAST = 200 /* whole ones in a row before less is copied */
};

void newcomer_need_begin(struct newcomer_need *need, uint32_t bytes)
{
	if (need->bytes == 0)
		need->bytes = bytes;
}

void newcomer_need_add(struct newcomer_need *need, uint32_t bytes, uint64_t deep_bytes)
{
	if (bytes < need->bytes)
		return;
	need->count++;
	need->short_count += deep_bytes == 0;
	if (deep_bytes > need->deepest_bytes)
		need->deepest_bytes = deep_bytes;
}

bool newcomer_need_advise(struct newcomer_need *need)
{
	uint32_t bytes = need->bytes;

	if (need->count >= GROW_LEAST && need->short_count * SHORT_MOST > need->count)
		bytes = stack_join_round_size((uint64_t)bytes * 2);
	else if (need->count >= SHRINK_LEAST && need->short_count == 0)
		bytes = stack_join_round_size(need->deepest_bytes + need->deepest_bytes / 4 + 512);
	/* a tenth less is not worth opening events for */
	if (bytes == need->bytes || (bytes < need->bytes && need->bytes - bytes < need->bytes / 10))
		return false;
	need->bytes = bytes;
	need->count = need->short_count = 0;
	return true;
}
