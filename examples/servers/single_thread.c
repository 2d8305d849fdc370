/* One thread does all the work, 1 ms a request: more cores do not help. */
#include "serve.h"

static int answer(void)
{
	serve_work(1000);
	return 200;
}

int main(int argc, char **argv)
{
	return serve_main(&(struct serve){.answer = answer, .thread_count = 1}, argc, argv);
}
