/*
 * TARGET against this machine's own /proc: the processes that are meant are children of the test,
 * named after its pid; the ports are free ones of the loopback, on which nothing is sent.
 */
#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/target.h"
#include "util/fd.h"

static const struct procfs machine;

/* A child that has the name, and what is open, and waits until it is killed. */
static pid_t start_child(const char *name)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	if (pipe(ready) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		(void)!write(ready[1], "r", 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	(void)!read(ready[0], &byte, 1);
	close(ready[0]);
	return pid;
}

static void end_child(pid_t pid)
{
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

static int make_listener(uint16_t *ret_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 1) < 0 || getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
		fd_close(fd);
		return -1;
	}
	*ret_port = ntohs(address.sin_port);
	return fd;
}

static void is_refused(const char *text, int code, const char *sentence)
{
	struct err err = {0};
	pid_t pid = -7;

	is_int(target_find(&machine, text, &pid, &err), code, text);
	is_str(err_text(&err), sentence, "… with its sentence");
	is_int(pid, -7, "… and no result");
}

static void test_pid(void)
{
	struct err err = {0};
	char text[16], sentence[64];
	pid_t pid = 0, child = start_child("x");

	snprintf(text, sizeof(text), "%d", (int)child);
	is_int(target_find(&machine, text, &pid, &err), 0, "a pid");
	is_int(pid, child, "… is itself");
	end_child(child);
	snprintf(sentence, sizeof(sentence), "no process has the pid %d", (int)child);
	is_refused(text, -ESRCH, sentence);
	is_refused("0", -EINVAL, "'0' is not a pid");
	is_refused("99999999999999999999", -EINVAL, "'99999999999999999999' is not a pid");
	is_refused("", -EINVAL, "no target; write a pid, the name of a process, or :PORT");
}

static void test_name(void)
{
	struct err err = {0};
	char name[16], sentence[512], own[16];
	pid_t pid = 0, one, two;

	snprintf(name, sizeof(name), "sn-%d", (int)getpid());
	snprintf(sentence, sizeof(sentence), "no process is named '%s'", name);
	is_refused(name, -ESRCH, sentence);
	one = start_child(name);
	is_int(target_find(&machine, name, &pid, &err), 0, "a name");
	is_int(pid, one, "… is its process");
	two = start_child(name);
	is_int(target_find(&machine, name, &pid, &err), -ENOTUNIQ, "a name of two");
	snprintf(sentence, sizeof(sentence), "2 processes are named '%s': pid %d ", name,
		 (int)(one < two ? one : two));
	ok(strncmp(err_text(&err), sentence, strlen(sentence)) == 0, "… lists the first");
	snprintf(sentence, sizeof(sentence), ", pid %d ", (int)(one < two ? two : one));
	ok(strstr(err_text(&err), sentence) != NULL, "… and the second");
	ok(strstr(err_text(&err), "; choose one by its pid") != NULL, "… and says what to do");
	end_child(one);
	end_child(two);

	snprintf(own, sizeof(own), "so-%d", (int)getpid());
	prctl(PR_SET_NAME, own);
	snprintf(sentence, sizeof(sentence), "no process is named '%s'", own);
	is_refused(own, -ESRCH, sentence);
}

static void test_port(void)
{
	struct err err = {0};
	char text[16], sentence[128];
	uint16_t port = 0;
	int fd = make_listener(&port);
	pid_t pid = 0, worker, sibling;

	if (!ok(fd >= 0, "a listener"))
		return;
	snprintf(text, sizeof(text), ":%u", (unsigned)port);
	is_int(target_find(&machine, text, &pid, &err), 0, "a port");
	is_int(pid, getpid(), "… is who listens");
	worker = start_child("worker");
	is_int(target_find(&machine, text, &pid, &err), 0, "a port with a worker");
	is_int(pid, getpid(), "… is the master");
	sibling = start_child("worker");
	close(fd);
	is_int(target_find(&machine, text, &pid, &err), -ENOTUNIQ,
	       "two that share it, without a master");
	snprintf(sentence, sizeof(sentence), "2 processes listen on port %u: pid ", (unsigned)port);
	ok(strncmp(err_text(&err), sentence, strlen(sentence)) == 0, "… are listed");
	end_child(worker);
	end_child(sibling);
	snprintf(sentence, sizeof(sentence), "no process listens on port %u", (unsigned)port);
	is_refused(text, -ESRCH, sentence);
	is_refused(":x", -EINVAL, "':x' is not a port; write :1 to :65535");
	is_refused(":65536", -EINVAL, "':65536' is not a port; write :1 to :65535");
}

static void test_free(void)
{
	struct plan_service services[2] = {{.name = "a"}, {.name = "b", .command = "b"}};
	struct plan plan = {.services = services, .service_count = 2};
	struct err err = {0};
	char taken[96], sentence[160], url[48];
	uint16_t port = 0;
	int fd = make_listener(&port);

	prctl(PR_SET_NAME, "test_target");
	snprintf(taken, sizeof(taken), "port %u is already in use by pid %d (test_target)",
		 (unsigned)port, (int)getpid());
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/x", (unsigned)port);
	is_int(target_check_port_free(&machine, "127.0.0.1", port, &err), -EADDRINUSE,
	       "a port in use");
	is_str(err_text(&err), taken, "… by whom");
	is_int(target_check_port_free(&machine, "192.0.2.1", port, &err), 0,
	       "the same of another machine");

	services[0].command = "a";
	services[1].ready = (struct plan_ready){.kind = PLAN_READY_HTTP, .what = url};
	is_int(target_check_plan(&machine, &plan, &err), -EADDRINUSE, "a service's port");
	snprintf(sentence, sizeof(sentence), "service 'b' cannot start: %s", taken);
	is_str(err_text(&err), sentence, "… and which service");
	services[1].command = NULL;
	services[1].attach = ":1";
	is_int(target_check_plan(&machine, &plan, &err), 0,
	       "of one that is attached to it is expected");
	services[1].ready.kind = PLAN_READY_NONE;
	plan.has_load = true;
	plan.load.target = url;
	is_int(target_check_plan(&machine, &plan, &err), 0,
	       "and so is a target that may be attached to");
	services[1] = services[0];
	is_int(target_check_plan(&machine, &plan, &err), -EADDRINUSE,
	       "a target that is not up yet");
	is_str(err_text(&err), taken, "… by whom");
	close(fd);
	is_int(target_check_plan(&machine, &plan, &err), 0, "a free one");
	is_int(target_check_port_free(&machine, "localhost", port, &err), 0, "by name");
}

int main(void)
{
	test_pid();
	test_name();
	test_port();
	test_free();
	return tap_done();
}
