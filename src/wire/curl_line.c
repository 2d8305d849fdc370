#include "wire/curl_line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "util/parse.h"
#include "util/vec.h"
#include "wire/curl_connect.h"
#include "wire/curl_option.h"
#include "wire/curl_words.h"
#include "wire/http1.h"

struct state {
	struct curl_line line; /* what needs no second look is put here at once */
	struct arena *arena;
	curl_line_read_fn read_file;
	void *context;
	struct err *err;

	const char *shown; /* the option as it was typed, for sentences */
	const char *url;
	struct curl_connect connect;
	/* of -H, where value NULL takes a default away; and what other options imply */
	VEC(struct curl_line_header) headers, defaults;
	VEC(const char *) notes;
	struct strbuf data, cookies;
	bool has_data, is_get, is_head;
};

static int refuse(struct state *state, const char *value, const char *what)
{
	return err_set(state->err, -EINVAL, "curl's %s '%s': %s", state->shown, value, what);
}

static void add_note(struct state *state, const char *text)
{
	const char *note = arena_printf(state->arena, "%s: %s", state->shown, text);

	for (size_t i = 0; i < state->notes.count; i++) {
		if (strcmp(state->notes.items[i], note) == 0)
			return;
	}
	vec_push(&state->notes, note);
}

/* What an option implies, unless -H says something else. The last one counts. */
static void set_default(struct state *state, const char *name, const char *value)
{
	for (size_t i = 0; i < state->defaults.count; i++) {
		if (strcasecmp(state->defaults.items[i].name, name) == 0) {
			state->defaults.items[i].value = value;
			return;
		}
	}
	vec_push(&state->defaults, (struct curl_line_header){name, value});
}

/* "Name: value", "Name;" for an empty value, "Name:" to leave a header out. */
static int take_header(struct state *state, const char *text)
{
	size_t length = strcspn(text, ":;");
	const char *value = text + length, *name;

	if (*text == '@')
		return refuse(state, text, "headers are not read from files; write 'Name: value'");
	if (*value == '\0' || (*value == ';' && value[1] != '\0'))
		return refuse(state, text, "a header is written 'Name: value'");
	name = arena_strndup(state->arena, text, length);
	if (strcasecmp(name, "Content-Length") == 0 || strcasecmp(name, "Transfer-Encoding") == 0) {
		if (value[1 + strspn(value + 1, " \t")] != '\0')
			add_note(state,
				 arena_printf(state->arena,
					      "%s is left out; the length is that of the data",
					      name));
		return 0;
	}
	if (*value == ';')
		value = "";
	else if (value[1 + strspn(value + 1, " \t")] == '\0')
		value = NULL;
	else
		value += 1 + strspn(value + 1, " \t");
	vec_push(&state->headers, (struct curl_line_header){name, value});
	return 0;
}

static int take_referer(struct state *state, const char *text)
{
	const char *automatic = strstr(text, ";auto"); /* for redirects, which are not followed */
	size_t length = automatic != NULL ? (size_t)(automatic - text) : strlen(text);

	if (length > 0)
		set_default(state, "Referer", arena_strndup(state->arena, text, length));
	return 0;
}

static int take_cookie(struct state *state, const char *text)
{
	if (*text == '\0')
		return 0;
	if (strchr(text, '=') == NULL)
		return refuse(state, text, "cookies are not read from files; write NAME=VALUE");
	if (state->cookies.length > 0)
		strbuf_add_text(&state->cookies, "; ");
	strbuf_add_text(&state->cookies, text);
	set_default(state, "Cookie", arena_strdup(state->arena, strbuf_text(&state->cookies)));
	return 0;
}

