#include "sample_warning.h"

static void test_overflow(void)
{
	const char *environment = "{\"somaxconn\": \"128\"}";

	sample_start();
	is_silent("listen_overflow", "overflow: nothing known");
	sample_series("network.listen_overflows", "host", 0, 0);
	is_silent("listen_overflow", "none");
	sample_series("network.listen_overflows", "host", 0.1, 1);
	fires("listen_overflow", "one");
	says("listen_overflow", "were not watched", "… whose is not known");
	sample_series("listener.queue_max", ":8080", 3, 20);
	sample_series("listener.backlog", ":8080", 128, 128);
	says("listen_overflow", "another program's", "the service's own queue is short");
	is_near(sample_strength("listen_overflow"), 0.2, 1e-9, "… so it is less likely");
	sample_series("listener.queue_max", ":8080", 50, 63);
	says("listen_overflow", "another program's", "… shorter than half");
	sample_series("listener.queue_max", ":8080", 50, 64);
	is_near(sample_strength("listen_overflow"), 0.6, 1e-9, "… half");
	sample_series("listener.queue_max", ":8080", 50, 129);
	says("listen_overflow", ":8080: 129 waiting at most, backlog 128", "… or full");
	ok(strstr(sample_find_in("listen_overflow", environment)->evidence, "somaxconn = 128") !=
		   NULL,
	   "… by the limit of the kernel");
	sample_series("network.listen_overflows", "host", 0, 0);
	says("listen_overflow", "the listen queue of :8080 was full", "full, and none lost yet");
	sample_series("listener.queue_max", ":8080", 50, 127);
	is_silent("listen_overflow", "not full");
	sample_series("network.listen_drops", "gateway", 5, 6);
	says("listen_overflow", "50 connections", "drops in the service's own network");
}

static void test_retransmits(void)
{
	sample_start();
	is_silent("retransmits", "retransmits: nothing known");
	sample_series("network.retransmits", "host", 2, 9);
	is_silent("retransmits", "of how many is not known");
	sample_series("network.out_segments", "host", 1000, 1000);
	fires("retransmits", "20 of 10,000");
	sample_series("network.out_segments", "host", 1900, 1900);
	fires("retransmits", "just above 0.1 %");
	sample_series("network.out_segments", "host", 2000, 2000);
	is_silent("retransmits", "0.1 %");
	sample_series("network.retransmits", "host", 0.9, 9);
	sample_series("network.out_segments", "host", 10, 10);
	is_silent("retransmits", "nine");
	sample_series("network.retransmits", "host", 1, 9);
	sample_load(90, 10000000);
	is_silent("retransmits", "no request took as long as one costs");
	sample_load(10, 410000000);
	is_near(sample_strength("retransmits"), 0.4, 1e-2, "2 s of the requests' 5");
	says("retransmits", "10 requests took over 200 ms", "… figures");
}

/* Segments of other programs hide a share; what the requests had to wait does not. */
static void test_retransmits_of_few(void)
{
	sample_start();
	sample_load(1500, 1000000);
	sample_series("network.out_segments", "host", 100000, 100000);
	sample_series("network.retransmits", "host", 5, 9);
	is_silent("retransmits", "0.005 % of the segments, and nobody was slow");
	sample_load(50, 210000000);
	fires("retransmits", "… as many slow requests");
	sample_series("network.retransmits", "host", 2.4, 9);
	is_silent("retransmits", "… too few of them for those");
	sample_series("connection.retransmits", "server", 1, 9);
	says("retransmits", "10 by the services' own connections", "the services' own");
	sample_series("connection.retransmits", "server", 0.9, 9);
	is_silent("retransmits", "nine");
	sample_series("connection.retransmits", "server", 5, 9);
	sample.side.load.total.counts.bytes_in = 1448 * 50000ull;
	is_silent("retransmits", "50 of 50,000 segments of the answers");
	sample.side.load.total.counts.bytes_in = 1448 * 49000ull;
	fires("retransmits", "… of 49,000");
}

int main(void)
{
	test_overflow();
	test_retransmits();
	test_retransmits_of_few();
	return sample_done();
}
