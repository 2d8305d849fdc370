/* Inlined by both units, so that two units have file tables with this file in them. */
namespace shop
{
class till
{
	int total;

      public:
	explicit till(int start) : total(start)
	{
	}
	inline __attribute__((always_inline)) void add(int price, int count)
	{
		for (int i = 0; i < count; i++)
			total += price ^ i;
	}
	int get_total() const
	{
		return total;
	}
};

int close_day(const int *prices, int count);
} // namespace shop
