#include "util/err.h"

#include <errno.h>

#include "tap.h"

int main(void)
{
	struct err err = {0};
	char longest[3000];

	is_str(err_text(&err), "no error", "nothing happened");
	is_int(err_set(&err, -ENOENT, "no run '%s' in %s", "k7", "db"), -ENOENT,
	       "the code comes back");
	is_str(err_text(&err), "no run 'k7' in db", "with its sentence");
	is_int(err.code, -ENOENT, "and in the struct");
	is_int(err_prefix(&err, -EINVAL, "plan.yaml:%d: ", 7), -EINVAL, "with context");
	is_str(err_text(&err), "plan.yaml:7: no run 'k7' in db", "before it");

	is_int(err_set(NULL, -EIO, "nobody listens"), -EIO, "no struct");
	is_int(err_prefix(NULL, -EIO, "nobody: "), -EIO, "nor for the context");

	err = (struct err){.code = -ENOENT};
	is_str(err_text(&err), "No such file or directory",
	       "a code alone has the general sentence");
	err_prefix(&err, -ENOENT, "x: ");
	is_str(err_text(&err), "x: No such file or directory", "which takes context, too");

	memset(longest, 'z', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	err_set(&err, -EINVAL, "%s", longest);
	is_int(strlen(err_text(&err)), sizeof(err.text) - 1, "a long sentence is cut");
	err_prefix(&err, -EINVAL, "%s", longest);
	is_int(strlen(err_text(&err)), sizeof(err.text) - 1, "also with a long context");
	return tap_done();
}
