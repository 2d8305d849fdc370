/* Held against R's pnorm() and qnorm(). */
#include "stats/normal.h"

#include "tap.h"

int main(void)
{
	is_near(normal_cdf(0.0), 0.5, 0.0, "half lies below the mean");
	is_near(normal_cdf(-1.96), 0.024997895148220428, 1e-15, "pnorm(-1.96)");
	is_near(normal_cdf(1.0), 0.841344746068542926, 1e-15, "pnorm(1)");
	is_near(normal_cdf(3.0), 0.998650101968369897, 1e-15, "pnorm(3)");
	is_near(normal_quantile(0.975), 1.95996398454005383, 1e-11, "qnorm(0.975)");
	is_near(normal_quantile(0.995), 2.57582930354889994, 1e-11, "qnorm(0.995)");
	is_near(normal_quantile(0.0005), -3.29052673149189445, 1e-11, "qnorm(0.0005)");
	is_near(normal_quantile(0.8), 0.84162123357291441, 1e-11, "qnorm(0.8)");
	is_near(normal_quantile(0.5), 0.0, 1e-11, "qnorm(0.5)");
	ok(isinf(normal_quantile(0.0)) && normal_quantile(0.0) < 0,
	   "nothing lies below minus infinity");
	ok(isinf(normal_quantile(1.0)) && normal_quantile(1.0) > 0,
	   "everything lies below infinity");
	return tap_done();
}
