/*
 * Readiness: each kind of check against something that answers, refuses or is silent. A listener of
 * this process on the loopback stands for the service: the kernel completes connections to it, and
 * what it answers is written before the check looks, so that nothing waits for another process.
 * Clocks only bound how long a failure takes.
 */
#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab/readiness.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"

static uint64_t soon(void)
{
	return clock_now_ns() + 5 * (uint64_t)NS_PER_S;
}

/* A socket on a free port of the loopback; listening or only bound (then it refuses). */
static int make_socket(bool is_listening, uint16_t *ret_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0 ||
	    (is_listening && listen(fd, 16) < 0)) {
		fd_close(fd);
		return -1;
	}
	*ret_port = ntohs(address.sin_port);
	return fd;
}

struct server {
	int fd;
	const char *answer; /* "" = the connection closes without one */
	char request[1024]; /* of the last connection */
};

/* Answers one connection. */
static void *serve(void *context)
{
	struct server *server = context;
	int fd = accept(server->fd, NULL, NULL);
	ssize_t got = recv(fd, server->request, sizeof(server->request) - 1, 0);

	server->request[got > 0 ? got : 0] = '\0';
	(void)!write(fd, server->answer, strlen(server->answer));
	close(fd);
	return NULL;
}

static void test_tcp(void)
{
	struct plan_ready ready = {.kind = PLAN_READY_TCP};
	struct readiness_check check = {.ready = &ready};
	struct err why = {0};
	uint16_t port = 0;
	int fd = make_socket(true, &port);
	scoped_free char *address = alloc_printf(":%u", (unsigned)port);

	ready.what = address;
	is_int(readiness_poll_once(&check, soon(), &why), 1, "a listening port is ready");
	close(fd);
	is_int(readiness_poll_once(&check, soon(), &why), 0, "a closed one is not");
	is_str(err_text(&why), "connection refused", "… because");
	ready.what = "::";
	is_int(readiness_poll_once(&check, soon(), &why), -EINVAL, "no address is hopeless");
}

static void is_answered(const char *what, const char *answer, int result, const char *reason)
{
	struct plan_ready ready = {.kind = PLAN_READY_HTTP, .status = 200};
	struct readiness_check check = {.ready = &ready};
	struct server server = {.answer = answer};
	struct err why = {0};
	pthread_t thread;
	uint16_t port = 0;

	server.fd = make_socket(true, &port);
	scoped_free char *url = alloc_printf("http://127.0.0.1:%u/health?x=1", (unsigned)port);
	scoped_free char *request = alloc_printf(
		"GET /health?x=1 HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n\r\n",
		(unsigned)port);
	ready.what = url;
	if (!ok(pthread_create(&thread, NULL, serve, &server) == 0, "a server"))
		return;
	is_int(readiness_poll_once(&check, soon(), &why), result, what);
	if (result == 0)
		is_str(err_text(&why), reason, "… because");
	pthread_join(thread, NULL);
	is_str(server.request, request, "what it was asked");
	close(server.fd);
}

static void test_http(void)
{
	struct plan_ready ready = {.kind = PLAN_READY_HTTP, .what = "https://a", .status = 200};
	struct readiness_check check = {.ready = &ready};
	struct err why = {0};

	is_answered("200", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1, NULL);
	is_answered("200 after 100", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 1,
		    NULL);
	is_answered("503", "HTTP/1.1 503 Busy\r\n\r\n", 0, "status 503 instead of 200");
	is_answered("another protocol", "SSH-2.0-x\r\n", 0, "no HTTP answer: bad status line");
	is_answered("nothing at all", "", 0,
		    "no HTTP answer: the server closed the connection before the answer");
	is_int(readiness_poll_once(&check, soon(), &why), -EOPNOTSUPP, "https is hopeless");
}

/* A service that accepts and says nothing. */
static void test_deadline(void)
{
	struct plan_ready ready = {.kind = PLAN_READY_HTTP, .status = 200};
	struct readiness_check check = {.ready = &ready};
	struct err why = {0};
	uint16_t port = 0;
	int fd = make_socket(true, &port);
	scoped_free char *url = alloc_printf(":%u/", (unsigned)port);

	ready.what = url;
	is_int(readiness_poll_once(&check, clock_now_ns(), &why), 0, "silence is not ready");
	is_str(err_text(&why), "no answer in time", "… because");
	close(fd);
}

static void append(const char *path, const char *text, size_t length)
{
	FILE *file = fopen(path, "a");

	if (file != NULL) {
		fwrite(text, 1, length, file);
		fclose(file);
	}
}

