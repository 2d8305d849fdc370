#include "view/run_pieces.h"

#include "sample_view.h"

#define WINDOW_NS (SAMPLE_SECONDS * SAMPLE_SECOND_NS)

static struct sample_view view;

static void read_pieces(struct run_pieces *pieces, const char *request, uint64_t window_ns,
			uint32_t most)
{
	struct err err = {0};

	sample_check(run_pieces_read(pieces, &view.arena, view.selection.store,
				     &view.selection.arms[0].runs[0], request, window_ns, most,
				     &err),
		     &err);
}

static void test_pieces(void)
{
	struct run_pieces pieces;

	read_pieces(&pieces, "", WINDOW_NS, 100);
	ok(pieces.count == 3 && pieces.seconds_each == 1 && pieces.second_count == 3,
	   "a piece a second");
	is_int(pieces.answers->count, 360, "all answers");
	is_int(pieces.responses[0]->count, 120, "also those of a later record");
	is_near(pieces.completed[1], 120, 0, "and what came in each second");
	is_near(pieces.lengths[2], 1, 0, "all of it the window's");
	run_pieces_release(&pieces);
	read_pieces(&pieces, "", WINDOW_NS, 2);
	ok(pieces.count == 2 && pieces.seconds_each == 2 && pieces.second_count == 3,
	   "two seconds a piece");
	ok(pieces.responses[0]->count == 240 && pieces.responses[1]->count == 120,
	   "the last one is what is left");
	run_pieces_release(&pieces);
	read_pieces(&pieces, "upload", WINDOW_NS, 100);
	ok(pieces.has_request && pieces.answers->count == 60, "one request");
	run_pieces_release(&pieces);
	read_pieces(&pieces, "nobody", WINDOW_NS, 100);
	ok(!pieces.has_request && pieces.answers->count == 0, "one that nobody sent");
	is_int(run_pieces_choose_block(&pieces), 1, "nothing to choose a block by");
	run_pieces_release(&pieces);
}

static void test_window(void)
{
	struct run_pieces pieces;

	read_pieces(&pieces, "", WINDOW_NS / 2, 100);
	ok(pieces.count == 2 && pieces.answers->count == 360 && pieces.responses[1]->count == 240,
	   "what came later is in the last piece");
	is_near(pieces.lengths[1], 0.5, 1e-12, "of which half is the window's");
	run_pieces_release(&pieces);
	read_pieces(&pieces, "", 0, 100);
	ok(pieces.count == 1 && pieces.answers->count == 360, "a window that is not known");
	run_pieces_release(&pieces);
	read_pieces(&pieces, "", UINT64_MAX / 2, 10);
	ok(pieces.count == 10 && pieces.second_count == 1000000, "one that cannot be");
	run_pieces_release(&pieces);
}

static void test_moved(void)
{
	scoped(histogram_cleanup) struct histogram *answers = histogram_new();
	scoped(histogram_cleanup) struct histogram *censored = histogram_new();

	histogram_record_count(answers, 1000, 90);
	histogram_record_count(answers, 5000, 10);
	ok(!run_pieces_is_moved(answers, censored, 0.5) &&
		   !run_pieces_is_moved(answers, censored, 0.99),
	   "nobody was given up on");
	histogram_record_count(censored, 2000, 20);
	ok(!run_pieces_is_moved(answers, censored, 0.5), "some, and the median stays");
	ok(run_pieces_is_moved(answers, censored, 0.8), "p80 does not");
	histogram_record_count(censored, 9000, 20);
	ok(run_pieces_is_moved(answers, censored, 0.99), "nor does what is only a bound");
}

int main(void)
{
	sample_view_open(&view);
	test_pieces();
	test_window();
	test_moved();
	sample_view_close(&view);
	return tap_done();
}
