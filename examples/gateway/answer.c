#include "answer.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct status {
	int number;
	const char *reason;
	const char *text;
};

static const struct status statuses[] = {
	{200, "OK", "ok\n"},
	{400, "Bad Request", "the request is malformed\n"},
	{404, "Not Found", "no function has this route\n"},
	{405, "Method Not Allowed", "this route does not take this method\n"},
	{408, "Request Timeout", "the request did not come in time\n"},
	{411, "Length Required", "send the body with a Content-Length\n"},
	{413, "Content Too Large", "the body is too large\n"},
	{431, "Request Header Fields Too Large", "the header is too large\n"},
	{500, "Internal Server Error", "the function failed\n"},
	{502, "Bad Gateway", "the worker died\n"},
	{503, "Service Unavailable", "no worker is free\n"},
	{504, "Gateway Timeout", "the function took too long\n"},
	{505, "HTTP Version Not Supported", "only HTTP/1.0 and HTTP/1.1 are spoken here\n"},
};

static const struct status *find_status(int number)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].number == number)
			return &statuses[i];
	return find_status(500);
}

struct answer answer_text(int status, const char *text)
{
	return (struct answer){
		.status = status, .type = ANSWER_TEXT, .body = text, .size = strlen(text)};
}

struct answer answer_status(int status)
{
	const struct status *found = find_status(status);

	return answer_text(found->number, found->text);
}

size_t answer_format_head(char head[ANSWER_HEAD_MAX_BYTES], const struct answer *answer,
			  bool keeps_alive, bool is_http10)
{
	const struct status *status = find_status(answer->status);
	const char *connection = "";
	int size;

	if (!keeps_alive)
		connection = "Connection: close\r\n";
	else if (is_http10)
		connection = "Connection: keep-alive\r\n";
	size = snprintf(
		head, ANSWER_HEAD_MAX_BYTES,
		"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s%s%s%s%s\r\n",
		status->number, status->reason, answer->type, answer->size,
		answer->allow != NULL ? "Allow: " : "", answer->allow != NULL ? answer->allow : "",
		answer->allow != NULL ? "\r\n" : "",
		status->number == 503 ? "Retry-After: 1\r\n" : "", connection);
	assert(size > 0 && size < ANSWER_HEAD_MAX_BYTES);
	return (size_t)size;
}
