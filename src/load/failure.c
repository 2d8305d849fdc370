#include "load/failure.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "util/clock.h"
#include "wire/http1.h"

const char *failure_errno_text(int error, char *buffer, size_t size)
{
	char own[128];

	snprintf(buffer, size, "%s", strerror_r(error, own, sizeof(own)));
	buffer[0] = (char)tolower((unsigned char)buffer[0]);
	return buffer;
}

/* Plain numbers, as the user wrote them: "30 s", "50 ms". */
static void format_timeout(char *text, size_t size, int64_t ns, const char *more)
{
	double seconds = (double)ns / (double)NS_PER_S;

	if (seconds >= 1)
		snprintf(text, size, "timeout after %g s%s", seconds, more);
	else
		snprintf(text, size, "timeout after %g ms%s", seconds * 1000, more);
}

void failure_format(const struct failure *failure, char text[static LOAD_FAILURE_TEXT])
{
	char buffer[128] = "";
	int detail = (int)failure->detail;

	switch (failure->cause) {
	case FAILURE_SOCKET:
	case FAILURE_CONNECT:
	case FAILURE_READ:
	case FAILURE_WRITE: {
		static const char *const calls[] = {
			[FAILURE_SOCKET] = "socket",
			[FAILURE_CONNECT] = "connect",
			[FAILURE_READ] = "read",
			[FAILURE_WRITE] = "write",
		};

		snprintf(text, LOAD_FAILURE_TEXT, "%s: %s", calls[failure->cause],
			 failure_errno_text(detail, buffer, sizeof(buffer)));
		break;
	}
	case FAILURE_HTTP:
		snprintf(text, LOAD_FAILURE_TEXT, "%s", http1_error_text((enum http1_error)detail));
		break;
	case FAILURE_EXTRA_BYTES:
		snprintf(text, LOAD_FAILURE_TEXT, "bytes after the end of the answer");
		break;
	case FAILURE_TIMEOUT:
		format_timeout(text, LOAD_FAILURE_TEXT, failure->detail, "");
		break;
	case FAILURE_NEVER_SENT:
		format_timeout(text, LOAD_FAILURE_TEXT, failure->detail,
			       ", never sent: no connection was free");
		break;
	case FAILURE_CUT_SHORT:
		snprintf(text, LOAD_FAILURE_TEXT, "the run was cut short before the answer");
		break;
	case FAILURE_STATUS:
		snprintf(text, LOAD_FAILURE_TEXT, "status %d", detail);
		break;
	case FAILURE_EXPECT_STATUS:
		snprintf(text, LOAD_FAILURE_TEXT, "expected status %u, got %d", failure->expected,
			 detail);
		break;
	case FAILURE_EXPECT_BODY:
		snprintf(text, LOAD_FAILURE_TEXT, "status %d, but not the expected body", detail);
		break;
	}
}

static bool is_same(const struct failure_kind *kind, uint32_t name, const struct failure *failure)
{
	return kind->failure.cause == failure->cause && kind->failure.detail == failure->detail &&
	       kind->name == name && kind->failure.error == failure->error;
}

void failure_table_add(struct failure_table *table, uint32_t name, const struct failure *failure,
		       uint64_t time_ns)
{
	struct load_failure *entry;
	uint32_t i = 0;

	while (i < table->count && i < FAILURE_KINDS - 1 &&
	       !is_same(&table->kinds[i], name, failure))
		i++;
	entry = &table->failures[i];
	if (i == table->count) {
		table->count++;
		table->kinds[i] = (struct failure_kind){.name = name, .failure = *failure};
		*entry = (struct load_failure){
			.name = name, .error = failure->error, .first_ns = time_ns};
		if (i < FAILURE_KINDS - 1)
			failure_format(failure, entry->text);
		else
			snprintf(entry->text, sizeof(entry->text), "others, of more than %d kinds",
				 FAILURE_KINDS - 1);
	}
	entry->count++;
	entry->last_ns = time_ns;
}
