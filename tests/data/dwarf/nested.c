/* Fixture: a function inside a function (GNU C), whose code is outside of the outer one's. */
int outer_function(int n)
{
	__attribute__((noinline)) int inner_function(int m)
	{
		__asm__ volatile("");
		return m * n + 3;
	}
	return inner_function(n) + 1;
}
