#include "http.h"

#include <string.h>
#include <strings.h>

/* RFC 9110, 5.6.2: what a method or a header's name may be made of */
static const bool is_token[256] = {
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true,
	['#'] = true,	      ['$'] = true,	    ['%'] = true,	  ['&'] = true,
	['\''] = true,	      ['*'] = true,	    ['+'] = true,	  ['-'] = true,
	['.'] = true,	      ['^'] = true,	    ['_'] = true,	  ['`'] = true,
	['|'] = true,	      ['~'] = true,
};

struct text {
	const char *at;
	size_t size;
};

static bool text_is(struct text text, const char *word)
{
	return text.size == strlen(word) && memcmp(text.at, word, text.size) == 0;
}

static bool text_is_nocase(struct text text, const char *word)
{
	return text.size == strlen(word) && strncasecmp(text.at, word, text.size) == 0;
}

static struct text text_trim(struct text text)
{
	while (text.size > 0 && (text.at[0] == ' ' || text.at[0] == '\t')) {
		text.at++;
		text.size--;
	}
	while (text.size > 0 && (text.at[text.size - 1] == ' ' || text.at[text.size - 1] == '\t'))
		text.size--;
	return text;
}

static size_t text_token_size(struct text text)
{
	size_t size = 0;

	while (size < text.size && is_token[(unsigned char)text.at[size]])
		size++;
	return size;
}

/* Whether a comma-separated list has the word in it. */
static bool text_list_has(struct text list, const char *word)
{
	while (list.size > 0) {
		const char *comma = memchr(list.at, ',', list.size);
		size_t size = comma != NULL ? (size_t)(comma - list.at) : list.size;

		if (text_is_nocase(text_trim((struct text){list.at, size}), word))
			return true;
		if (comma == NULL)
			break;
		list.at += size + 1;
		list.size -= size + 1;
	}
	return false;
}

void http_request_init(struct http_request *request)
{
	*request = (struct http_request){.method = HTTP_OTHER};
}

size_t http_request_size(const struct http_request *request)
{
	return request->header_size + request->body_size;
}

static bool refuse(struct http_request *request, int status, const char *text)
{
	request->error_status = status;
	request->error_text = text;
	return false;
}

static enum http_method method_from(struct text text)
{
	if (text_is(text, "GET"))
		return HTTP_GET;
	if (text_is(text, "HEAD"))
		return HTTP_HEAD;
	if (text_is(text, "POST"))
		return HTTP_POST;
	return HTTP_OTHER;
}

