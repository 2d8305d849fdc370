/* Four workers for each CPU that never wait: they ask for work again and again. */
#include <unistd.h>

#include "serve.h"

static int answer(void)
{
	serve_work(50);
	return 200;
}

int main(int argc, char **argv)
{
	int threads = (int)sysconf(_SC_NPROCESSORS_ONLN) * 4;

	return serve_main(
		&(struct serve){.answer = answer, .thread_count = threads, .is_spinning = true},
		argc, argv);
}
