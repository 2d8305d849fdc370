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

const char *validity_name(enum validity validity)
{
	return validity == VALIDITY_VALID     ? "VALID"
	       : validity == VALIDITY_SUSPECT ? "SUSPECT"
					      : "REFUSED";
}
