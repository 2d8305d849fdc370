/* What `sonde selftest` prints for people. */
#ifndef CMD_SELFTEST_TEXT_H
#define CMD_SELFTEST_TEXT_H

#include "report/text.h"
#include "store/store_selftest.h"
#include "util/fmt.h"
#include "util/strbuf.h"

/* "+12.3 us" */
char *selftest_text_error(char buffer[static FMT_BYTES], int64_t error_ns);

void selftest_text_format(const struct store_selftest *selftest, const struct text_layout *layout,
			  struct strbuf *text);

#endif
