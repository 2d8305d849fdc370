/* A load in a few words, for people: "5,000/s Poisson over at most 100 connections". */
#ifndef LAB_LOAD_WORDS_H
#define LAB_LOAD_WORDS_H

#include "lab/plan.h"

/* Its schedule. Caller frees. */
char *load_words_make(const struct plan_load *load);

/* How long it is: "2s warm-up, 10s measured", "1,000 requests". Caller frees. */
char *load_words_length(const struct plan_load *load);

#endif
