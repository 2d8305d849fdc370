/* Debug information of some size for the tests of compressed and shared sections; see README.md. */
struct shop_address {
	char street[40], town[40], country[40];
	unsigned int number, floor, door, postal_code;
};

struct shop_customer {
	struct shop_address home_address, delivery_address, billing_address;
	unsigned long customer_number, first_order, last_order, order_count;
	const char *name, *mail, *telephone, *remark;
};

struct shop_article {
	unsigned long article_number, price, weight, stock;
	const char *title, *description, *manufacturer, *supplier;
};

struct shop_order {
	struct shop_customer *customer;
	struct shop_article *articles[20];
	unsigned int article_count, discount, tax, shipping;
	struct shop_order *previous_order, *next_order;
};

enum shop_state { SHOP_STATE_NEW, SHOP_STATE_PAID, SHOP_STATE_PACKED, SHOP_STATE_SENT };

static inline __attribute__((always_inline)) unsigned long price_of(
	const struct shop_article *article, unsigned int count)
{
	unsigned long price = article->price * count;

	return price - price / 10;
}

unsigned long UNIT(const struct shop_order *order, enum shop_state state);
unsigned long UNIT(const struct shop_order *order, enum shop_state state)
{
	unsigned long sum = state == SHOP_STATE_NEW ? order->shipping : 0;

	for (unsigned int i = 0; i < order->article_count; i++)
		sum += price_of(order->articles[i], 1);
	return sum;
}
