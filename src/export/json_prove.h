/* The document sonde.prove/1 (docs/formats/json.md). */
#ifndef EXPORT_JSON_PROVE_H
#define EXPORT_JSON_PROVE_H

#include <stdint.h>

#include "model/arm_source.h"
#include "model/proof_record.h"
#include "util/strbuf.h"

/*
 * `comparison` is the document sonde.compare/1 of the sides, NULL = nothing was measured. `level`
 * is of each look's intervals.
 */
void json_prove_write(struct strbuf *json, const struct proof_record *proof,
		      const struct arm_source *arms, uint32_t arm_count, double level,
		      const char *comparison);

#endif
