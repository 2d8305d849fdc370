#include "import/perf_script_line.h"

#include <stddef.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_blanks(const char *at)
{
	while (is_blank(*at))
		at++;
	return at;
}

static const char *find_word_end(const char *at)
{
	while (*at != '\0' && !is_blank(*at))
		at++;
	return at;
}

/* Digits up to a value that fits; NULL without any, or with too many. */
static const char *read_number(const char *at, uint64_t max, uint64_t *ret_value)
{
	const char *start = at;
	uint64_t value = 0;

	for (; is_digit(*at); at++) {
		if (value > (max - (uint64_t)(*at - '0')) / 10)
			return NULL;
		value = value * 10 + (uint64_t)(*at - '0');
	}
	*ret_value = value;
	return at > start ? at : NULL;
}

static const char *read_hex(const char *at, uint64_t *ret_value)
{
	const char *start = at;
	uint64_t value = 0;

	for (; at - start < 17; at++) {
		unsigned digit = is_digit(*at)		    ? (unsigned)(*at - '0')
				 : *at >= 'a' && *at <= 'f' ? (unsigned)(*at - 'a') + 10
				 : *at >= 'A' && *at <= 'F' ? (unsigned)(*at - 'A') + 10
							    : 16;

		if (digit == 16)
			break;
		value = value << 4 | digit;
	}
	*ret_value = value;
	return at > start && at - start <= 16 ? at : NULL;
}

/* What stands behind the thread's name, while it is looked at. */
struct header {
	uint64_t pid, tid, cpu, time_ns, period;
	const char *event, *event_end;
	const char *rest;
	bool has_tid, has_cpu, has_time;
};

/* "12", "12/34", "12/ 34" is not written. */
static const char *read_ids(const char *at, struct header *header)
{
	at = read_number(at, UINT32_MAX, &header->pid);
	if (at == NULL)
		return NULL;
	if (*at == '/') {
		at = read_number(at + 1, UINT32_MAX, &header->tid);
		header->has_tid = true;
	}
	return at != NULL && (is_blank(*at) || *at == '\0') ? skip_blanks(at) : NULL;
}

/* "[003]". */
static const char *read_cpu(const char *at, struct header *header)
{
	const char *end = *at == '[' ? read_number(at + 1, UINT32_MAX - 1, &header->cpu) : NULL;

	if (end == NULL || *end != ']')
		return at;
	header->has_cpu = true;
	return skip_blanks(end + 1);
}

/* "94564.109216:": seconds with 6 or 9 digits behind the point. */
static const char *read_time(const char *at, struct header *header)
{
	uint64_t seconds, fraction = 0, unit = 1000000000;
	const char *end = read_number(at, UINT64_MAX / 2000000000, &seconds);

	if (end == NULL || *end != '.')
		return at;
	for (end++; is_digit(*end); end++) {
		unit /= 10;
		fraction += unit * (uint64_t)(*end - '0');
	}
	if (*end != ':')
		return at;
	header->time_ns = seconds * 1000000000 + fraction;
	header->has_time = true;
	return skip_blanks(end + 1);
}

/* A number before the event's name. */
static const char *read_period(const char *at, struct header *header)
{
	const char *end = read_number(at, UINT64_MAX / 2, &header->period);

	if (end == NULL || !is_blank(*end)) {
		header->period = 0;
		return at;
	}
	return skip_blanks(end);
}

/* Any word that ends with a colon. */
static const char *read_event(const char *at, struct header *header)
{
	const char *end = find_word_end(at);

	if (end - at < 2 || end[-1] != ':')
		return NULL;
	header->event = at;
	header->event_end = end - 1;
	return skip_blanks(end);
}

/*
 * From the ids on. Something has to show that they are: behind them are a CPU, a time or an event,
 * or nothing at all.
 */
static bool read_header(const char *at, struct header *header)
{
	const char *event;

	*header = (struct header){0};
	at = read_ids(at, header);
	if (at == NULL)
		return false;
	at = read_cpu(at, header);
	/* flags of ftrace ("d.h1.", "....."), which -F +misc and old perfs print */
	if (header->has_cpu && !is_digit(*at) && *find_word_end(at) != '\0' &&
	    find_word_end(at)[-1] != ':')
		at = skip_blanks(find_word_end(at));
	at = read_time(at, header);
	event = read_event(read_period(at, header), header);
	if (event != NULL) {
		header->rest = event;
		return true;
	}
	header->period = 0;
	header->rest = at;
	return *at == '\0' || header->has_time;
}

