/* The document sonde.gate/1 (docs/formats/json-track.md). */
#ifndef EXPORT_JSON_GATE_H
#define EXPORT_JSON_GATE_H

#include "util/strbuf.h"
#include "view/gate_result.h"

void json_gate_write(struct strbuf *json, const struct gate_result *gate);

#endif
