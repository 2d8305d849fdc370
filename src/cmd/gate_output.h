/* Where a gate's result goes: the terminal, and files for a CI. */
#ifndef CMD_GATE_OUTPUT_H
#define CMD_GATE_OUTPUT_H

#include "cmd/gate_args.h"
#include "view/gate_result.h"

/*
 * Writes all that was asked for. CMD_OK, or the status of the first that could not be written,
 * after a message: a gate whose result is lost has not passed.
 */
int gate_output_write(const struct gate_result *gate, const struct gate_args *args);

#endif
