/*
 * Locals that own something release it at the end of their scope, on every path out:
 *
 *	scoped_free char *path = alloc_printf("%s/db", dir);	(alloc.h)
 *	scoped(fd_cleanup) int fd = open(…);			(fd.h)
 *
 * A cleanup function takes a pointer to the local and accepts what "nothing owned" looks like
 * (NULL, -1). SCOPED_POINTER(foo, foo_free) makes foo_cleanup(struct foo **) from foo_free(struct
 * foo *).
 */
#ifndef UTIL_SCOPED_H
#define UTIL_SCOPED_H

#define scoped(cleanup_fn) __attribute__((cleanup(cleanup_fn)))

#define SCOPED_POINTER(name, free_fn)                                                              \
	static inline void name##_cleanup(struct name **pointer)                                   \
	{                                                                                          \
		free_fn(*pointer);                                                                 \
	}

#endif
