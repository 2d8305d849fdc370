/* Fixture: the second unit of shop.cpp's library. */
#include "shop.h"

extern "C" void __attribute__((noinline, cold)) complain(int price)
{
	__asm__ volatile("nop" : : "r"(price));
}

extern "C" int unused_function(int x)
{
	return x * 3;
}

int shop::close_day(const int *prices, int count)
{
	till t(0);

	for (int i = 0; i < count; i++)
		t.add(prices[i], i);
	return t.get_total();
}
