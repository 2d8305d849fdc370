/* The two kinds of verdict: of a comparison, and of a measurement. */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H

enum verdict {
	VERDICT_NONE,	      /* too few runs for a verdict: estimates only */
	VERDICT_REGRESSED,    /* the interval lies wholly on the bad side of -delta..+delta */
	VERDICT_IMPROVED,     /* … wholly on the good side */
	VERDICT_EQUIVALENT,   /* … wholly inside */
	VERDICT_INCONCLUSIVE, /* none of these */
};

const char *verdict_name(enum verdict verdict); /* "REGRESSED" …; VERDICT_NONE is "-" */

/* Of several the gravest decides: what is not known is worse than what is the same. */
enum verdict verdict_find_worse(enum verdict first, enum verdict second);

enum validity { VALIDITY_VALID, VALIDITY_SUSPECT, VALIDITY_REFUSED };

const char *validity_name(enum validity validity); /* "VALID" "SUSPECT" "REFUSED" */

#endif
