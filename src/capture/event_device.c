#include "capture/event_device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/strbuf.h"

#define DEVICES "/sys/bus/event_source/devices"

enum { FILE_BYTES = 4096, WORD_BYTES = 128 };

/* One term: word, or word=value. */
struct term {
	char word[WORD_BYTES];
	char value[WORD_BYTES]; /* "" = none */
};

struct device {
	const struct procfs *fs;
	struct event_name *name;
	const char *text; /* the whole, for sentences */
	char device[WORD_BYTES];
};

/* Names that may stand in a path. */
static bool is_word(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-.";

	return text[0] != '\0' && text[0] != '.' && text[strspn(text, allowed)] == '\0';
}

/* Decimal or 0x…, the whole of it. */
static bool parse_value(const char *text, uint64_t *ret_value)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*ret_value = strtoull(text, &end, 0);
	return errno == 0 && (*end == '\0' || *end == '\n');
}

static uint64_t *find_config(struct event_name *name, const char *text, size_t length)
{
	if (length == 6 && memcmp(text, "config", 6) == 0)
		return &name->config;
	if (length == 7 && memcmp(text, "config1", 7) == 0)
		return &name->config1;
	if (length == 7 && memcmp(text, "config2", 7) == 0)
		return &name->config2;
	return NULL;
}

int event_device_set_field(struct event_name *name, const char *format, uint64_t value)
{
	size_t length = strcspn(format, ":\n");
	uint64_t *config = find_config(name, format, length);
	const char *at = format + length;

	if (config == NULL || *at != ':')
		return -EBADMSG;
	while (*at == ':' || *at == ',') {
		char *end;
		unsigned long first = strtoul(at + 1, &end, 10), last = first;

		if (end == at + 1)
			return -EBADMSG;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (last < first || last > 63)
			return -EBADMSG;
		for (unsigned long bit = first; bit <= last; bit++, value >>= 1)
			*config = (*config & ~(UINT64_C(1) << bit)) | (value & 1) << bit;
		at = end;
	}
	return *at == '\0' || *at == '\n' ? value == 0 ? 0 : -ERANGE : -EBADMSG;
}

/* The next of "word=value,word", or false. Cut words are refused by what looks them up. */
static bool next_term(const char **at, struct term *ret_term)
{
	size_t length = strcspn(*at, ",/\n"), equals = strcspn(*at, "=,/\n");

	if (length == 0)
		return false;
	snprintf(ret_term->word, sizeof(ret_term->word), "%.*s", (int)equals, *at);
	snprintf(ret_term->value, sizeof(ret_term->value), "%.*s",
		 equals < length ? (int)(length - equals - 1) : 0, *at + equals + 1);
	*at += length;
	*at += **at == ',';
	return true;
}

static int refuse_term(const struct device *device, const struct term *term, struct err *err)
{
	return err_set(err, -EINVAL, "'%s': '%s%s%s' is not a number that fits there", device->text,
		       term->word, term->value[0] != '\0' ? "=" : "", term->value);
}

/* A field by its format file. -ENOENT when there is no such field. */
static int set_term(const struct device *device, const struct term *term, struct err *err)
{
	scoped(strbuf_release) struct strbuf format;
	uint64_t value = 1, *config = find_config(device->name, term->word, strlen(term->word));
	int result;

	strbuf_init(&format, FILE_BYTES);
	if (term->value[0] != '\0' && !parse_value(term->value, &value))
		return refuse_term(device, term, err);
	if (config != NULL) {
		*config = value;
		return 0;
	}
	if (!is_word(term->word))
		return -ENOENT;
	result = proc_file_read(device->fs, &format, DEVICES "/%s/format/%s", device->device,
				term->word);
	if (result < 0)
		return -ENOENT;
	result = event_device_set_field(device->name, strbuf_text(&format), value);
	if (result == -ERANGE)
		return refuse_term(device, term, err);
	return result < 0 ? err_set(err, result, "%s/%s/format/%s is not understood", DEVICES,
				    device->device, term->word)
			  : 0;
}

/* An event by its name: terms themselves. -ENOENT when the device has no such event. */
static int set_alias(const struct device *device, const char *alias, struct err *err)
{
	scoped(strbuf_release) struct strbuf terms;
	const char *at;
	struct term term;

	strbuf_init(&terms, FILE_BYTES);
	if (!is_word(alias) ||
	    proc_file_read(device->fs, &terms, DEVICES "/%s/events/%s", device->device, alias) < 0)
		return -ENOENT;
	at = strbuf_text(&terms);
	while (next_term(&at, &term)) {
		int result = set_term(device, &term, err);

		if (result < 0)
			return result;
	}
	return 0;
}

static int apply_term(const struct device *device, const struct term *term, struct err *err)
{
	int result;

	if (strcmp(term->word, "name") == 0 && term->value[0] != '\0') {
		snprintf(device->name->name, sizeof(device->name->name), "%.*s",
			 (int)sizeof(device->name->name) - 1, term->value);
		return 0;
	}
	if (strcmp(term->word, "period") == 0)
		return parse_value(term->value, &device->name->period)
			       ? 0
			       : refuse_term(device, term, err);
	result = set_term(device, term, err);
	if (result == -ENOENT && term->value[0] == '\0')
		result = set_alias(device, term->word, err);
	if (result == -ENOENT)
		return err_set(err, result,
			       "'%s': %s has no field or event '%s': see " DEVICES "/%s/format and "
			       "events",
			       device->text, device->device, term->word, device->device);
	return result;
}

int event_device_parse(struct event_name *name, const char *text, const struct procfs *fs,
		       struct err *err)
{
	struct device device = {.fs = fs, .name = name, .text = text};
	scoped(strbuf_release) struct strbuf type;
	const char *slash = strchr(text, '/'), *at = slash + 1;
	uint64_t number;
	struct term term;

	strbuf_init(&type, FILE_BYTES);
	snprintf(device.device, sizeof(device.device), "%.*s", (int)(slash - text), text);
	if (!is_word(device.device) || strchr(at, '/') == NULL || strchr(at, '/')[1] != '\0')
		return err_set(err, -EINVAL,
			       "'%s' is not an event: by fields it is device/field=value,…/, as "
			       "cpu/event=0xc0,umask=0x1/",
			       text);
	if (proc_file_read(fs, &type, DEVICES "/%s/type", device.device) < 0 ||
	    !parse_value(strbuf_text(&type), &number) || number > UINT32_MAX)
		return err_set(
			err, -ENOENT,
			"'%s': this machine has no device '%s' that counts events: ls " DEVICES,
			text, device.device);
	name->type = (uint32_t)number;
	while (next_term(&at, &term)) {
		int result = apply_term(&device, &term, err);

		if (result < 0)
			return result;
	}
	return 0;
}