/* RFC 4648 section 4. */
static char *encode_base64(struct arena *arena, const char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t length = strlen(text), at = 0;
	char *out = arena_alloc(arena, (length + 2) / 3 * 4 + 1, 1);

	for (size_t i = 0; i < length; i += 3) {
		size_t left = length - i;
		uint32_t bits = (uint32_t)(unsigned char)text[i] << 16;

		if (left > 1)
			bits |= (uint32_t)(unsigned char)text[i + 1] << 8;
		if (left > 2)
			bits |= (unsigned char)text[i + 2];
		out[at++] = digits[bits >> 18];
		out[at++] = digits[bits >> 12 & 63];
		out[at++] = left > 1 ? digits[bits >> 6 & 63] : '=';
		out[at++] = left > 2 ? digits[bits & 63] : '=';
	}
	return out;
}

static int take_user(struct state *state, const char *text)
{
	if (strchr(text, ':') == NULL)
		return refuse(state, text, "the password is missing; write NAME:PASSWORD");
	set_default(state, "Authorization",
		    arena_printf(state->arena, "Basic %s", encode_base64(state->arena, text)));
	return 0;
}

static int read_file(struct state *state, const char *path, struct strbuf *out)
{
	int r;

	if (state->read_file == NULL)
		return refuse(state, path, "data is not read from files here");
	r = state->read_file(state->context, path, out, state->err);
	return r < 0 ? err_prefix(state->err, r, "curl's %s: ", state->shown) : 0;
}

/* Appends the file as -d does: without CR, LF and NUL. */
static int add_stripped_file(struct state *state, const char *path)
{
	struct strbuf file;
	int r;

	strbuf_init(&file, CURL_LINE_DATA_MAX);
	r = read_file(state, path, &file);
	for (size_t i = 0; r == 0 && i < file.length; i++) {
		if (file.data[i] != '\r' && file.data[i] != '\n' && file.data[i] != '\0')
			strbuf_add_char(&state->data, file.data[i]);
	}
	state->data.is_full = state->data.is_full || file.is_full;
	strbuf_release(&file);
	return r;
}

static void add_encoded(struct state *state, const char *bytes, size_t length)
{
	char encoded[3 * 1024];

	for (size_t at = 0; at < length; at += 1024) {
		size_t piece = length - at < 1024 ? length - at : 1024;

		strbuf_add(&state->data, encoded, url_encode(encoded, bytes + at, piece));
	}
}

/* "content", "=content", "name=content", "@file", "name@file". */
static int add_urlencoded(struct state *state, const char *text)
{
	size_t name = strcspn(text, "=@");
	const char *content = text + name;
	struct strbuf file;
	int r;

	if (*content == '\0') {
		add_encoded(state, text, name);
		return 0;
	}
	if (name > 0) {
		strbuf_add(&state->data, text, name);
		strbuf_add_char(&state->data, '=');
	}
	if (*content == '=') {
		add_encoded(state, content + 1, strlen(content + 1));
		return 0;
	}
	strbuf_init(&file, CURL_LINE_DATA_MAX);
	r = read_file(state, content + 1, &file);
	if (r == 0)
		add_encoded(state, strbuf_text(&file), file.length);
	state->data.is_full = state->data.is_full || file.is_full;
	strbuf_release(&file);
	return r;
}

static int take_data(struct state *state, enum curl_option_kind kind, const char *text)
{
	int r = 0;

	if (kind == CURL_OPTION_JSON) {
		set_default(state, "Content-Type", "application/json");
		set_default(state, "Accept", "application/json");
	} else if (state->data.length > 0) {
		strbuf_add_char(&state->data, '&');
	}
	state->has_data = true;
	if (kind == CURL_OPTION_DATA_URLENCODE)
		r = add_urlencoded(state, text);
	else if (*text != '@' || kind == CURL_OPTION_DATA_RAW)
		strbuf_add_text(&state->data, text);
	else if (kind == CURL_OPTION_DATA)
		r = add_stripped_file(state, text + 1);
	else
		r = read_file(state, text + 1, &state->data);
	if (r == 0 && state->data.is_full)
		r = err_set(state->err, -EFBIG, "curl's %s: the data is longer than %d MB",
			    state->shown, CURL_LINE_DATA_MAX >> 20);
	return r;
}

