/* The reference server's own side: what its process does between fork and exit. */
#ifndef REFERENCE_REFERENCE_LOOP_H
#define REFERENCE_REFERENCE_LOOP_H

#include "reference/reference_server.h"

/*
 * Serves until control_fd closes; eight bytes on it are the begin of the window. The descriptors
 * are non-blocking and borrowed, the log is filled. 0, or negative errno when it could not.
 */
int reference_loop_run(const struct reference_config *config, int listen_fd, int control_fd,
		       struct reference_log *log);

#endif
