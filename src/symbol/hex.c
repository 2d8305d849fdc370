#include "symbol/hex.h"

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_parse(const char **at, const char *end, uint64_t *ret_value)
{
	const char *digit = *at, *first;
	uint64_t value = 0;

	if (end - digit > 2 && digit[0] == '0' && digit[1] == 'x' && digit_value(digit[2]) >= 0)
		digit += 2;
	for (first = digit; digit < end && digit_value(*digit) >= 0; digit++) {
		if (value >> 60 != 0)
			return false;
		value = value << 4 | (uint64_t)digit_value(*digit);
	}
	if (digit == first)
		return false;
	*at = digit;
	*ret_value = value;
	return true;
}
