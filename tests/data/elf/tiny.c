/* Two functions that call each other and one of another file: see README.md. */
int puts(const char *text);
int shop_total(int amount);
int _start(void);

static __attribute__((noinline)) int helper(int x)
{
	return x * 3;
}

int shop_total(int amount)
{
	return helper(amount) + 1;
}

int _start(void)
{
	return puts("x") + shop_total(2);
}
