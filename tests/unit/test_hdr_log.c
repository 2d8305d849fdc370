/* The text, and what a reader that knows only the format's definition finds in the histograms. */
#include "export/hdr_log.h"

#include <stdlib.h>
#include <zlib.h>

#include "fake_load.h"
#include "tap.h"

#define LEGEND                                                                                     \
	"\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","                                 \
	"\"Interval_Compressed_Histogram\"\n"

static int digit_of(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

static size_t decode_base64(const char *text, size_t length, unsigned char *bytes)
{
	uint32_t group = 0;
	size_t made = 0;

	for (size_t i = 0; i < length && text[i] != '='; i++) {
		group = group << 6 | (uint32_t)digit_of(text[i]);
		if (i % 4 > 0)
			bytes[made++] = (unsigned char)(group >> (6 - 2 * (i % 4)));
	}
	return made;
}

/* The histogram of the first line that begins with `start`; NULL when it is none. */
static struct histogram *read_line(const struct strbuf *text, const char *start)
{
	const char *line = strstr(strbuf_text(text), start);
	unsigned char bytes[4096], payload[65536];
	struct histogram *histogram;
	uLongf payload_length = sizeof(payload);
	size_t length, made;

	if (line == NULL)
		return NULL;
	line += strlen(start);
	length = strcspn(line, "\n");
	if (length > sizeof(bytes) || length % 4 != 0)
		return NULL;
	made = decode_base64(line, length, bytes);
	if (made < 8 || memcmp(bytes, "\x1c\x84\x93\x14", 4) != 0 ||
	    (bytes[6] << 8 | bytes[7]) != (int)made - 8 ||
	    uncompress(payload, &payload_length, bytes + 8, made - 8) != Z_OK)
		return NULL;
	histogram = histogram_new();
	if (histogram_decode_add(histogram, payload, payload_length, NULL) == 0)
		return histogram;
	histogram_free(histogram);
	return NULL;
}

static void check_line(const struct strbuf *text, const char *start, uint64_t count,
		       uint64_t value_ns)
{
	struct histogram *histogram = read_line(text, start);

	ok(histogram != NULL && histogram->count == count &&
		   (count == 0 || histogram->slots[histogram_slot_of(value_ns)] == count),
	   start);
	histogram_free(histogram);
}

static void test_lines(void)
{
	struct load_view_name names[2] = {{.name = "GET /a, 50%", .method = "GET"},
					  {.name = "other", .method = "GET"}};
	struct fake_load fake;
	struct strbuf text;

	fake_load_init(&fake);
	fake_load_add(&fake, 0, 1500000, 100);
	fake_load_add(&fake, 2, 7000, 3);
	names[0].seconds = fake.seconds;
	names[0].second_count = 1;
	fake.view.names = names;
	fake.view.name_count = 2;
	fake.view.begin_wall_ns = 1700000000 * UINT64_C(1000000000) + 250999999;
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	hdr_log_write(&text, &fake.view);
	ok(strncmp(strbuf_text(&text), "#[Response times in nanoseconds, logged with sonde ", 51) ==
		   0,
	   "the first line");
	ok(strstr(strbuf_text(&text),
		  "]\n#[Histogram log format version 1.3]\n"
		  "#[BaseTime: 1700000000.250 (seconds since epoch)]\n"
		  "#[StartTime: 1700000000.250 (seconds since epoch), Tue Nov 14 22:13:20 UTC "
		  "2023]\n" LEGEND "0.000,1.000,1.500,HISTFAAAA") != NULL,
	   "the head");
	check_line(&text, "\n0.000,1.000,1.500,", 100, 1500000);
	check_line(&text, "\nTag=GET%20/a%2C%2050%25,0.000,1.000,1.500,", 100, 1500000);
	check_line(&text, "\n1.000,1.000,0.000,", 0, 0);
	check_line(&text, "\n2.000,0.500,0.007,", 3, 7000);
	ok(strstr(strbuf_text(&text), "Tag=other") == NULL, "a name without seconds has no lines");
	ok(strstr(strbuf_text(&text), "never answered") == NULL, "all were answered");
	strbuf_release(&text);
	fake_load_release(&fake);
}

static void test_rest(void)
{
	struct fake_load fake;
	struct strbuf text;

	fake_load_init(&fake);
	fake_load_add(&fake, 0, 1500000, 100);
	fake_load_give_up(&fake, 2000000000, 5);
	fake.view.duration_ns = 1000000000;
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	hdr_log_write(&text, &fake.view);
	ok(strstr(strbuf_text(&text), "\n#[5 requests timed out or were never answered: ") != NULL,
	   "a comment says what is not in it");
	ok(strstr(strbuf_text(&text), "BaseTime") == NULL, "no time of day that is not known");
	ok(strstr(strbuf_text(&text), "\n1.000,") == NULL, "no lines for the drain");
	strbuf_release(&text);
	fake_load_release(&fake);
}

int main(void)
{
	test_lines();
	test_rest();
	return tap_done();
}
