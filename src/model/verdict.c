#include "model/verdict.h"

const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_NONE:
		return "-";
	case VERDICT_REGRESSED:
		return "REGRESSED";
	case VERDICT_IMPROVED:
		return "IMPROVED";
	case VERDICT_EQUIVALENT:
		return "EQUIVALENT";
	case VERDICT_INCONCLUSIVE:
		return "INCONCLUSIVE";
	}
	return "-";
}

static int rank_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_REGRESSED:
		return 0;
	case VERDICT_NONE:
		return 1;
	case VERDICT_INCONCLUSIVE:
		return 2;
	case VERDICT_EQUIVALENT:
		return 3;
	case VERDICT_IMPROVED:
		break;
	}
	return 4;
}

enum verdict verdict_find_worse(enum verdict first, enum verdict second)
{
	return rank_of(second) < rank_of(first) ? second : first;
}

const char *validity_name(enum validity validity)
{
	return validity == VALIDITY_VALID     ? "VALID"
	       : validity == VALIDITY_SUSPECT ? "SUSPECT"
					      : "REFUSED";
}
