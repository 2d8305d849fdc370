#include "export/hdr_log.h"

#include <assert.h>
#include <time.h>
#include <zlib.h>

#include "util/alloc.h"
#include "util/clean.h"
#include "util/clock.h"

enum { COOKIE_COMPRESSED_V2 = 0x1c849314, PREFIX_BYTES = 8 };

static void put_be32(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (24 - 8 * i));
}

static void add_base64(struct strbuf *text, const unsigned char *bytes, size_t length)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t at = 0; at < length; at += 3) {
		size_t have = length - at;
		uint32_t group = (uint32_t)bytes[at] << 16;

		group |= have > 1 ? (uint32_t)bytes[at + 1] << 8 : 0;
		group |= have > 2 ? bytes[at + 2] : 0;
		strbuf_add_char(text, digits[group >> 18]);
		strbuf_add_char(text, digits[group >> 12 & 63]);
		strbuf_add_char(text, have > 1 ? digits[group >> 6 & 63] : '=');
		strbuf_add_char(text, have > 2 ? digits[group & 63] : '=');
	}
}

/* A V2 payload (model/histogram.h), deflated and with the header that says so. */
static void add_compressed(struct strbuf *text, const void *payload, size_t length)
{
	uLongf room = compressBound(length);
	scoped_free unsigned char *bytes = alloc_array(PREFIX_BYTES + room, 1);
	int status = compress2(bytes + PREFIX_BYTES, &room, payload, length, Z_DEFAULT_COMPRESSION);

	/* there is room for it, and memory is util/alloc's to worry about */
	assert(status == Z_OK);
	(void)status;
	put_be32(bytes, COOKIE_COMPRESSED_V2);
	put_be32(bytes + 4, (uint32_t)room);
	add_base64(text, bytes, PREFIX_BYTES + room);
}

static void add_tag(struct strbuf *text, const char *name)
{
	strbuf_add_text(text, "Tag=");
	clean_add_percent(text, name, ",%");
	strbuf_add_char(text, ',');
}

struct log {
	struct strbuf *text;
	double run_seconds;  /* the window of one run */
	struct strbuf empty; /* the payload of a second without answers */
};

/* The last second of a window that is no whole number of them is shorter. */
static double length_of(const struct log *log, uint32_t second)
{
	double left = log->run_seconds - second;

	return left > 0.0 && left < 1.0 ? left : 1.0;
}

static void add_interval(const struct log *log, const char *tag,
			 const struct load_view_second *second)
{
	bool has_answers = second->response_length > 0;

	if (tag != NULL)
		add_tag(log->text, tag);
	strbuf_addf(log->text, "%.3f,%.3f,%.3f,", (double)second->second,
		    length_of(log, second->second),
		    has_answers ? (double)second->max_ns / 1e6 : 0.0);
	add_compressed(log->text, has_answers ? second->response : log->empty.data,
		       has_answers ? second->response_length : log->empty.length);
	strbuf_add_char(log->text, '\n');
}

static void add_wall_time(struct strbuf *text, uint64_t wall_ns)
{
	double seconds = (double)(wall_ns / NS_PER_MS) / 1e3;
	time_t whole = (time_t)(wall_ns / NS_PER_S);
	char words[64];
	struct tm utc;

	gmtime_r(&whole, &utc);
	strftime(words, sizeof(words), "%a %b %d %H:%M:%S UTC %Y", &utc);
	strbuf_addf(text, "#[BaseTime: %.3f (seconds since epoch)]\n", seconds);
	strbuf_addf(text, "#[StartTime: %.3f (seconds since epoch), %s]\n", seconds, words);
}

static void add_head(struct strbuf *text, const struct load_view *view)
{
	const uint64_t *errors = view->total.counts.errors;
	uint64_t unanswered = errors[LOAD_ERROR_TIMEOUT] + errors[LOAD_ERROR_UNANSWERED];

	strbuf_add_text(text,
			"#[Response times in nanoseconds, logged with sonde " SONDE_VERSION "]\n");
	if (unanswered > 0)
		strbuf_addf(text,
			    "#[%llu requests timed out or were never answered: they are not in "
			    "these histograms]\n",
			    (unsigned long long)unanswered);
	strbuf_add_text(text, "#[Histogram log format version 1.3]\n");
	if (view->begin_wall_ns != 0)
		add_wall_time(text, view->begin_wall_ns);
	strbuf_add_text(text, "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
			      "\"Interval_Compressed_Histogram\"\n");
}

void hdr_log_write(struct strbuf *text, const struct load_view *view)
{
	scoped(histogram_cleanup) struct histogram *nothing = histogram_new();
	struct log log = {.text = text};
	uint32_t runs = view->run_count > 0 ? view->run_count : 1;

	log.run_seconds = (double)view->duration_ns / 1e9 / runs;
	strbuf_init(&log.empty, 1 << 10);
	histogram_encode(nothing, &log.empty);
	add_head(text, view);
	for (uint32_t i = 0; i < view->second_count; i++) {
		/* seconds of the drain count answers, but no request was due in them */
		if (view->seconds[i].response_length == 0 && i >= log.run_seconds)
			continue;
		add_interval(&log, NULL, &view->seconds[i]);
		for (uint32_t n = 0; n < view->name_count; n++)
			if (view->names[n].seconds != NULL && i < view->names[n].second_count)
				add_interval(&log, view->names[n].name, &view->names[n].seconds[i]);
	}
	strbuf_release(&log.empty);
}