static int take_url(struct state *state, const char *text)
{
	if (state->url != NULL)
		return err_set(state->err, -EINVAL,
			       "'%s' would be a second URL beside '%s'; one command makes one "
			       "request (quote a value that holds blanks)",
			       text, state->url);
	state->url = text;
	return 0;
}

static int take_max_time(struct state *state, const char *text)
{
	uint64_t ns;

	if (parse_duration_ns(text, &ns) < 0 || ns == 0)
		return refuse(state, text, "write a time like 2.5 (seconds)");
	state->line.timeout_ns = ns;
	return 0;
}

static int take_cert(struct state *state, const char *text)
{
	if (strchr(text, ':') != NULL)
		return refuse(state, text,
			      "a certificate with a password is not supported; store its key "
			      "without one");
	state->line.cert_file = text;
	return 0;
}

static int take_option(struct state *state, const struct curl_option *option, const char *value)
{
	struct curl_line *line = &state->line;

	switch (option->kind) {
	case CURL_OPTION_IGNORED:
		if (option->text != NULL)
			add_note(state, option->text);
		break;
	case CURL_OPTION_REFUSED:
		return err_set(state->err, -EOPNOTSUPP, "curl's %s: %s", state->shown,
			       option->text);
	case CURL_OPTION_METHOD:
		line->method = value;
		break;
	case CURL_OPTION_URL:
		return take_url(state, value);
	case CURL_OPTION_HEADER:
		return take_header(state, value);
	case CURL_OPTION_HEADER_VALUE:
		set_default(state, option->text, *value != '\0' ? value : NULL);
		break;
	case CURL_OPTION_RANGE:
		set_default(state, "Range", arena_printf(state->arena, "bytes=%s", value));
		break;
	case CURL_OPTION_REFERER:
		return take_referer(state, value);
	case CURL_OPTION_COOKIE:
		return take_cookie(state, value);
	case CURL_OPTION_USER:
		return take_user(state, value);
	case CURL_OPTION_BEARER:
		set_default(state, "Authorization", arena_printf(state->arena, "Bearer %s", value));
		break;
	case CURL_OPTION_COMPRESSED:
		set_default(state, "Accept-Encoding", "deflate, gzip, br");
		break;
	case CURL_OPTION_DATA:
	case CURL_OPTION_DATA_RAW:
	case CURL_OPTION_DATA_BINARY:
	case CURL_OPTION_DATA_URLENCODE:
	case CURL_OPTION_JSON:
		return take_data(state, option->kind, value);
	case CURL_OPTION_GET:
		state->is_get = true;
		break;
	case CURL_OPTION_HEAD:
		state->is_head = true;
		break;
	case CURL_OPTION_MAX_TIME:
		return take_max_time(state, value);
	case CURL_OPTION_UNIX_SOCKET:
		state->connect.unix_socket = value;
		break;
	case CURL_OPTION_CONNECT_TO:
		vec_push(&state->connect.connect_to, value);
		break;
	case CURL_OPTION_RESOLVE:
		vec_push(&state->connect.resolve, value);
		break;
	case CURL_OPTION_INSECURE:
		line->is_insecure = true;
		break;
	case CURL_OPTION_CA_FILE:
		line->ca_file = value;
		break;
	case CURL_OPTION_CERT_FILE:
		return take_cert(state, value);
	case CURL_OPTION_KEY_FILE:
		line->key_file = value;
		break;
	case CURL_OPTION_PEM:
		return strcasecmp(value, "PEM") == 0
			       ? 0
			       : refuse(state, value, "only PEM files are supported");
	case CURL_OPTION_HTTP1:
		line->protocol = CURL_LINE_HTTP1;
		break;
	case CURL_OPTION_HTTP2:
		line->protocol = CURL_LINE_ANY_PROTOCOL;
		break;
	case CURL_OPTION_HTTP2_ONLY:
		line->protocol = CURL_LINE_HTTP2;
		break;
	}
	return 0;
}

