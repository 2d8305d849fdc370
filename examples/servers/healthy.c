/* A server without a flaw: 50 µs of work a request, two workers, memory that stays as it is. */
#include "serve.h"

static int answer(void)
{
	serve_work(50);
	return 200;
}

int main(int argc, char **argv)
{
	return serve_main(&(struct serve){.answer = answer}, argc, argv);
}
