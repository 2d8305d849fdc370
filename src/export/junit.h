/*
 * A gate as JUnit XML, for CI systems that show test results: a testsuite for each side, a testcase
 * for each metric in total that both sides have and that has a direction. REGRESSED is a failure,
 * INCONCLUSIVE and no verdict are skipped with the reason, everything else passed. A last suite has
 * one testcase, the gate itself, which fails with it. The figures of all metrics are
 * properties of the suite (METRIC.ratio or .difference, .lo, .hi, .level, .delta, .n_base,
 * .n_head), and in words its system-out: the two schemas that are about (Ant's, as
 * windyroad/JUnit-Schema has it, and Jenkins' junit-10.xsd) know neither in a testcase. The
 * document is valid by both.
 *
 * Text is UTF-8 and escaped; what XML 1.0 cannot hold (control characters, damaged UTF-8) becomes
 * U+FFFD.
 */
#ifndef EXPORT_JUNIT_H
#define EXPORT_JUNIT_H

#include "util/strbuf.h"
#include "view/gate_result.h"

/* Its sides must have been described (report/gate_text.h). */
void junit_write(struct strbuf *xml, const struct gate_result *gate);

#endif