/* "-name value" with its value in the next word; *at moves over that. */
static int take_with_next(struct state *state, const struct curl_option *option,
			  const char *const **at)
{
	if (!option->has_value)
		return take_option(state, option, "");
	if (**at == NULL)
		return err_set(state->err, -EINVAL, "curl's %s: its value is missing",
			       state->shown);
	return take_option(state, option, *(*at)++);
}

static int take_long(struct state *state, const char *word, const char *const **at)
{
	const struct curl_option *option = curl_option_find_name(word + 2);
	const char *nearest;

	state->shown = word;
	if (option != NULL)
		return take_with_next(state, option, at);
	nearest = curl_option_find_nearest(word + 2);
	if (nearest != NULL)
		return err_set(state->err, -EINVAL,
			       "'%s' is no option of curl known here; did you mean --%s?", word,
			       nearest);
	return err_set(state->err, -EINVAL, "'%s' is no option of curl known here", word);
}

/* "-sXPOST": flags, and at the end one with a value. */
static int take_letters(struct state *state, const char *word, const char *const **at)
{
	int r = 0;

	for (const char *letter = word + 1; r == 0 && *letter != '\0'; letter++) {
		const struct curl_option *option = curl_option_find_letter(*letter);

		state->shown = arena_printf(state->arena, "-%c", *letter);
		if (option == NULL)
			return err_set(state->err, -EINVAL,
				       "-%c (in '%s') is no option of curl known here", *letter,
				       word);
		if (option->has_value && letter[1] != '\0')
			return take_option(state, option, letter + 1);
		r = take_with_next(state, option, at);
	}
	return r;
}

static int take_words(struct state *state, const char *const *at)
{
	bool are_options = true;
	int r = 0;

	while (r == 0 && *at != NULL) {
		const char *word = *at++;

		if (!are_options || word[0] != '-')
			r = take_url(state, word);
		else if (strcmp(word, "--") == 0)
			are_options = false;
		else if (word[1] == '-')
			r = take_long(state, word, &at);
		else if (word[1] == '\0')
			r = err_set(state->err, -EINVAL, "'-' is no URL");
		else
			r = take_letters(state, word, &at);
	}
	return r;
}

/* The URL, with the data as its query after -G. */
static int set_url(struct state *state)
{
	struct strbuf url;
	int r;

	if (state->url == NULL)
		return err_set(state->err, -EINVAL, "the curl command has no URL");
	strbuf_init(&url, STRBUF_MAX_DEFAULT);
	strbuf_add(&url, state->url, strcspn(state->url, "#"));
	if (state->is_get && state->data.length > 0) {
		strbuf_add_char(&url, strchr(strbuf_text(&url), '?') != NULL ? '&' : '?');
		strbuf_add(&url, state->data.data, state->data.length);
	}
	r = strlen(strbuf_text(&url)) < url.length
		    ? err_set(state->err, -EINVAL, "the data for the URL (-G) holds a NUL byte")
		    : url_parse(&state->line.url, strbuf_text(&url), state->err);
	strbuf_release(&url);
	return r;
}

static int set_method_and_body(struct state *state)
{
	struct curl_line *line = &state->line;
	bool has_body = state->has_data && !state->is_get;

	if (has_body && state->is_head)
		return err_set(state->err, -EINVAL,
			       "curl's -I makes a HEAD request, which has no data; with -G the "
			       "data goes into the URL");
	if (line->method == NULL)
		line->method = state->is_head ? "HEAD" : has_body ? "POST" : "GET";
	if (!has_body)
		return 0;
	line->body_length = state->data.length;
	line->body = arena_strndup(state->arena, strbuf_text(&state->data), state->data.length);
	for (size_t i = 0; i < state->defaults.count; i++) {
		if (strcmp(state->defaults.items[i].name, "Content-Type") == 0)
			return 0;
	}
	set_default(state, "Content-Type", "application/x-www-form-urlencoded");
	return 0;
}

static bool is_given(const struct state *state, const char *name)
{
	for (size_t i = 0; i < state->headers.count; i++) {
		if (strcasecmp(state->headers.items[i].name, name) == 0)
			return true;
	}
	return false;
}

