/*
 * The profiler against a program of known shares (reference/workload.h): from its profile and its
 * truth to verdicts. Pure.
 *
 *	shares	with n samples in k parts, the samples of each part stay in the interval that
 *		Binomial(n, truth) leaves with a probability of 0.0001/k at most, all of them at
 *		once therefore with 99.99 % (Bonferroni's inequality)
 *	paths	each stack has, of the workload's own functions, one of the sequences that
 *		exist, from its root on and with the right number of activations. One whole
 *		stack that has not is too many; of joined ones RECORD_SELFTEST_WRONG_RATIO may
 *	time	a counter of the kernel's saw the CPU time that the process saw itself, and the
 *		samples stand for it, less what each thread loses before its first sample
 *
 * docs/method.md has the reasons.
 */
#ifndef LAB_RECORD_SELFTEST_H
#define LAB_RECORD_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "model/profile_data.h"
#include "reference/workload.h"
#include "util/err.h"

#define RECORD_SELFTEST_LEVEL 0.9999	  /* that all shares are in their bands at once */
#define RECORD_SELFTEST_WRONG_RATIO 0.005 /* of all stacks: joined ones that are wrong */
#define RECORD_SELFTEST_CUT_RATIO 0.01	  /* stacks without all their callers */
#define RECORD_SELFTEST_CALLER_RATIO 0.03 /* of a part's samples: not in the function that works */
#define RECORD_SELFTEST_TIME_RATIO 0.02

enum { RECORD_SELFTEST_SAMPLES_LEAST = 200 };

struct record_selftest_share {
	double truth_ratio, sampled_ratio;
	double low_ratio, high_ratio; /* the band */
	uint64_t sample_count;
	uint64_t leaf_count; /* of them, those in the last function of the path */
	bool is_within;	     /* the band */
	/*
	 * That they are as many as they should be; inlined ones also when no debug information is
	 * there to tell.
	 */
	bool is_leaf_found;
};

/* What samples should be, and are; in CPU time. */
struct record_selftest_time {
	uint64_t low_ns, high_ns, ns;
	bool is_judged; /* else there is nothing to hold it against */
	bool is_within;
};

struct record_selftest {
	struct record_selftest_share shares[WORKLOAD_SHARES];
	uint64_t share_samples; /* of all shares together */
	uint64_t sample_count;	/* all of the profile's first event */
	/* stacks that do not exist: of those that are said to be whole, and of joined ones */
	uint64_t wrong_whole_count, wrong_joined_count;
	uint64_t cut_count;		     /* truncated stacks */
	char wrong_text[256];		     /* one of the wrong ones; "" = none */
	uint64_t truth_ns;		     /* CPU time of the process, by itself */
	struct record_selftest_time counted; /* by the profile's counter */
	struct record_selftest_time sampled; /* by samples, hidden kernel time included */
	struct record_selftest_time brief;   /* by samples, of the threads that end soon */
	bool is_paths_within, is_within;
};

/*
 * The interval of counts that Binomial(n, p) is in with at least this probability, each tail having
 * at most half of the rest; both tails are summed exactly. 0 <= p <= 1, n up to some millions.
 */
void record_selftest_get_band(uint64_t n, double p, double level, uint64_t *ret_low,
			      uint64_t *ret_high);

/*
 * -ENODATA with too few samples to tell; -ENOENT when none of the workload's functions has a name:
 * this sonde is stripped.
 */
int record_selftest_judge(struct record_selftest *ret_selftest, const struct profile_data *data,
			  const struct workload_truth *truth, struct err *err);

#endif
