#include "cmd/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "util/alloc.h"
#include "util/fd.h"

/* Another screen and no cursor; and back (xterm's modes 1049 and 25, which others know as well). */
#define SCREEN_BEGIN "\x1b[?1049h\x1b[?25l\x1b[2J"
#define SCREEN_END "\x1b[?25h\x1b[?1049l"

enum { SEQUENCE_MS = 50, INPUT_BYTES = 256 };

struct terminal {
	struct termios saved;
	pid_t guard;
	int guard_fd; /* the guard restores when this is closed */
	uint32_t rows, columns;
	char input[INPUT_BYTES];
	size_t input_length;
	bool is_closed;
};

bool terminal_is_there(void)
{
	return isatty(STDIN_FILENO) && cmd_is_terminal(STDOUT_FILENO);
}

static void restore(const struct termios *saved)
{
	ssize_t written = write(STDOUT_FILENO, SCREEN_END, sizeof(SCREEN_END) - 1);

	(void)written; /* a terminal that is gone needs nothing */
	tcsetattr(STDIN_FILENO, TCSADRAIN, saved);
}

/*
 * Runs on until the other end of the pipe is closed: by terminal_close(), or by the kernel when
 * sonde is no more. Signals of the terminal are for sonde, and of the background it is allowed to
 * set the terminal.
 */
static void run_guard(int fd, const struct termios *saved)
{
	char byte;

	/* what sonde holds ends with sonde: nobody waits for the end of a socket because of this */
	close_range(STDERR_FILENO, (unsigned)fd - 1, 0);
	close_range((unsigned)fd + 1, UINT_MAX, 0);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_IGN);
	prctl(PR_SET_NAME, "sonde-terminal");
	while (read(fd, &byte, 1) < 0 && errno == EINTR)
		;
	restore(saved);
	_exit(0);
}

static int start_guard(struct terminal *terminal, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(err, -errno, "cannot make a pipe: %s", strerror(errno));
	terminal->guard = fork();
	if (terminal->guard < 0) {
		fd_close(ends[0]);
		fd_close(ends[1]);
		return err_set(err, -errno, "cannot start a process: %s", strerror(errno));
	}
	if (terminal->guard == 0) {
		fd_close(ends[1]);
		run_guard(ends[0], &terminal->saved);
	}
	fd_close(ends[0]);
	terminal->guard_fd = ends[1];
	return 0;
}

static int begin_screen(struct terminal *terminal, struct err *err)
{
	struct termios raw = terminal->saved;

	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
	raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	raw.c_cc[VSUSP] = _POSIX_VDISABLE; /* stopped, it would leave its screen to the shell */
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) < 0)
		return err_set(err, -errno, "cannot set the terminal: %s", strerror(errno));
	return fd_write_all(STDOUT_FILENO, SCREEN_BEGIN, sizeof(SCREEN_BEGIN) - 1);
}

int terminal_open(struct terminal **ret_terminal, struct err *err)
{
	scoped(terminal_cleanup) struct terminal *terminal = alloc_new(struct terminal);
	int r = 0;

	terminal->guard = -1;
	terminal->guard_fd = -1;
	if (tcgetattr(STDIN_FILENO, &terminal->saved) < 0)
		return err_set(err, -errno, "standard input is no terminal");
	r = start_guard(terminal, err);
	if (r == 0)
		r = begin_screen(terminal, err);
	if (r < 0)
		return r;
	*ret_terminal = terminal;
	terminal = NULL;
	return 0;
}

void terminal_close(struct terminal *terminal)
{
	if (terminal == NULL)
		return;
	fd_close(terminal->guard_fd);
	if (terminal->guard > 0)
		while (waitpid(terminal->guard, NULL, 0) < 0 && errno == EINTR)
			;
	free(terminal);
}

bool terminal_measure(struct terminal *terminal, struct text_layout *ret_layout, uint32_t *ret_rows)
{
	struct winsize size = {0};
	uint32_t rows, columns = cmd_get_width(STDOUT_FILENO);
	bool is_new;

	rows = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
	is_new = rows != terminal->rows || columns != terminal->columns;
	terminal->rows = rows;
	terminal->columns = columns;
	*ret_rows = rows;
	*ret_layout =
		(struct text_layout){.columns = columns, .has_color = cmd_has_color(STDOUT_FILENO)};
	return is_new;
}

/* Each line is overwritten and cleared to its end: nothing flickers. */
void terminal_show(struct terminal *terminal, const struct strbuf *picture)
{
	const char *line = strbuf_text(picture);
	struct strbuf bytes;

	strbuf_init(&bytes, STRBUF_MAX_DEFAULT);
	strbuf_add_text(&bytes, "\x1b[H");
	for (;;) {
		size_t length = strcspn(line, "\n");

		strbuf_add(&bytes, line, length);
		strbuf_add_text(&bytes, "\x1b[K");
		if (line[length] == '\0')
			break;
		strbuf_add_text(&bytes, "\r\n");
		line += length + 1;
	}
	strbuf_add_text(&bytes, "\x1b[J");
	if (fd_write_all(STDOUT_FILENO, strbuf_text(&bytes), bytes.length) < 0)
		terminal->is_closed = true;
	strbuf_release(&bytes);
}

int terminal_get_fd(const struct terminal *terminal)
{
	(void)terminal;
	return STDIN_FILENO;
}

/* False when nothing came within the time. */
static bool read_input(struct terminal *terminal, int timeout_ms)
{
	struct pollfd wait = {.fd = STDIN_FILENO, .events = POLLIN};
	ssize_t got;

	if (terminal->is_closed || poll(&wait, 1, timeout_ms) <= 0)
		return false;
	got = read(STDIN_FILENO, terminal->input + terminal->input_length,
		   sizeof(terminal->input) - terminal->input_length);
	if (got > 0)
		terminal->input_length += (size_t)got;
	else if (got == 0 || (errno != EINTR && errno != EAGAIN))
		terminal->is_closed = true; /* hung up */
	return got > 0;
}

bool terminal_next_key(struct terminal *terminal, struct terminal_key *ret_key)
{
	bool is_end = false;
	size_t used;

	if (terminal->input_length == 0 && !read_input(terminal, 0))
		return false;
	for (;;) {
		used = terminal_key_decode(terminal->input, terminal->input_length, is_end,
					   ret_key);
		if (used > 0 || is_end)
			break;
		is_end = !read_input(terminal, SEQUENCE_MS);
	}
	terminal->input_length -= used;
	memmove(terminal->input, terminal->input + used, terminal->input_length);
	return used > 0;
}

bool terminal_is_closed(const struct terminal *terminal)
{
	return terminal->is_closed;
}
