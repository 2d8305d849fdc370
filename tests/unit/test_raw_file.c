#include "lab/raw_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "load/engine.h"
#include "tap.h"
#include "util/fd.h"
#include "util/strbuf.h"

static char folder[] = "/tmp/sonde-raw-XXXXXX";
static char path[64], old_path[64];

static void is_file(const char *name, const char *want, const char *what)
{
	struct strbuf text;

	strbuf_init(&text, 1 << 20);
	fd_read_file(AT_FDCWD, name, &text);
	is_str(strbuf_text(&text), want, what);
	strbuf_release(&text);
}

int main(void)
{
	struct load_request request = {
		.name = "a, \"b\"", .method = "GET", .path = "/", .weight = 1};
	const struct load_config config = {.target = "http://127.0.0.1:1",
					   .requests = &request,
					   .request_count = 1,
					   .threads = 1,
					   .connections = 1,
					   .depth = 1,
					   .duration_ns = 1,
					   .timeout_ns = 1};
	const struct load_row rows[] = {
		{1, 2, 3, 4, 0, 200, LOAD_ERROR_COUNT},
		{5, 6, 0, 0, 0, 0, LOAD_ERROR_TIMEOUT},
	};
	scoped(load_cleanup) struct load *load = NULL;
	struct raw_file *file = NULL;
	struct err err = {0};

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/raw.csv", folder);
	snprintf(old_path, sizeof(old_path), "%s/raw.csv.old", folder);
	is_int(load_new(&load, &config, &err), 0, "a load");
	for (int i = 0; i < 2; i++) {
		is_int(raw_file_open(&file, path, &err), 0, "a file");
		is_int(raw_file_add(file, 7, load, rows, i == 0 ? 0 : 2, &err), 0, "rows");
		raw_file_close(file);
	}
	is_file(path,
		"run,name,intended_ns,sent_ns,first_byte_ns,last_byte_ns,status,error\n"
		"7,\"a, \"\"b\"\"\",1,2,3,4,200,\n"
		"7,\"a, \"\"b\"\"\",5,6,,,,timeout\n",
		"each request is a line");
	is_file(old_path, "run,name,intended_ns,sent_ns,first_byte_ns,last_byte_ns,status,error\n",
		"an existing file is kept");
	ok(raw_file_open(&file, "/nowhere/raw.csv", &err) < 0 &&
		   strstr(err_text(&err), "/nowhere/raw.csv") != NULL,
	   "a path that cannot be is named");
	unlink(path);
	unlink(old_path);
	rmdir(folder);
	return tap_done();
}
