/*
 * What the store keeps beside runs for deciding: where arms come from, what a proof was asked and
 * came to, what A/A proofs found where nothing differs, and which experiments were accepted as
 * baselines. Errors as in store.h; texts that are read belong to the arena.
 */
#ifndef STORE_STORE_PROOF_H
#define STORE_STORE_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "model/arm_source.h"
#include "model/proof_record.h"
#include "model/verdict.h"
#include "store/store.h"
#include "util/arena.h"

/* Replaces the rows of the same places: `--more` and `--continue` say them again. */
int store_set_arms(struct store *store, const char *experiment, const struct arm_source *arms,
		   uint32_t count, struct err *err);

/* By place. An experiment of an older sonde has none: count 0. */
int store_list_arms(struct store *store, struct arena *arena, const char *experiment,
		    struct arm_source **ret_arms, uint32_t *ret_count, struct err *err);

int store_set_proof(struct store *store, const struct proof_record *proof, struct err *err);

/* -ENOENT (without a sentence) when the experiment is none. */
int store_read_proof(struct store *store, struct arena *arena, const char *experiment,
		     struct proof_record *ret_proof, struct err *err);

/* What an A/A proof found for a metric: an estimate that should be 0. */
struct stored_null {
	const char *machine; /* the same for all runs of one machine: comparability_get_machine() */
	const char *plan;    /* its name */
	const char *metric, *scope;
	uint32_t pairs;
	double estimate; /* logarithm of the ratio, or the difference in the metric's unit */
	uint64_t wall_ns;
};

/* All of one proof, in one transaction; they stay when the experiment is removed. */
int store_add_nulls(struct store *store, const struct stored_null *nulls, uint32_t count,
		    struct err *err);

/* Those of a machine and plan, all metrics, oldest first. */
int store_list_nulls(struct store *store, struct arena *arena, const char *machine,
		     const char *plan, struct stored_null **ret_nulls, uint32_t *ret_count,
		     struct err *err);

/* Who accepted what, and why. Rows are only added: the newest of a plan is its baseline. */
struct stored_baseline {
	const char *plan;	/* its name */
	const char *experiment; /* id; it may have been removed since */
	const char *arm;	/* "" = each arm is the baseline of its namesake */
	const char *who;	/* login name */
	const char *note;
	const char *revision; /* commit that was measured; "" = unknown */
	const char *machine;
	enum verdict verdict; /* against the baseline before; VERDICT_NONE = there was none */
	bool is_forced;
	uint64_t wall_ns;
};

int store_add_baseline(struct store *store, const struct stored_baseline *baseline,
		       struct err *err);

/* Newest first; `plan` NULL = of all plans. */
int store_list_baselines(struct store *store, struct arena *arena, const char *plan,
			 struct stored_baseline **ret_list, uint32_t *ret_count, struct err *err);

/* The run does not count: `why` is a sentence; "" takes it back. */
int store_set_rejected(struct store *store, int64_t run, const char *why, struct err *err);

#endif
