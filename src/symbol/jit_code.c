#include "symbol/jit_code.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/fd.h"
#include "util/parse.h"

enum { MAX_FILE_BYTES = 512 << 20, OPEN_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

void jit_process_init(struct jit_process *process, pid_t pid, pid_t namespace_pid)
{
	struct stat own, theirs;
	char path[64];

	*process = (struct jit_process){.pid = pid,
					.namespace_pid = namespace_pid > 0 ? namespace_pid : pid,
					.uid = geteuid(),
					.root_fd = -1};
	if (pid <= 0)
		return;
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	if (stat(path, &theirs) == 0)
		process->uid = theirs.st_uid;
	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	if (stat("/", &own) < 0 || stat(path, &theirs) < 0)
		return;
	process->has_our_root = own.st_dev == theirs.st_dev && own.st_ino == theirs.st_ino;
	if (!process->has_our_root)
		process->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void jit_process_release(struct jit_process *process)
{
	fd_close(process->root_fd);
	process->root_fd = -1;
}

bool jit_code_is_dump(const char *path, pid_t *ret_pid)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	size_t length = strlen(name);
	uint64_t number;

	if (length <= 9 || strncmp(name, "jit-", 4) != 0 || strcmp(name + length - 5, ".dump") != 0)
		return false;
	scoped_free char *digits = alloc_strndup(name + 4, length - 9);
	if (parse_u64(digits, &number) < 0 || number > INT_MAX)
		return false;
	*ret_pid = (pid_t)number;
	return true;
}

/* A link that leads out of a container leads nowhere: as if its root were ours. */
static int open_in_root(int root_fd, const char *path)
{
	struct open_how how = {.flags = OPEN_FLAGS, .resolve = RESOLVE_IN_ROOT};
	long fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

static int open_here(const char *path)
{
	int fd = open(path, OPEN_FLAGS);

	return fd < 0 ? -errno : fd;
}

static int read_believed(int fd, uid_t uid, struct strbuf *bytes)
{
	struct stat status;
	char same[64];

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (status.st_uid != 0 && status.st_uid != uid && status.st_uid != geteuid())
		return -EPERM;
	if (status.st_size > MAX_FILE_BYTES) /* before all that may be read is */
		return -EFBIG;
	strbuf_clear(bytes);
	/* opened again: the descriptor may be shared, and so its position */
	snprintf(same, sizeof(same), "/proc/self/fd/%d", fd);
	return fd_read_file(AT_FDCWD, same, bytes);
}

/* Takes the descriptor, or the negative errno that there is instead. */
static int read_take(int fd, uid_t uid, struct strbuf *bytes)
{
	int r = fd;

	if (fd >= 0) {
		r = read_believed(fd, uid, bytes);
		fd_close(fd);
	}
	return r;
}

void jit_code_init(struct jit_code *code)
{
	*code = (struct jit_code){0};
	strbuf_init(&code->dump_bytes, MAX_FILE_BYTES);
	strbuf_init(&code->map_text, MAX_FILE_BYTES);
}

void jit_code_release(struct jit_code *code)
{
	jitdump_free(code->dump);
	perf_map_free(code->map);
	strbuf_release(&code->dump_bytes);
	strbuf_release(&code->map_text);
}

static int read_dump(struct jit_code *code, const struct jit_process *process, const char *path,
		     int fd, struct err *err)
{
	int r = -ENOENT;

	if (fd >= 0)
		r = read_believed(fd, process->uid, &code->dump_bytes);
	if (r < 0 && process->root_fd >= 0)
		r = read_take(open_in_root(process->root_fd, path), process->uid,
			      &code->dump_bytes);
	if (r < 0)
		r = read_take(open_here(path), process->uid, &code->dump_bytes);
	if (r < 0)
		return err_set(err, r, "cannot read the jitdump %s: %s", path, strerror(-r));
	r = jitdump_parse(&code->dump, code->dump_bytes.data, code->dump_bytes.length, err);
	return r < 0 ? err_prefix(err, r, "%s: ", path) : 0;
}

static int read_map(struct jit_code *code, const struct jit_process *process, struct err *err)
{
	char path[64];
	int r = -ENOENT;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)process->namespace_pid);
	if (process->root_fd >= 0)
		r = read_take(open_in_root(process->root_fd, path), process->uid, &code->map_text);
	else if (process->has_our_root)
		r = read_take(open_here(path), process->uid, &code->map_text);
	if (r < 0 && r != -EPERM) {
		snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)process->pid);
		r = read_take(open_here(path), process->uid, &code->map_text);
	}
	if (r == -EPERM)
		return err_set(err, r,
			       "generated code without names: %s belongs to another user than the "
			       "process, and is not believed",
			       path);
	if (r < 0)
		return err_set(err, r,
			       "generated code without names: %s: %s (runtimes write it when asked "
			       "to, e.g. node --perf-basic-prof, python -X perf)",
			       path, strerror(-r));
	code->map = perf_map_new(strbuf_text(&code->map_text), code->map_text.length);
	return 0;
}

int jit_code_read(struct jit_code *code, const struct jit_process *process, const char *dump_path,
		  int dump_fd, struct err *err)
{
	struct err dump_err = {0};
	int r;

	if (process->pid <= 0)
		return err_set(err, -ENOENT,
			       "generated code without names: it is not known of which process");
	if (dump_path != NULL)
		read_dump(code, process, dump_path, dump_fd, &dump_err);
	r = read_map(code, process, err);
	if (r == 0 || code->dump != NULL)
		return 0;
	if (dump_path != NULL)
		return err_set(err, dump_err.code, "generated code without names: %s",
			       err_text(&dump_err));
	return r;
}
