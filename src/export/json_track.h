/*
 * The documents sonde.track/1, sonde.track-log/1 and sonde.accept/1 (docs/formats/json-track.md).
 */
#ifndef EXPORT_JSON_TRACK_H
#define EXPORT_JSON_TRACK_H

#include "util/strbuf.h"
#include "view/track_view.h"

/* `sentence`: the answer in words (report/track_answer.h). */
void json_track_write(struct strbuf *json, const struct track_view *view, const char *sentence);

void json_track_write_log(struct strbuf *json, const struct track_log *log);

/* `before`: the baseline until then, NULL = none. */
void json_track_write_accepted(struct strbuf *json, const struct stored_baseline *accepted,
			       uint32_t run_count, const struct stored_baseline *before);

#endif
