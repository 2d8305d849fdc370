/*
 * debuginfod and elf_debug_fetch() against a server in the test's own process, on 127.0.0.1 (the
 * library speaks nothing else). Skipped where libdebuginfod is not installed.
 */
#include "elf/debuginfod.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "elf/elf_debug.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"

static char folder[512];

static char *data_path(const char *name)
{
	const char *data = getenv("SONDE_TEST_DATA");

	return alloc_printf("%s/elf/%s", data != NULL ? data : "tests/data", name);
}

struct server {
	int listener;
	pthread_t thread;
	const char *path; /* that it has; NULL = it never answers */
	const char *file; /* its contents; NULL = it never ends */
	int request_count;
};

static void answer(struct server *server, int client)
{
	char request[4096];
	scoped_free char *wanted = alloc_printf("GET %s HTTP/", server->path);
	ssize_t got = recv(client, request, sizeof(request) - 1, 0);
	struct strbuf reply, body;

	if (got <= 0)
		return;
	request[got] = '\0';
	server->request_count++;
	strbuf_init(&reply, 1 << 20);
	strbuf_init(&body, 1 << 20);
	if (strncmp(request, wanted, strlen(wanted)) != 0) {
		strbuf_add_text(&reply, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n");
	} else if (server->file == NULL) {
		strbuf_add_text(&reply, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n");
	} else {
		fd_read_file(AT_FDCWD, server->file, &body);
		strbuf_addf(&reply, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n", body.length);
	}
	strbuf_addf(&reply, "Connection: close\r\n\r\n%s", body.length > 0 ? "" : "some");
	strbuf_add(&reply, strbuf_text(&body), body.length);
	send(client, reply.data, reply.length, MSG_NOSIGNAL);
	if (server->file == NULL) /* until the other side has had enough */
		while (recv(client, request, sizeof(request), 0) > 0)
			;
	strbuf_release(&reply);
	strbuf_release(&body);
}

static void *run_server(void *arg)
{
	struct server *server = arg;

	for (;;) {
		scoped(fd_cleanup) int client = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);

		if (client < 0)
			return NULL;
		answer(server, client);
	}
}

/* DEBUGINFOD_URLS names it. */
static void start(struct server *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct sockaddr *generic = (struct sockaddr *)&address;
	socklen_t length = sizeof(address);
	char url[64];

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(server->listener, generic, length) < 0 || listen(server->listener, 8) < 0 ||
	    getsockname(server->listener, generic, &length) < 0)
		printf("Bail out! cannot listen\n");
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", ntohs(address.sin_port));
	setenv("DEBUGINFOD_URLS", url, 1);
	if (server->path != NULL && pthread_create(&server->thread, NULL, run_server, server) != 0)
		printf("Bail out! no thread\n");
}

static void stop(struct server *server)
{
	shutdown(server->listener, SHUT_RDWR);
	if (server->path != NULL)
		pthread_join(server->thread, NULL);
	fd_close(server->listener);
}

static uint64_t after_ms(uint64_t ms)
{
	return clock_now_ns() + ms * NS_PER_MS;
}

/* The library keeps what it found and what it did not: each case has a cache of its own. */
static void set_cache(const char *name)
{
	scoped_free char *path = alloc_printf("%s/%s", folder, name);

	setenv("DEBUGINFOD_CACHE_PATH", path, 1);
}

#define TINY_PATH "/buildid/21877c3e9b91a4f97908dd28d9014422b645a4f9/debuginfo"

static void test_found(const struct elf_file *file)
{
	scoped_free char *debug_path = data_path("tiny64.debug"), *other = data_path("shop.so");
	struct server server = {.path = TINY_PATH, .file = debug_path};
	struct server wrong = {.path = TINY_PATH, .file = other};
	scoped(elf_file_cleanup) struct elf_file *debug = NULL;
	scoped(elf_file_cleanup) struct elf_file *again = NULL;
	struct elf_file *none = NULL;
	struct elf_section section;
	struct err err = {0};

	set_cache("found");
	start(&server);
	is_int(elf_debug_fetch(&debug, file, after_ms(60000), NULL, NULL, &err), 0, "found");
	ok(debug != NULL && elf_image_find_section(elf_file_get_image(debug), ".symtab", &section),
	   "it has the symbols");
	stop(&server);
	is_int(elf_debug_fetch(&again, file, after_ms(60000), NULL, NULL, NULL), 0,
	       "again, without the server");
	is_int(server.request_count, 1, "it was asked once");
	set_cache("wrong");
	start(&wrong);
	is_int(elf_debug_fetch(&none, file, after_ms(60000), NULL, NULL, &err), -EBADMSG,
	       "another file is not taken");
	ok(strstr(err.text, "another build id") != NULL, "the sentence says so");
	stop(&wrong);
}

static void test_not_found(const struct elf_file *file)
{
	struct server server = {.path = "/nothing"};
	struct elf_file *none = NULL;
	struct err err = {0};

	set_cache("absent");
	start(&server);
	is_int(elf_debug_fetch(&none, file, after_ms(60000), NULL, NULL, &err), -ENOENT,
	       "a server without it");
	ok(strstr(err.text, "tiny64.stripped: debuginfod: ") != NULL, "the sentence says whose");
	stop(&server);
}

static bool has_had_enough(void *arg)
{
	int *left = arg;

	return (*left)-- <= 0;
}

/* The kernel takes the connection, nobody ever answers. */
static void test_hanging(const struct elf_file *file)
{
	struct server silent = {0}, stuck = {.path = TINY_PATH};
	struct elf_file *none = NULL;
	struct err err = {0};
	int patience = 2;

	set_cache("silent");
	start(&silent);
	is_int(elf_debug_fetch(&none, file, after_ms(100), NULL, NULL, &err), -ETIMEDOUT,
	       "a server that does not answer");
	ok(strstr(err.text, "in time") != NULL, "the sentence says so");
	set_cache("interrupted");
	is_int(elf_debug_fetch(&none, file, after_ms(60000), has_had_enough, &patience, &err),
	       -ECANCELED, "interrupted");
	is_int(elf_debug_fetch(&none, file, 1, NULL, NULL, &err), -ETIMEDOUT,
	       "the deadline is over already");
	stop(&silent);
	set_cache("stuck");
	start(&stuck);
	is_int(elf_debug_fetch(&none, file, after_ms(100), NULL, NULL, &err), -ETIMEDOUT,
	       "a server that does not end");
	stop(&stuck);
}

int main(void)
{
	const char *base = getenv("TMPDIR");
	scoped_free char *path = data_path("tiny64.stripped");
	scoped(elf_file_cleanup) struct elf_file *file = NULL;

	if (dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL) == NULL) {
		printf("1..0 # SKIP libdebuginfod.so.1 is not installed\n");
		return 0;
	}
	snprintf(folder, sizeof(folder), "%s/sonde_debuginfod_XXXXXX",
		 base != NULL ? base : "/tmp");
	if (mkdtemp(folder) == NULL || elf_file_open(&file, AT_FDCWD, path, NULL) < 0) {
		printf("Bail out! cannot make %s or open %s\n", folder, path);
		return 1;
	}
	setenv("no_proxy", "*", 1);
	test_found(file);
	test_not_found(file);
	test_hanging(file);
	scoped_free char *command = alloc_printf("rm -rf '%s'", folder);
	if (system(command) != 0)
		printf("# %s was left behind\n", folder);
	return tap_done();
}