/* What options imply and -H does not touch, then those of -H; all can stand in a request. */
static int set_headers(struct state *state)
{
	struct curl_line_header *headers = arena_alloc(
		state->arena, state->defaults.count + state->headers.count, sizeof(*headers));
	struct strbuf scratch;
	uint32_t count = 0;
	int r;

	for (size_t i = 0; i < state->defaults.count; i++) {
		const struct curl_line_header *header = &state->defaults.items[i];

		if (header->value != NULL && !is_given(state, header->name))
			headers[count++] = *header;
	}
	for (size_t i = 0; i < state->headers.count; i++) {
		if (state->headers.items[i].value != NULL)
			headers[count++] = state->headers.items[i];
	}
	strbuf_init(&scratch, STRBUF_MAX_DEFAULT);
	r = http1_add_request_line(&scratch, state->line.method, "/", state->err);
	for (uint32_t i = 0; r == 0 && i < count; i++)
		r = http1_add_header(&scratch, headers[i].name, headers[i].value, state->err);
	strbuf_release(&scratch);
	state->line.headers = headers;
	state->line.header_count = count;
	return r;
}

static void set_notes(struct state *state)
{
	const char **notes = arena_alloc(state->arena, state->notes.count, sizeof(*notes));

	for (size_t i = 0; i < state->notes.count; i++)
		notes[i] = state->notes.items[i];
	state->line.notes = notes;
	state->line.note_count = (uint32_t)state->notes.count;
}

static int finish(struct state *state)
{
	int r = set_url(state);

	if (r == 0)
		r = curl_connect_find(&state->line.connect_to, &state->connect, &state->line.url,
				      state->arena, state->err);
	if (r == 0)
		r = set_method_and_body(state);
	if (r == 0)
		r = set_headers(state);
	if (r == 0)
		set_notes(state);
	return r;
}

static bool is_curl(const char *word)
{
	const char *slash = strrchr(word, '/');

	word = slash != NULL ? slash + 1 : word;
	return strcmp(word, "curl") == 0 || strcmp(word, "curl.exe") == 0;
}

/* So that the result holds nothing of the caller's. */
static const char *const *copy_words(const char *const *words, struct arena *arena)
{
	const char **copy;
	size_t count = 0;

	while (words[count] != NULL)
		count++;
	copy = arena_alloc(arena, count + 1, sizeof(*copy));
	for (size_t i = 0; i < count; i++)
		copy[i] = arena_strdup(arena, words[i]);
	return copy;
}

int curl_line_parse_words(struct curl_line *ret_line, const char *const *words, struct arena *arena,
			  curl_line_read_fn read, void *context, struct err *err)
{
	struct state state = {.arena = arena, .read_file = read, .context = context, .err = err};
	int r;

	if (words[0] != NULL && strcmp(words[0], "$") == 0) /* a prompt, pasted along */
		words++;
	if (words[0] == NULL || !is_curl(words[0]))
		return err_set(err, -EINVAL, "the command must begin with curl, not with '%s'",
			       words[0] != NULL ? words[0] : "");
	strbuf_init(&state.data, CURL_LINE_DATA_MAX);
	strbuf_init(&state.cookies, CURL_LINE_DATA_MAX);
	r = take_words(&state, copy_words(words + 1, arena));
	if (r == 0)
		r = finish(&state);
	if (r == 0)
		*ret_line = state.line;
	vec_release(&state.connect.connect_to);
	vec_release(&state.connect.resolve);
	vec_release(&state.headers);
	vec_release(&state.defaults);
	vec_release(&state.notes);
	strbuf_release(&state.data);
	strbuf_release(&state.cookies);
	return r;
}

int curl_line_parse(struct curl_line *ret_line, const char *text, struct arena *arena,
		    curl_line_read_fn read, void *context, struct err *err)
{
	const char *const *words;
	int r = curl_words_split(text, arena, &words, err);

	if (r < 0)
		return err_prefix(err, r, "the curl command, ");
	return curl_line_parse_words(ret_line, words, arena, read, context, err);
}
