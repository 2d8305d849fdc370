#include "stats/lindley.h"

void lindley_find_responses(const uint64_t *arrival_ns, const uint64_t *service_ns, size_t count,
			    uint64_t *ret_response_ns)
{
	uint64_t free_ns = 0; /* when the server has done all that came so far */

	for (size_t i = 0; i < count; i++) {
		uint64_t begin_ns = free_ns > arrival_ns[i] ? free_ns : arrival_ns[i];

		free_ns = begin_ns + service_ns[i];
		ret_response_ns[i] = free_ns - arrival_ns[i];
	}
}
