#include "report/metric_text.h"

#include "tap.h"

static struct strbuf buffer;

static const char *value(const char *name, double number)
{
	strbuf_clear(&buffer);
	metric_text_add_value(&buffer, metric_find(name), number);
	return strbuf_text(&buffer);
}

static const char *change(const char *name, double estimate, double lo, double hi)
{
	struct run_diff_metric metric = {.info = metric_find(name),
					 .has_estimate = true,
					 .has_interval = !isnan(lo),
					 .estimate = estimate,
					 .lo = lo,
					 .hi = hi};

	strbuf_clear(&buffer);
	metric_text_add_change(&buffer, &metric);
	return strbuf_text(&buffer);
}

int main(void)
{
	strbuf_init(&buffer, STRBUF_MAX_DEFAULT);
	is_str(value("rate_rps", 12345), "12,345", "per second");
	is_str(value("latency_p99", 3.42e6), "3.42 ms", "duration");
	is_str(value("success_ratio", 0.998), "99.8 %", "share");
	is_str(value("cpu_mean", 1.42), "1.42 CPU", "CPUs");
	is_str(value("bytes_in_per_s", 12.3e6), "12.3 MB/s", "bytes per second");
	is_str(value("rss_peak", (double)NAN), "-", "no value");
	is_str(change("cpu_per_request", 0.694, 0.659, 0.721), "-30.6 % (-34.1 … -27.9 %)",
	       "ratio");
	is_str(change("cpu_per_request", 1.5, (double)NAN, (double)NAN), "+50.0 %",
	       "an estimate alone");
	is_str(change("cpu_per_request", 0.0004, 0.0003, 0.0005), "-99.96 % (-99.97 … -99.95 %)",
	       "nothing falls by 100.0 % that is still there");
	is_str(change("success_ratio", -0.012, -0.016, 0.002), "-1.20 (-1.60 … +0.20 points)",
	       "difference of shares");
	is_str(change("bytes_in_per_s", 1.7e6, 0.5e6, 2.5e6), "+1.70 MB/s (+500 kB/s … +2.50 MB/s)",
	       "units that differ are said");
	ok(metric_text_is_rise(metric_find("rate_rps"), 1.01) &&
		   !metric_text_is_rise(metric_find("rate_rps"), 0.99) &&
		   !metric_text_is_rise(metric_find("success_ratio"), -0.01),
	   "ratios rise above 1, differences above 0");
	strbuf_release(&buffer);
	return tap_done();
}
