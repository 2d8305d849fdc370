#include "import/foreign_store.h"

#include "store/store_write.h"
#include "util/alloc.h"
#include "util/fmt.h"
#include "util/strbuf.h"

static int add_names(const struct foreign_load *load, struct store *store, int64_t run,
		     struct err *err)
{
	scoped_free struct store_request_name *names =
		alloc_array(load->names.count + 1, sizeof(*names));

	for (size_t i = 0; i < load->names.count; i++)
		names[i] = (struct store_request_name){load->names.items[i].name,
						       load->names.items[i].method};
	return load->names.count == 0 ? 0
				      : store_add_request_names(store, run, names,
								(uint32_t)load->names.count, err);
}

int foreign_store_add(const struct foreign_load *load, struct store *store, int64_t run,
		      struct err *err)
{
	struct store_series_cursor cursor = {0};
	int r = store_add_metrics(store, run, load->metrics.items, load->metrics.count, err);

	if (r == 0)
		r = add_names(load, store, run, err);
	if (r == 0 && load->series.count > 0)
		r = store_add_series(store, run, &load->series, &cursor, err);
	vec_release(&cursor.written);
	return r;
}

/* "5 users", "100 connections", "": as lab/load_words.c says it of sonde's own. */
static void add_schedule(struct strbuf *words, const struct foreign_load *load)
{
	char count[FMT_BYTES];

	if (load->users > 0)
		strbuf_addf(words, "%s user%s", fmt_count(count, load->users),
			    load->users == 1 ? "" : "s");
	else if (load->connections > 0)
		strbuf_addf(words, "%s connection%s", fmt_count(count, load->connections),
			    load->connections == 1 ? "" : "s");
}

static void add_text(json_t *object, const char *key, const char *text)
{
	if (text[0] != '\0')
		json_object_set_new(object, key, json_string(text));
}

static void add_number(json_t *object, const char *key, uint64_t value)
{
	if (value > 0)
		json_object_set_new(object, key, json_integer((json_int_t)value));
}

void foreign_store_describe(const struct foreign_load *load, json_t *environment)
{
	json_t *object = json_object();
	struct strbuf words;

	strbuf_init(&words, 256);
	add_schedule(&words, load);
	add_text(object, "tool", load->tool);
	add_text(object, "mode", load->mode);
	add_text(object, "schedule", strbuf_text(&words));
	add_text(object, "url", load->url);
	add_text(object, "caveat", load->caveat);
	add_number(object, "users", load->users);
	add_number(object, "connections", load->connections);
	add_number(object, "threads", load->threads);
	add_number(object, "duration_ns", load->duration_ns);
	json_object_set_new(object, "failures", json_integer((json_int_t)load->failure_count));
	json_object_set_new(environment, "load", object);
	strbuf_release(&words);
}