/* The end of the name: back over the blanks that pad it. */
static char *cut_before(char *line, const char *at)
{
	char *end = line + (at - line);

	while (end > line && is_blank(end[-1]))
		end--;
	return end;
}

bool perf_script_line_parse_sample(char *line, struct perf_script_sample *ret_sample)
{
	char *comm = line + (skip_blanks(line) - line);
	const char *at = find_word_end(comm);
	struct header header;

	if (*comm == '\0' || *comm == '#')
		return false;
	for (at = skip_blanks(at); *at != '\0'; at = skip_blanks(find_word_end(at))) {
		char *name_end;

		if (!is_digit(*at) || !read_header(at, &header))
			continue;
		name_end = cut_before(line, at);
		if (header.event != NULL)
			line[header.event_end - line] = '\0';
		*name_end = '\0';
		*ret_sample = (struct perf_script_sample){
			.comm = comm,
			.pid = (uint32_t)header.pid,
			.tid = (uint32_t)(header.has_tid ? header.tid : header.pid),
			.cpu = header.has_cpu ? (uint32_t)header.cpu : PERF_SCRIPT_CPU_NONE,
			.time_ns = header.has_time ? header.time_ns : 0,
			.period = header.period,
			.event = header.event != NULL ? header.event : "",
			.rest = line + (header.rest - line),
		};
		return true;
	}
	return false;
}

/* Where "+0x1a2b" begins, if the text up to `end` ends with one; else `end`. */
static char *find_offset(char *text, char *end)
{
	char *at = end;

	while (at > text && (is_digit(at[-1]) || (at[-1] >= 'a' && at[-1] <= 'f')))
		at--;
	return at < end && at - text >= 3 && memcmp(at - 3, "+0x", 3) == 0 ? at - 3 : end;
}

/* The " (" that the module stands behind, which may have parentheses of its own: "x (deleted)". */
static char *find_module(char *text, const char *end)
{
	static const char deleted[] = " (deleted))";
	const size_t length = sizeof(deleted) - 1;
	const char *limit = end;

	if ((size_t)(end - text) > length && memcmp(end - length, deleted, length) == 0)
		limit = end - length;
	for (char *at = text + (limit - text); at - text >= 2; at--)
		if (at[-2] == ' ' && at[-1] == '(')
			return at - 2;
	return NULL;
}

bool perf_script_line_parse_frame(char *line, struct perf_script_frame *ret_frame)
{
	struct perf_script_frame frame = {.module = ""};
	const char *after = read_hex(skip_blanks(line), &frame.ip);
	char *symbol, *end, *open;

	if (after == NULL || (!is_blank(*after) && *after != '\0'))
		return false;
	symbol = line + (skip_blanks(after) - line);
	end = symbol + strlen(symbol);
	while (end > symbol && is_blank(end[-1]))
		end--;
	*end = '\0';
	open = end > symbol && end[-1] == ')' ? find_module(symbol > line ? symbol - 1 : line, end)
					      : NULL;
	if (open != NULL) {
		end[-1] = '\0';
		frame.module = open + 2;
		end = open > symbol ? open : symbol;
		frame.is_inlined = strcmp(frame.module, "inlined") == 0;
	}
	*find_offset(symbol, end) = '\0';
	frame.symbol = symbol;
	*ret_frame = frame;
	return true;
}

bool perf_script_line_parse_source(char *line, struct perf_script_source *ret_source)
{
	char *file = line + (skip_blanks(line) - line), *colon = strrchr(file, ':');
	struct perf_script_source source = {.file = file};
	uint64_t number;
	const char *end;

	if (file == line || colon == NULL || colon == file)
		return false;
	end = read_number(colon + 1, UINT32_MAX, &number);
	if (end == NULL)
		return false;
	end = skip_blanks(end);
	source.is_inlined = strcmp(end, "(inlined)") == 0;
	if (*end != '\0' && !source.is_inlined)
		return false;
	*colon = '\0';
	source.line = (uint32_t)number;
	*ret_source = source;
	return true;
}
