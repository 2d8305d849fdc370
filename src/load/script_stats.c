#include "load/script_stats.h"

#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/quantile.h"
#include "util/alloc.h"
#include "util/vec.h"

static const char type_name[] = "wrk.stats";

struct item {
	uint64_t value, count;
};

struct script_stats {
	struct histogram *histogram; /* a copy */
	uint64_t unit;
	VEC(struct item) items; /* the distinct values in the script's unit, ascending */
};

/*
 * A slot stands for its highest value, within the exact minimum and maximum: as in
 * quantile_of_histogram(), so that each percentile is one of the items.
 */
static void fill_items(struct script_stats *stats)
{
	const struct histogram *histogram = stats->histogram;

	for (uint32_t slot = histogram->first_slot; slot < histogram->end_slot; slot++) {
		uint64_t value = histogram_slot_highest_ns(slot);

		if (histogram->slots[slot] == 0)
			continue;
		if (value > histogram->max_ns)
			value = histogram->max_ns;
		value /= stats->unit;
		if (stats->items.count > 0 &&
		    stats->items.items[stats->items.count - 1].value == value)
			stats->items.items[stats->items.count - 1].count += histogram->slots[slot];
		else
			vec_push(&stats->items, (struct item){value, histogram->slots[slot]});
	}
}

struct script_stats *script_stats_new(const struct histogram *histogram, uint64_t unit)
{
	struct script_stats *stats = alloc_new(struct script_stats);

	stats->histogram = histogram_new();
	histogram_merge(stats->histogram, histogram);
	stats->unit = unit;
	fill_items(stats);
	return stats;
}

void script_stats_free(struct script_stats *stats)
{
	if (stats == NULL)
		return;
	histogram_free(stats->histogram);
	vec_release(&stats->items);
	free(stats);
}

/* Of a sample (n - 1), as wrk's, from the slots' middle values. */
static double get_deviation(const struct script_stats *stats)
{
	const struct histogram *histogram = stats->histogram;
	double mean_ns = quantile_mean_ns(histogram), sum = 0.0;

	if (histogram->count < 2)
		return 0.0;
	for (uint32_t slot = histogram->first_slot; slot < histogram->end_slot; slot++) {
		double distance = (double)histogram_slot_middle_ns(slot) - mean_ns;

		sum += distance * distance * (double)histogram->slots[slot];
	}
	return sqrt(sum / (double)(histogram->count - 1)) / (double)stats->unit;
}

static const struct script_stats *check_stats(lua_State *L)
{
	return *(const struct script_stats **)luaL_checkudata(L, 1, type_name);
}

static int take_percentile(lua_State *L)
{
	const struct script_stats *stats = check_stats(L);
	double q = luaL_checknumber(L, 2) / 100.0;
	uint64_t value = quantile_of_histogram(stats->histogram, q);

	lua_pushnumber(L, (lua_Number)(value / stats->unit));
	return 1;
}

static int take_index(lua_State *L)
{
	const struct script_stats *stats = check_stats(L);
	const struct histogram *histogram = stats->histogram;
	const char *key = luaL_checkstring(L, 2);
	uint64_t min_ns = histogram->count > 0 ? histogram->min_ns : 0;

	if (strcmp(key, "min") == 0)
		lua_pushnumber(L, (lua_Number)(min_ns / stats->unit));
	else if (strcmp(key, "max") == 0)
		lua_pushnumber(L, (lua_Number)(histogram->max_ns / stats->unit));
	else if (strcmp(key, "mean") == 0)
		lua_pushnumber(L, quantile_mean_ns(histogram) / (double)stats->unit);
	else if (strcmp(key, "stdev") == 0)
		lua_pushnumber(L, get_deviation(stats));
	else if (strcmp(key, "percentile") == 0)
		lua_pushcfunction(L, take_percentile);
	else
		lua_pushnil(L);
	return 1;
}

/* object(i): the i-th value from 1 and how often it came; 0, 0 past the last one. */
static int take_call(lua_State *L)
{
	const struct script_stats *stats = check_stats(L);
	double index = luaL_checknumber(L, 2);
	struct item item = {0, 0};

	if (index >= 1.0 && index < (double)stats->items.count + 1.0)
		item = stats->items.items[(size_t)index - 1];
	lua_pushnumber(L, (lua_Number)item.value);
	lua_pushnumber(L, (lua_Number)item.count);
	return 2;
}

static int take_length(lua_State *L)
{
	lua_pushnumber(L, (lua_Number)check_stats(L)->items.count);
	return 1;
}

void script_stats_push(lua_State *L, const struct script_stats *stats)
{
	static const luaL_Reg methods[] = {
		{"__index", take_index},
		{"__call", take_call},
		{"__len", take_length},
		{NULL, NULL},
	};
	const struct script_stats **object = lua_newuserdata(L, sizeof(*object));

	*object = stats;
	if (luaL_newmetatable(L, type_name) != 0)
		luaL_register(L, NULL, methods);
	lua_setmetatable(L, -2);
}
