#include "model/load_record.h"

const char *load_error_name(enum load_error error)
{
	static const char *const names[LOAD_ERROR_COUNT] = {
		[LOAD_ERROR_CONNECT] = "connect",   [LOAD_ERROR_TIMEOUT] = "timeout",
		[LOAD_ERROR_PROTOCOL] = "protocol", [LOAD_ERROR_UNANSWERED] = "unanswered",
		[LOAD_ERROR_STATUS] = "status",	    [LOAD_ERROR_EXPECT] = "expect",
	};

	return error < LOAD_ERROR_COUNT ? names[error] : "unknown";
}

void load_counts_add(struct load_counts *into, const struct load_counts *from)
{
	into->offered += from->offered;
	into->answered += from->answered;
	into->completed += from->completed;
	for (int i = 0; i < LOAD_ERROR_COUNT; i++)
		into->errors[i] += from->errors[i];
	into->bytes_in += from->bytes_in;
	into->bytes_out += from->bytes_out;
}

uint64_t load_counts_failures(const struct load_counts *counts)
{
	uint64_t failures = 0;

	for (int i = 0; i < LOAD_ERROR_COUNT; i++)
		failures += counts->errors[i];
	return failures;
}

const char *load_histogram_name(enum load_histogram kind)
{
	static const char *const names[] = {
		[LOAD_HISTOGRAM_SEND_LAG] = "send_lag",
		[LOAD_HISTOGRAM_INTENDED_GAP] = "intended_gap",
		[LOAD_HISTOGRAM_SENT_GAP] = "sent_gap",
		[LOAD_HISTOGRAM_CONNECT] = "connect",
		[LOAD_HISTOGRAM_TLS] = "tls",
		[LOAD_HISTOGRAM_FIRST_BYTE] = "first_byte",
		[LOAD_HISTOGRAM_TRANSFER] = "transfer",
	};

	return names[kind];
}