static bool parse_version(struct http_request *request, struct text version)
{
	if (version.size != 8 || memcmp(version.at, "HTTP/", 5) != 0 || version.at[6] != '.')
		return refuse(request, 400, "the request line does not end in HTTP/1.1\n");
	if (version.at[5] != '1')
		return refuse(request, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here\n");
	request->is_http10 = version.at[7] == '0';
	return true;
}

/*
 * `GET /path?query HTTP/1.1`, also with the absolute form of the target, which RFC 9112, 3.2.2
 * wants accepted.
 */
static bool parse_request_line(struct http_request *request, const char *bytes, struct text line)
{
	struct text method = {line.at, text_token_size(line)};
	struct text target = {line.at + method.size + 1, 0};
	const char *end = line.at + line.size;
	const char *slash;

	if (method.size == 0 || method.size == line.size || line.at[method.size] != ' ')
		return refuse(request, 400, "the request line does not begin with a method\n");
	while (target.at + target.size < end && (unsigned char)target.at[target.size] > ' ' &&
	       target.at[target.size] != 0x7f)
		target.size++;
	if (target.at + target.size == end || target.at[target.size] != ' ')
		return refuse(request, 400, "the request line is not METHOD TARGET VERSION\n");
	if (!parse_version(request, (struct text){target.at + target.size + 1,
						  (size_t)(end - target.at) - target.size - 1}))
		return false;
	if (target.size > 7 && strncasecmp(target.at, "http://", 7) == 0) {
		slash = memchr(target.at + 7, '/', target.size - 7);
		if (slash != NULL) {
			target.size -= (size_t)(slash - target.at);
			target.at = slash;
		}
	}
	if (target.size == 0 || target.at[0] != '/')
		return refuse(request, 400, "the request's target does not begin with a slash\n");
	request->method = method_from(method);
	request->path_offset = (size_t)(target.at - bytes);
	request->path_size = target.size;
	slash = memchr(target.at, '?', target.size);
	if (slash != NULL)
		request->path_size = (size_t)(slash - target.at);
	return true;
}

static bool parse_length(struct http_request *request, struct text value)
{
	size_t length = 0;

	if (request->has_length)
		return refuse(request, 400, "more than one Content-Length\n");
	if (value.size == 0)
		return refuse(request, 400, "Content-Length is not a number\n");
	for (size_t i = 0; i < value.size; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return refuse(request, 400, "Content-Length is not a number\n");
		if (length <= HTTP_BODY_MAX_BYTES)
			length = length * 10 + (size_t)(value.at[i] - '0');
	}
	request->has_length = true;
	request->body_size = length;
	return true;
}

static bool parse_header_line(struct http_request *request, struct text line)
{
	struct text name = {line.at, text_token_size(line)};
	struct text value;

	if (name.size == 0 || name.size == line.size || line.at[name.size] != ':')
		return refuse(request, 400, "a header line is not NAME: VALUE\n");
	value = text_trim((struct text){line.at + name.size + 1, line.size - name.size - 1});
	for (size_t i = 0; i < value.size; i++) {
		unsigned char byte = (unsigned char)value.at[i];

		if ((byte < ' ' && byte != '\t') || byte == 0x7f)
			return refuse(request, 400, "a header line has a control character\n");
	}
	if (text_is_nocase(name, "Host")) {
		if (request->has_host)
			return refuse(request, 400, "more than one Host\n");
		request->has_host = true;
	} else if (text_is_nocase(name, "Content-Length")) {
		return parse_length(request, value);
	} else if (text_is_nocase(name, "Transfer-Encoding")) {
		request->has_coding = true;
	} else if (text_is_nocase(name, "Connection")) {
		request->wants_close |= text_list_has(value, "close");
		request->has_keep_alive |= text_list_has(value, "keep-alive");
	} else if (text_is_nocase(name, "Expect")) {
		request->expects_continue = text_is_nocase(value, "100-continue");
	}
	return true;
}

/* The empty line: what only the header as a whole can tell. */
static bool finish_header(struct http_request *request)
{
	if (!request->has_host && !request->is_http10)
		return refuse(request, 400, "an HTTP/1.1 request needs a Host\n");
	if (request->has_coding && request->has_length)
		return refuse(request, 400, "both Transfer-Encoding and Content-Length\n");
	if (request->has_coding)
		return refuse(request, 411, "send the body with a Content-Length\n");
	if (request->body_size > HTTP_BODY_MAX_BYTES)
		return refuse(request, 413, "the body may have 1048576 bytes\n");
	request->expects_continue &= !request->is_http10 && request->body_size > 0;
	request->wants_close |= request->is_http10 && !request->has_keep_alive;
	request->header_size = request->line_offset;
	request->stage = HTTP_STAGE_BODY;
	return true;
}

/*
 * One line without its CRLF; `line_offset` is already behind it. Empty lines before a request are
 * allowed.
 */
static bool parse_line(struct http_request *request, const char *bytes, struct text line)
{
	if (request->stage == HTTP_STAGE_LINES)
		return line.size > 0 ? parse_header_line(request, line) : finish_header(request);
	if (line.size == 0)
		return true;
	request->stage = HTTP_STAGE_LINES;
	return parse_request_line(request, bytes, line);
}

enum http_step http_request_parse(struct http_request *request, const char *bytes, size_t size)
{
	if (request->error_status != 0)
		return HTTP_BAD;
	if (request->stage == HTTP_STAGE_BODY)
		return size >= http_request_size(request) ? HTTP_WHOLE : HTTP_MORE;
	while (request->stage != HTTP_STAGE_BODY) {
		size_t limit = size < HTTP_HEADER_MAX_BYTES ? size : HTTP_HEADER_MAX_BYTES;
		struct text line = {bytes + request->line_offset, 0};
		const char *end = NULL;

		if (limit > request->scan_offset)
			end = memchr(bytes + request->scan_offset, '\n',
				     limit - request->scan_offset);
		if (end == NULL) {
			request->scan_offset = limit;
			if (limit < HTTP_HEADER_MAX_BYTES)
				return HTTP_MORE;
			(void)refuse(request, 431, "the header may have 8192 bytes\n");
			return HTTP_BAD;
		}
		line.size = (size_t)(end - line.at);
		request->line_offset += line.size + 1;
		request->scan_offset = request->line_offset;
		if (line.size == 0 || end[-1] != '\r') {
			(void)refuse(request, 400, "a line does not end in CRLF\n");
			return HTTP_BAD;
		}
		line.size--;
		if (!parse_line(request, bytes, line))
			return HTTP_BAD;
	}
	return HTTP_HEADER;
}
