/* debug_package on lists as dpkg writes them. */
#include "symbol/debug_package.h"

#include <stdlib.h>
#include <unistd.h>

#include "tap.h"
#include "util/alloc.h"
#include "util/fd.h"

static void check_name(const char *list_name, const char *want)
{
	scoped_free char *name = debug_package_format_name(list_name);

	is_str(name != NULL ? name : "(none)", want, list_name);
}

static void write_list(const char *dir, const char *name, const char *text)
{
	scoped_free char *path = alloc_printf("%s/%s", dir, name);

	fd_replace_file(path, text, strlen(text), NULL);
}

static void remove_list(const char *dir, const char *name)
{
	scoped_free char *path = alloc_printf("%s/%s", dir, name);

	unlink(path);
}

int main(void)
{
	static const char *const paths[] = {"/usr/lib/libc.so.6", "/usr/sbin/nginx", "/opt/app",
					    "/usr/lib/libc.so"};
	char dir[] = "/tmp/sonde_dpkg_XXXXXX";
	char *names[4];

	check_name("libc6:amd64.list", "libc6-dbg");
	check_name("libc6.list", "libc6-dbg");
	check_name("libc6-dev:amd64.list", "libc6-dev-dbgsym");
	check_name("nginx.list", "nginx-dbgsym");
	check_name("nginx.md5sums", "(none)");
	check_name(".list", "(none)");
	check_name(":amd64.list", "(none)");
	if (mkdtemp(dir) == NULL)
		return 1;
	write_list(dir, "libc6:amd64.list", "/.\n/lib\n/lib/libc.so.6\n/usr/share/doc\n");
	write_list(dir, "nginx.list", "/usr/sbin\n/usr/sbin/nginx");
	write_list(dir, "nginx.md5sums", "0 /opt/app\n");
	debug_package_find(dir, paths, 4, names);
	is_str(names[0], "libc6-dbg", "a path below /lib, listed there or below /usr/lib");
	is_str(names[1], "nginx-dbgsym", "the last line, without its end");
	ok(names[2] == NULL, "what no package has");
	ok(names[3] == NULL, "the start of a line is not the line");
	for (int i = 0; i < 4; i++)
		free(names[i]);
	remove_list(dir, "libc6:amd64.list");
	remove_list(dir, "nginx.list");
	remove_list(dir, "nginx.md5sums");
	rmdir(dir);
	debug_package_find(dir, paths, 4, names);
	ok(names[0] == NULL, "no lists, no advice");
	return tap_done();
}
