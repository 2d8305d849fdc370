#include "wire/http1.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

enum state {
	STATE_STATUS_LINE,
	STATE_HEADER,
	STATE_BODY, /* `rest` bytes of it */
	STATE_BODY_UNTIL_CLOSE,
	STATE_CHUNK_SIZE,
	STATE_CHUNK_DATA,
	STATE_CHUNK_END, /* `rest` bytes of CR LF */
	STATE_TRAILER,
	STATE_COMPLETE,
	STATE_BROKEN,
};

/* A line without its end, the same however it arrived. */
struct line {
	const char *bytes;
	size_t length; /* a longer one than is kept is cut there */
	bool is_long;  /* than HTTP1_LINE_BYTES */
	bool is_cut;
	bool has_cr; /* ended in CR LF, not in LF alone; false for a cut one */
};

const char *http1_error_text(enum http1_error error)
{
	static const char *const texts[HTTP1_ERROR_COUNT] = {
		[HTTP1_NO_ERROR] = "no error",
		[HTTP1_CLOSED_BEFORE] = "the server closed the connection before the answer",
		[HTTP1_CLOSED_INSIDE] = "the server closed the connection inside the answer",
		[HTTP1_BAD_STATUS_LINE] = "bad status line",
		[HTTP1_BAD_STATUS] = "bad status (not 100 to 599)",
		[HTTP1_UPGRADED] = "status 101 without an upgrade",
		[HTTP1_HEAD_TOO_LONG] = "header section over 64 KB",
		[HTTP1_LINE_TOO_LONG] = "line over 256 bytes where a short one belongs",
		[HTTP1_BAD_HEADER] = "bad header line",
		[HTTP1_BAD_FOLDING] = "folded framing header",
		[HTTP1_BAD_LENGTH] = "bad Content-Length",
		[HTTP1_CONFLICTING_LENGTH] = "conflicting Content-Length headers",
		[HTTP1_LENGTH_AND_ENCODING] = "both Content-Length and Transfer-Encoding",
		[HTTP1_BAD_ENCODING] = "bad Transfer-Encoding",
		[HTTP1_BAD_CHUNK_SIZE] = "bad chunk size",
		[HTTP1_BAD_CHUNK_END] = "no CRLF after a chunk",
	};

	return error < HTTP1_ERROR_COUNT ? texts[error] : "unknown";
}

/* What is true of each head: of the first, and of the one after a 1xx. */
static void begin_head(struct http1_response *response)
{
	response->status = 0;
	response->state = STATE_STATUS_LINE;
	response->has_length = response->has_encoding = response->is_chunked = false;
	response->has_close = response->has_keep_alive = response->was_framing = false;
	response->rest = 0;
}

void http1_response_begin(struct http1_response *response, bool is_head)
{
	begin_head(response);
	response->has_begun = response->is_complete = response->is_keep_alive = false;
	response->body_bytes = 0;
	response->error = HTTP1_NO_ERROR;
	response->is_head = is_head;
	response->head_bytes = response->line_bytes = 0;
}

static int fail(struct http1_response *response, enum http1_error error)
{
	response->error = error;
	response->state = STATE_BROKEN;
	return -EBADMSG;
}

static void complete(struct http1_response *response)
{
	response->state = STATE_COMPLETE;
	response->is_complete = true;
}

/* Where lines that come in pieces are kept, and how much of them. */
static char *get_line_buffer(struct http1_response *response, const struct http1_sink *sink,
			     size_t *ret_size)
{
	if (sink->on_header == NULL || sink->scratch_size <= HTTP1_LINE_BYTES) {
		*ret_size = HTTP1_LINE_BYTES;
		return response->line;
	}
	*ret_size = sink->scratch_size;
	return sink->scratch;
}

/*
 * Takes a line off the input. 1: `line` is whole; 0: the input ended inside of it, its begin is
 * kept; -EBADMSG: the head is too long. A line that lies in one piece is not copied.
 */