static void test_log(void)
{
	char path[] = "/tmp/sonde-readiness-XXXXXX";
	int fd = mkstemp(path);
	struct plan_ready ready = {.kind = PLAN_READY_LOG, .what = "now listening"};
	struct readiness_check check = {.ready = &ready, .output_path = path};
	struct err why = {0};
	enum { FILLER = 200000 };
	scoped_free char *filler = alloc_array(FILLER, 1);

	if (!ok(fd >= 0, "a file"))
		return;
	close(fd);
	append(path, "now listening (an earlier start)\n", 33);
	check.output_offset = 33;
	is_int(readiness_poll_once(&check, soon(), &why), 0,
	       "what was there before does not count");
	is_str(err_text(&why), "no 'now listening' in its output", "… because");
	append(path, "12:00 now list", 14);
	is_int(readiness_poll_once(&check, soon(), &why), 0, "half a line");
	append(path, "ening on :80", 12);
	is_int(readiness_poll_once(&check, soon(), &why), 1, "the other half");

	/* at every place relative to the blocks that it is read in */
	for (size_t shift = 0, failures = 0; shift < 40; shift++) {
		size_t before = 65536 - 20 + shift;

		if (truncate(path, 0) < 0)
			failures++;
		check.output_offset = 0;
		memset(filler, '.', FILLER);
		memcpy(filler + before, "now listening", 13);
		append(path, filler, FILLER);
		failures += readiness_poll_once(&check, soon(), &why) != 1 ? 1 : 0;
		if (shift == 39)
			is_int(failures, 0, "a text across the border of two blocks");
	}
	unlink(path);
	is_int(readiness_poll_once(&check, soon(), &why), 0, "no file yet");
	is_str(err_text(&why), "no such file or directory", "… because");
	check.output_path = NULL;
	is_int(readiness_poll_once(&check, soon(), &why), -EINVAL, "no output kept is hopeless");
}

/* What a service does over time: the n-th look or command makes the difference. */
struct script {
	int commands, looks;
	int ready_at;  /* the command that succeeds; 0 = none */
	int failed_at; /* the command that cannot be run; 0 = none */
	int ends_at;   /* the look that finds the service ended; 0 = none */
};

static int run_command(void *context, const char *command, uint64_t deadline_ns,
		       struct err *why_not)
{
	struct script *script = context;

	(void)deadline_ns;
	script->commands++;
	if (script->commands == script->ready_at)
		return 1;
	if (script->commands == script->failed_at)
		return err_set(why_not, -ENOENT, "no command '%s'", command);
	err_set(why_not, -EAGAIN, "'%s' exited with status %d", command, script->commands);
	return 0;
}

static int look(void *context, struct err *err)
{
	struct script *script = context;

	script->looks++;
	return script->looks == script->ends_at ? err_set(err, -ESRCH, "the service has ended") : 0;
}

static int wait_for_script(struct script *script, uint64_t every_ns, struct err *err)
{
	struct plan_ready ready = {
		.kind = PLAN_READY_EXEC, .what = "ping", .attempts = 3, .every_ns = every_ns};
	struct readiness_check check = {
		.ready = &ready, .exec = run_command, .look = look, .context = script};

	return readiness_wait(&check, err);
}

static void test_wait(void)
{
	struct plan_ready none = {.kind = PLAN_READY_NONE, .attempts = 1, .every_ns = 1};
	struct readiness_check check = {.ready = &none};
	struct script script = {.ready_at = 3};
	struct err err = {0};

	is_int(readiness_wait(&check, &err), 0, "nothing to ask");
	is_int(wait_for_script(&script, NS_PER_MS, &err), 0, "ready at the last attempt");
	is_int(script.commands, 3, "… after three");
	script = (struct script){0};
	is_int(wait_for_script(&script, NS_PER_MS, &err), -ETIMEDOUT, "never ready");
	ok(script.commands >= 1 && script.commands <= 3, "… at most three attempts");
	ok(strncmp(err_text(&err), "'ping' exited with status ", 26) == 0 &&
		   strstr(err_text(&err), " (tried for ") != NULL,
	   "… with the last reason");
	script = (struct script){.failed_at = 1};
	is_int(wait_for_script(&script, 3600 * (uint64_t)NS_PER_S, &err), -ENOENT,
	       "hopeless ends it");
	is_str(err_text(&err), "no command 'ping'", "… with the reason");
	script = (struct script){.ends_at = 1};
	is_int(wait_for_script(&script, NS_PER_MS, &err), -ESRCH, "ended before the first attempt");
	is_int(script.commands, 0, "… which is not made");
	script = (struct script){.ends_at = 3};
	is_int(wait_for_script(&script, 3600 * (uint64_t)NS_PER_S, &err), -ESRCH,
	       "ended in the pause of an hour");
	is_str(err_text(&err), "the service has ended", "… in the caller's words");
	is_int(script.commands, 1, "… after one attempt");
}

/* The pause inside of an attempt is watched, too. */
static void test_look_inside(void)
{
	struct plan_ready ready = {.kind = PLAN_READY_HTTP, .status = 200, .attempts = 1};
	struct script script = {.ends_at = 4};
	struct readiness_check check = {.ready = &ready, .look = look, .context = &script};
	struct err err = {0};
	uint16_t port = 0;
	int fd = make_socket(true, &port);
	scoped_free char *url = alloc_printf(":%u/", (unsigned)port);

	ready.what = url;
	ready.every_ns = 3600 * (uint64_t)NS_PER_S;
	is_int(readiness_wait(&check, &err), -ESRCH, "ended while the answer was awaited");
	is_str(err_text(&err), "the service has ended", "… in the caller's words");
	close(fd);
}

int main(void)
{
	test_tcp();
	test_http();
	test_deadline();
	test_log();
	test_wait();
	test_look_inside();
	return tap_done();
}
