/*
 * The hexadecimal numbers at the start of lines in kallsyms and perf maps, out of text that does
 * not end with a NUL.
 */
#ifndef SYMBOL_HEX_H
#define SYMBOL_HEX_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads the digits at *at, with or without "0x", and moves *at behind them. False (with *at and
 * *ret_value unchanged) when there is none or the number has more than 64 bits.
 */
bool hex_parse(const char **at, const char *end, uint64_t *ret_value);

#endif