static int take_line(struct http1_response *response, const char **at, const char *end,
		     const struct http1_sink *sink, struct line *line)
{
	const char *newline = memchr(*at, '\n', (size_t)(end - *at));
	const char *begin = *at;
	size_t length = (size_t)((newline != NULL ? newline + 1 : end) - begin);
	size_t size;
	char *buffer = get_line_buffer(response, sink, &size);

	if (length > HTTP1_HEAD_MAX - response->head_bytes)
		return fail(response, HTTP1_HEAD_TOO_LONG);
	response->head_bytes += (uint32_t)length;
	*at += length;
	if (newline == NULL || response->line_bytes > 0) {
		size_t kept = response->line_bytes;

		if (kept < size)
			memcpy(buffer + kept, begin, length < size - kept ? length : size - kept);
		response->line_bytes += (uint32_t)length;
		if (newline == NULL)
			return 0;
		begin = buffer;
		length = response->line_bytes;
		response->line_bytes = 0;
	}
	line->bytes = begin;
	line->is_long = length > HTTP1_LINE_BYTES;
	line->is_cut = length > size;
	line->length = line->is_cut ? size : length - 1;
	line->has_cr = !line->is_cut && line->length > 0 && begin[line->length - 1] == '\r';
	if (line->has_cr)
		line->length--;
	return 1;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int parse_status_line(struct http1_response *response, const struct line *line)
{
	const char *at = line->bytes;

	/* "HTTP/1.1 200" and then a blank with the reason, or nothing. */
	if (line->length < 12 || memcmp(at, "HTTP/1.", 7) != 0 || (at[7] != '0' && at[7] != '1') ||
	    at[8] != ' ' || !is_digit(at[9]) || !is_digit(at[10]) || !is_digit(at[11]) ||
	    (line->length > 12 && at[12] != ' '))
		return fail(response, HTTP1_BAD_STATUS_LINE);
	response->minor_version = (uint8_t)(at[7] - '0');
	response->status = (uint16_t)((at[9] - '0') * 100 + (at[10] - '0') * 10 + (at[11] - '0'));
	if (response->status < 100 || response->status > 599)
		return fail(response, HTTP1_BAD_STATUS);
	response->state = STATE_HEADER;
	return 0;
}

static void trim(const char **begin, const char **end)
{
	while (*begin < *end && (**begin == ' ' || **begin == '\t'))
		(*begin)++;
	while (*begin < *end && ((*end)[-1] == ' ' || (*end)[-1] == '\t'))
		(*end)--;
}

static int parse_length(struct http1_response *response, const char *begin, const char *end)
{
	uint64_t length = 0;

	trim(&begin, &end);
	if (begin == end || end - begin > 18) /* 18 digits fit, and are enough for anybody */
		return fail(response, HTTP1_BAD_LENGTH);
	for (; begin < end; begin++) {
		if (!is_digit(*begin))
			return fail(response, HTTP1_BAD_LENGTH);
		length = length * 10 + (uint64_t)(*begin - '0');
	}
	if (response->has_length && response->rest != length)
		return fail(response, HTTP1_CONFLICTING_LENGTH);
	response->has_length = true;
	response->rest = length;
	return 0;
}

/* The next element of a comma-separated list, trimmed; false after the last. */
static bool next_element(const char **at, const char *end, const char **ret_begin,
			 const char **ret_end)
{
	const char *comma;

	if (*at >= end)
		return false;
	comma = memchr(*at, ',', (size_t)(end - *at));
	*ret_begin = *at;
	*ret_end = comma != NULL ? comma : end;
	*at = comma != NULL ? comma + 1 : end;
	trim(ret_begin, ret_end);
	return true;
}

static bool is_word(const char *begin, const char *end, const char *word)
{
	size_t length = strlen(word);

	return (size_t)(end - begin) == length && strncasecmp(begin, word, length) == 0;
}

static int parse_encoding(struct http1_response *response, const char *at, const char *end)
{
	const char *begin, *stop;
	bool is_empty = true;

	if (response->minor_version == 0)
		return fail(response, HTTP1_BAD_ENCODING);
	response->has_encoding = true;
	while (next_element(&at, end, &begin, &stop)) {
		if (begin == stop)
			continue;
		is_empty = false;
		if (response->is_chunked) /* it must be the last, and once (RFC 9112 section 6.1) */
			return fail(response, HTTP1_BAD_ENCODING);
		response->is_chunked = is_word(begin, stop, "chunked");
		/* it has no parameters (section 7.1) */
		if (!response->is_chunked && stop - begin > 7 &&
		    strncasecmp(begin, "chunked", 7) == 0)
			return fail(response, HTTP1_BAD_ENCODING);
	}
	return is_empty ? fail(response, HTTP1_BAD_ENCODING) : 0;
}

static void parse_connection(struct http1_response *response, const char *at, const char *end)
{
	const char *begin, *stop;

	while (next_element(&at, end, &begin, &stop)) {
		if (is_word(begin, stop, "close"))
			response->has_close = true;
		else if (is_word(begin, stop, "keep-alive"))
			response->has_keep_alive = true;
	}
}

/* RFC 9110 section 5.6.2: what methods and header names are made of. */
static bool is_token_byte(char c)
{
	static const bool bytes[256] = {
		['!'] = true,	      ['#'] = true,	    ['$'] = true, ['%'] = true,
		['&'] = true,	      ['\''] = true,	    ['*'] = true, ['+'] = true,
		['-'] = true,	      ['.'] = true,	    ['^'] = true, ['_'] = true,
		['`'] = true,	      ['|'] = true,	    ['~'] = true, ['0' ... '9'] = true,
		['A' ... 'Z'] = true, ['a' ... 'z'] = true,
	};

	return bytes[(unsigned char)c];
}

/* Length of the header's name; 0 when the line is no header. */
static size_t find_name(const struct line *line)
{
	size_t max = line->length < HTTP1_LINE_BYTES ? line->length : HTTP1_LINE_BYTES;
	size_t name = 0;

	while (name < max && is_token_byte(line->bytes[name]))
		name++;
	return name < max && line->bytes[name] == ':' ? name : 0;
}

enum framing { FRAMING_NONE, FRAMING_LENGTH, FRAMING_ENCODING, FRAMING_CONNECTION };

static enum framing find_framing(const char *name, size_t length)
{
	if (length == 14 && strncasecmp(name, "content-length", length) == 0)
		return FRAMING_LENGTH;
	if (length == 17 && strncasecmp(name, "transfer-encoding", length) == 0)
		return FRAMING_ENCODING;
	if (length == 10 && strncasecmp(name, "connection", length) == 0)
		return FRAMING_CONNECTION;
	return FRAMING_NONE;
}

static int parse_framing(struct http1_response *response, enum framing framing, const char *begin,
			 const char *end)
{
	switch (framing) {
	case FRAMING_NONE:
		break;
	case FRAMING_LENGTH:
		return parse_length(response, begin, end);
	case FRAMING_ENCODING:
		return parse_encoding(response, begin, end);
	case FRAMING_CONNECTION:
		parse_connection(response, begin, end);
		break;
	}
	return 0;
}

/* Reads a header that decides about framing; the others only have to be headers. */
static int parse_header(struct http1_response *response, const struct line *line,
			const struct http1_sink *sink)
{
	const char *value, *end = line->bytes + line->length;
	enum framing framing;
	size_t name;
	int r = 0;

	if (*line->bytes == ' ' || *line->bytes == '\t') /* obsolete folding: more of the value */
		return response->was_framing ? fail(response, HTTP1_BAD_FOLDING) : 0;
	name = find_name(line);
	if (name == 0)
		return fail(response, HTTP1_BAD_HEADER);
	value = line->bytes + name + 1;
	framing = find_framing(line->bytes, name);
	response->was_framing = framing != FRAMING_NONE;
	if (response->was_framing)
		r = line->is_long ? fail(response, HTTP1_LINE_TOO_LONG)
				  : parse_framing(response, framing, value, end);
	if (r < 0 || sink->on_header == NULL || response->status < 200 || line->is_cut)
		return r;
	trim(&value, &end);
	sink->on_header(sink->context, line->bytes, name, value, (size_t)(end - value));
	return 0;
}

/* The empty line was read: what follows? RFC 9112 section 6.3, in its order. */
static int end_head(struct http1_response *response)
{
	if (response->has_length && response->has_encoding)
		return fail(response, HTTP1_LENGTH_AND_ENCODING);
	if (response->status == 101)
		return fail(response, HTTP1_UPGRADED);
	if (response->status < 200) {
		begin_head(response);
		return 0;
	}
	response->is_keep_alive =
		!response->has_close && (response->minor_version == 1 || response->has_keep_alive);
	if (response->is_head || response->status == 204 || response->status == 304) {
		complete(response);
	} else if (response->is_chunked) {
		response->head_bytes = 0;
		response->state = STATE_CHUNK_SIZE;
	} else if (response->has_length) {
		response->state = STATE_BODY;
		if (response->rest == 0)
			complete(response);
	} else {
		response->is_keep_alive = false;
		response->state = STATE_BODY_UNTIL_CLOSE;
	}
	return 0;
}

static int parse_chunk_size(struct http1_response *response, const struct line *line)
{
	uint64_t size = 0;
	size_t at = 0;

	for (; at < line->length; at++) {
		char c = line->bytes[at];
		char lower = (char)(c | 0x20);

		if (is_digit(c))
			size = size << 4 | (uint64_t)(c - '0');
		else if (lower >= 'a' && lower <= 'f')
			size = size << 4 | (uint64_t)(lower - 'a' + 10);
		else
			break;
	}
	if (line->is_long)
		return fail(response, HTTP1_LINE_TOO_LONG);
	/* a CR that ends no line is where parsers disagree (RFC 9112 section 2.2) */
	if (at == 0 || at > 15 || !line->has_cr || memchr(line->bytes, '\r', line->length) != NULL)
		return fail(response, HTTP1_BAD_CHUNK_SIZE);
	while (at < line->length && (line->bytes[at] == ' ' || line->bytes[at] == '\t'))
		at++;
	if (at < line->length && line->bytes[at] != ';') /* extensions are for others */
		return fail(response, HTTP1_BAD_CHUNK_SIZE);
	response->head_bytes = 0;
	response->rest = size;
	response->state = size > 0 ? STATE_CHUNK_DATA : STATE_TRAILER;
	return 0;
}

static int parse_line(struct http1_response *response, const struct line *line,
		      const struct http1_sink *sink)
{
	switch (response->state) {
	case STATE_STATUS_LINE:
		return parse_status_line(response, line);
	case STATE_HEADER:
		return line->length == 0 ? end_head(response) : parse_header(response, line, sink);
	case STATE_CHUNK_SIZE:
		return parse_chunk_size(response, line);
	default: /* a trailer */
		if (line->length == 0)
			complete(response);
		return 0;
	}
}

/* As much of the body or chunk as there is. */
static void take_body(struct http1_response *response, const char **at, const char *end,
		      const struct http1_sink *sink)
{
	size_t length = (size_t)(end - *at);

	if (response->state != STATE_BODY_UNTIL_CLOSE) {
		if (length > response->rest)
			length = (size_t)response->rest;
		response->rest -= length;
	}
	response->body_bytes += length;
	if (sink->on_body != NULL)
		sink->on_body(sink->context, *at, length);
	*at += length;
	if (response->rest > 0 || response->state == STATE_BODY_UNTIL_CLOSE)
		return;
	if (response->state == STATE_BODY) {
		complete(response);
		return;
	}
	response->rest = 2;
	response->state = STATE_CHUNK_END;
}

static int take_chunk_end(struct http1_response *response, const char **at)
{
	if (**at != (response->rest == 2 ? '\r' : '\n'))
		return fail(response, HTTP1_BAD_CHUNK_END);
	(*at)++;
	response->rest--;
	if (response->rest == 0)
		response->state = STATE_CHUNK_SIZE;
	return 0;
}

ssize_t http1_response_feed(struct http1_response *response, const char *bytes, size_t length,
			    const struct http1_sink *sink)
{
	static const struct http1_sink nowhere = {0};
	const char *at = bytes, *end = bytes + length;
	struct line line;
	int r = 0;

	if (sink == NULL)
		sink = &nowhere;
	response->has_begun = true;
	while (r >= 0 && at < end) {
		switch ((enum state)response->state) {
		case STATE_STATUS_LINE:
		case STATE_HEADER:
		case STATE_CHUNK_SIZE:
		case STATE_TRAILER:
			r = take_line(response, &at, end, sink, &line);
			if (r > 0)
				r = parse_line(response, &line, sink);
			break;
		case STATE_BODY:
		case STATE_BODY_UNTIL_CLOSE:
		case STATE_CHUNK_DATA:
			take_body(response, &at, end, sink);
			break;
		case STATE_CHUNK_END:
			r = take_chunk_end(response, &at);
			break;
		case STATE_COMPLETE:
			return at - bytes;
		case STATE_BROKEN:
			return -EBADMSG;
		}
	}
	return r < 0 ? r : at - bytes;
}

int http1_response_end(struct http1_response *response)
{
	if (response->state == STATE_BROKEN)
		return -EBADMSG;
	if (response->state == STATE_BODY_UNTIL_CLOSE)
		complete(response);
	if (response->is_complete)
		return 0;
	return fail(response, response->has_begun ? HTTP1_CLOSED_INSIDE : HTTP1_CLOSED_BEFORE);
}

static bool is_token(const char *text)
{
	size_t length = 0;

	while (is_token_byte(text[length]))
		length++;
	return length > 0 && text[length] == '\0';
}

int http1_add_request_line(struct strbuf *out, const char *method, const char *path,
			   struct err *err)
{
	if (!is_token(method))
		return err_set(err, -EINVAL, "'%s' is not an HTTP method; write GET, POST, …",
			       method);
	if (path[0] != '/' && strcmp(path, "*") != 0)
		return err_set(err, -EINVAL, "the path '%s' must begin with '/'", path);
	strbuf_add_text(out, method);
	strbuf_add_char(out, ' ');
	strbuf_add_text(out, path);
	strbuf_add_text(out, " HTTP/1.1\r\n");
	return 0;
}

int http1_add_header(struct strbuf *out, const char *name, const char *value, struct err *err)
{
	if (!is_token(name))
		return err_set(err, -EINVAL, "'%s' is not a header name; write it as 'Name: value'",
			       name);
	if (strpbrk(value, "\r\n") != NULL)
		return err_set(err, -EINVAL, "the value of the header '%s' holds a line end", name);
	strbuf_add_text(out, name);
	strbuf_add_text(out, ": ");
	strbuf_add_text(out, value);
	strbuf_add_text(out, "\r\n");
	return 0;
}

void http1_add_end(struct strbuf *out, bool has_body, uint64_t body_length)
{
	if (has_body)
		strbuf_addf(out, "Content-Length: %" PRIu64 "\r\n", body_length);
	strbuf_add_text(out, "\r\n");
}
