/* Every 50th answer is a 503. */
#include <stdatomic.h>

#include "serve.h"

static int answer(void)
{
	static atomic_uint count;

	serve_work(50);
	return atomic_fetch_add(&count, 1) % 50 == 49 ? 503 : 200;
}

int main(int argc, char **argv)
{
	return serve_main(&(struct serve){.answer = answer}, argc, argv);
}
