#include "model/string_table.h"

#include "tap.h"

int main(void)
{
	struct string_table table;
	uint32_t ids[5000], again;
	char text[32];
	int wrong = 0;

	string_table_init(&table);
	is_int(string_table_intern(&table, ""), STRING_EMPTY, "the empty string is 0");
	is_str(string_table_get(&table, STRING_EMPTY), "", "and 0 is the empty string");
	for (uint32_t i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "function_%u", i);
		ids[i] = string_table_intern(&table, text);
		wrong += ids[i] != i + 1;
	}
	is_int(wrong, 0, "ids are dense");
	for (uint32_t i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "function_%u", i);
		wrong += string_table_intern(&table, text) != ids[i];
		wrong += strcmp(string_table_get(&table, ids[i]), text) != 0;
	}
	is_int(wrong, 0, "each text has one id, which gives it back");
	again = string_table_intern_bytes(&table, "function_77777", 11);
	is_int(again, ids[77], "bytes: the first 11 are another text");
	is_int(string_table_intern_bytes(&table, "xyz", 0), STRING_EMPTY,
	       "no bytes are the empty string");
	ok(string_table_intern(&table, "function_7777777") != ids[7], "a prefix is not the text");
	is_str(string_table_get(&table, 999999), "", "no such id: empty");
	string_table_release(&table);
	return tap_done();
}
