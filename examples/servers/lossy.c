/*
 * One in 20 of the segments that it gets is lost, so that the other side sends it again: a filter
 * on its sockets drops them, which disturbs nobody else and most kernels allow to everybody.
 */
#include <linux/filter.h>
#include <stdint.h>
#include <sys/socket.h>

#include "serve.h"

static int answer(void)
{
	serve_work(50);
	return 200;
}

/* Accepted sockets have their listener's filter. */
static int lose_segments(int listener)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, UINT32_MAX / 20, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX), /* all of it */
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

int main(int argc, char **argv)
{
	return serve_main(&(struct serve){.answer = answer, .prepare = lose_segments}, argc, argv);
}
