/* The documents sonde.track/1 and sonde.track-log/1 (docs/formats/json-track.md). */
#ifndef EXPORT_JSON_TRACK_H
#define EXPORT_JSON_TRACK_H

#include "util/strbuf.h"
#include "view/track_view.h"

/* `sentence`: the answer in words (report/track_answer.h). */
void json_track_write(struct strbuf *json, const struct track_view *view, const char *sentence);

void json_track_write_log(struct strbuf *json, const struct track_log *log);

#endif
