/* Fixture: functions in namespaces, static ones, three levels of inlining, a cold part. See generate.sh. */
#include "shop.h"

extern "C" void complain(int) __attribute__((cold));

namespace shop {
namespace {
__attribute__((noinline)) int secret_discount(int price)
{
	return price - price / 7;
}
} // namespace

static inline __attribute__((always_inline)) void sell(till &t, int price)
{
	t.add(secret_discount(price), 3);
}

static inline __attribute__((always_inline)) void sell_all(till &t, const int *prices, int count)
{
	for (int i = 0; i < count; i++) {
		if (__builtin_expect(prices[i] < 0, 0)) {
			complain(prices[i]);
			complain(prices[i] + 1);
			__builtin_trap();
		}
		sell(t, prices[i]);
	}
}

int open_day(const int *prices, int count)
{
	till t(5);

	sell_all(t, prices, count);
	return t.get_total();
}
} // namespace shop

extern "C" int plain_entry(const int *prices)
{
	return shop::open_day(prices, 4) + shop::close_day(prices, 4);
}
