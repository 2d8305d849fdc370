/* Accepts ten connections a second, and no more than two may wait for it. */
#include "serve.h"

static int answer(void)
{
	serve_work(50);
	return 200;
}

int main(int argc, char **argv)
{
	return serve_main(&(struct serve){.answer = answer, .backlog = 1, .accept_pause_ms = 100},
			  argc, argv);
}
