#include "monitor/process_detail.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "monitor/monitor_ops.h"
#include "procfs/proc_io.h"
#include "util/fd.h"

void process_detail_init(struct process_detail *detail)
{
	*detail = (struct process_detail){.io_fd = -1};
}

void process_detail_release(struct process_detail *detail, struct process_reader *reader)
{
	process_reader_close(reader, &detail->io_fd);
}

static bool note_refusal(struct process_detail *detail, int r)
{
	if (r == -EACCES || r == -EPERM)
		detail->is_refused = true;
	return r < 0;
}

void process_detail_update_storage(struct process_detail *detail, struct process_reader *reader,
				   pid_t pid)
{
	struct proc_io io;
	int r = process_reader_read(reader, &detail->io_fd, "/proc/%d/io", (int)pid);

	if (note_refusal(detail, r) ||
	    proc_io_parse(strbuf_text(&reader->buffer), reader->buffer.length, &io) < 0)
		return;
	detail->storage = (struct process_storage){io.read_bytes, io.write_bytes};
	detail->has_storage = true;
}

/* The size of the folder; 0 where the kernel does not say it. */
static int read_folder_size(struct process_reader *reader, pid_t pid, uint64_t *ret_size)
{
	struct stat status;
	int fd, r = proc_file_open(&reader->fs, &fd, "/proc/%d/fd", (int)pid);

	if (r < 0)
		return r;
	r = fstat(fd, &status) < 0 ? -errno : 0;
	fd_close(fd);
	*ret_size = r == 0 && status.st_size > 0 ? (uint64_t)status.st_size : 0;
	return r;
}

int process_detail_count_descriptors(struct process_reader *reader, pid_t pid, bool is_slow_allowed,
				     uint64_t *ret_count)
{
	bool is_here = reader->fs.root[0] == '\0'; /* a folder of copies has a size of its own */
	uint64_t size = 0;
	int r = is_here ? read_folder_size(reader, pid, &size) : 0;

	if (r == 0 && size == 0) {
		if (!is_slow_allowed)
			return -EAGAIN;
		r = proc_file_list_ids(&reader->fs, &reader->ids, "/proc/%d/fd", (int)pid);
		size = reader->ids.count;
	}
	if (r == 0)
		*ret_count = size;
	return r;
}

void process_detail_update_descriptors(struct process_detail *detail, struct process_reader *reader,
				       pid_t pid, bool is_slow_allowed)
{
	uint64_t count;
	int r = process_detail_count_descriptors(
		reader, pid, is_slow_allowed || !detail->has_descriptors, &count);

	if (note_refusal(detail, r))
		return;
	detail->descriptor_count = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
	detail->has_descriptors = true;
}

void process_detail_update_pss(struct process_detail *detail, struct process_reader *reader,
			       pid_t pid)
{
	uint64_t pss_bytes;
	int r = proc_file_read(&reader->fs, &reader->buffer, "/proc/%d/smaps_rollup", (int)pid);

	if (note_refusal(detail, r) || proc_stat_parse_pss(strbuf_text(&reader->buffer),
							   reader->buffer.length, &pss_bytes) < 0)
		return;
	detail->pss_bytes = pss_bytes;
	detail->has_pss = true;
}
