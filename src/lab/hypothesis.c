#include "lab/hypothesis.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "stats/verdict_rule.h"
#include "util/parse.h"

enum { LEFT_BYTES = 512, VALUE_BYTES = 64 };

/* Short names of those that one speaks of; each metric's own name (model/metric.h) works, too. */
static const struct {
	const char *word, *metric;
} words[] = {
	{"cpu", "cpu_per_request"},
	{"rate", "rate_rps"},
	{"p50", "latency_p50"},
	{"p75", "latency_p75"},
	{"p90", "latency_p90"},
	{"p95", "latency_p95"},
	{"p99", "latency_p99"},
	{"mean", "latency_mean"},
	{"min", "latency_min"},
	{"max", "latency_max"},
	{"rss", "rss_peak"},
	{"wait", "wait_per_request"},
	{"success", "success_ratio"},
	{"failures", "failures_per_request"},
	{"switches", "switches_voluntary_per_request"},
};
enum { WORDS = sizeof(words) / sizeof(words[0]) };

struct split {
	const char *head, *base;
	bool is_ratio;
	bool is_ambiguous; /* another place would do as well */
};

const char *hypothesis_verdict_name(enum hypothesis_verdict verdict)
{
	static const char *const names[] = {"CONFIRMED", "REFUTED", "OPEN"};

	return names[verdict];
}

bool hypothesis_is_of_services(const struct metric_info *metric)
{
	static const char *const beginnings[] = {"cpu_", "switches_", "rss_", "wait_", "faults_"};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (strncmp(metric->name, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

static const struct metric_info *find_metric(const char *word)
{
	for (size_t i = 0; i < WORDS; i++)
		if (strcmp(words[i].word, word) == 0)
			return metric_find(words[i].metric);
	return metric_find(word);
}

static const char *find_nearest(const char *word)
{
	const char *names[WORDS + 1] = {NULL};

	for (size_t i = 0; i < WORDS; i++)
		names[i] = words[i].word;
	return parse_find_nearest(word, names);
}

/* The first word, up to a blank or '('; returns what stands behind it, NULL when nothing does. */
static const char *split_word(const char *left, char word[static LEFT_BYTES])
{
	size_t length = strcspn(left, " (");
	const char *rest = left + length;

	memcpy(word, left, length);
	word[length] = '\0';
	rest += strspn(rest, " ");
	return length > 0 && rest[0] != '\0' ? rest : NULL;
}

bool hypothesis_is_meant(const char *text)
{
	enum threshold_operator operator;
	enum threshold_metric metric;
	char left[LEFT_BYTES], word[LEFT_BYTES];
	const char *value, *rest, *end = threshold_find_operator(text, &operator, & value);

	if (end == NULL || !threshold_copy_trimmed(left, sizeof(left), text, end) ||
	    threshold_find_metric(left, &metric) > 0)
		return false;
	rest = split_word(left, word);
	return rest != NULL && (find_metric(word) != NULL ||
				(find_nearest(word) != NULL && strpbrk(rest, "/-") != NULL));
}

static const char *find_name(const char *const *names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return *names;
	return NULL;
}

/*
 * The place of the '/' or '-' between the arms, whose names may hold some, too. Better is where
 * more of the sides are arms, then where blanks stand around it; the last to count is that '/' is
 * rarely part of a name. False when there is none at all.
 */
static bool find_split(struct arena *arena, const char *text, const char *const *arms,
		       struct split *ret_split)
{
	int best = -1, best_level = -1;

	for (const char *at = strpbrk(text, "/-"); at != NULL; at = strpbrk(at + 1, "/-")) {
		bool is_apart = at > text && at[-1] == ' ' && at[1] == ' ', is_ratio = *at == '/';
		char head[LEFT_BYTES], base[LEFT_BYTES];
		const char *known_head, *known_base;
		int known, level, score;

		threshold_copy_trimmed(head, sizeof(head), text, at);
		threshold_copy_trimmed(base, sizeof(base), at + 1, at + strlen(at));
		known_head = find_name(arms, head);
		known_base = find_name(arms, base);
		known = (known_head != NULL) + (known_base != NULL);
		level = 2 * known + is_apart;
		score = 2 * level + is_ratio;
		if (level >= best_level)
			ret_split->is_ambiguous = known == 2 && level == best_level;
		if (score <= best)
			continue;
		best = score;
		best_level = level;
		ret_split->head = known_head != NULL ? known_head : arena_strdup(arena, head);
		ret_split->base = known_base != NULL ? known_base : arena_strdup(arena, base);
		ret_split->is_ratio = is_ratio;
	}
	return best >= 0;
}

static int fail_arm(const char *text, const char *name, const char *const *arms, struct err *err)
{
	const char *nearest = parse_find_nearest(name, arms);

	return err_set(err, -EINVAL, "'%.200s': no arm is named '%.100s'; %s '%s'%s", text, name,
		       nearest != NULL ? "did you mean" : "the first is",
		       nearest != NULL ? nearest : arms[0], nearest != NULL ? "?" : "");
}

static int parse_arms(struct hypothesis *hypothesis, struct arena *arena, const char *sides,
		      const char *const *arms, struct err *err)
{
	struct split split = {0};

	if (!find_split(arena, sides, arms, &split))
		return err_set(err, -EINVAL,
			       "'%.200s' needs two arms behind its metric: HEAD/BASE or HEAD-BASE",
			       hypothesis->text);
	if (find_name(arms, split.head) == NULL)
		return fail_arm(hypothesis->text, split.head, arms, err);
	if (find_name(arms, split.base) == NULL)
		return fail_arm(hypothesis->text, split.base, arms, err);
	if (split.is_ambiguous)
		return err_set(err, -EINVAL,
			       "'%.200s' can be read in two ways, because names of arms hold '-' "
			       "or '/'; write blanks around the one that compares",
			       hypothesis->text);
	if (strcmp(split.head, split.base) == 0)
		return err_set(err, -EINVAL, "'%.200s' compares arm '%s' with itself",
			       hypothesis->text, split.head);
	hypothesis->head = split.head;
	hypothesis->base = split.base;
	hypothesis->is_ratio = split.is_ratio;
	if (split.is_ratio && hypothesis->metric->scale == METRIC_DIFFERENCE)
		return err_set(err, -EINVAL,
			       "'%.200s': %s can be zero, so it has no ratio; compare the "
			       "difference, %s - %s",
			       hypothesis->text, hypothesis->metric->name, split.head, split.base);
	return 0;
}

/* "0.6" "60%" */
static int parse_number(const char *text, double *ret_value)
{
	char digits[VALUE_BYTES];
	size_t length = strlen(text);
	bool is_percent = length > 0 && text[length - 1] == '%';
	int r = -EINVAL;

	if (threshold_copy_trimmed(digits, sizeof(digits), text,
				   text + length - (is_percent ? 1 : 0)))
		r = parse_double(digits, ret_value);
	if (r == 0 && is_percent)
		*ret_value /= 100;
	return r;
}

/* Without its sign. */
static int parse_size_of(enum metric_unit unit, const char *text, double *ret_value)
{
	double number;
	uint64_t whole;
	int r = 0;

	switch (unit) {
	case METRIC_PER_SECOND:
		return parse_rate_hz(text, ret_value);
	case METRIC_NS:
		if (parse_double(text, &number) == 0) /* a unit is missing */
			return -EINVAL;
		r = parse_duration_ns(text, &whole);
		break;
	case METRIC_BYTES:
	case METRIC_BYTES_PER_SECOND:
		r = parse_size_bytes(text, &whole);
		break;
	case METRIC_RATIO:
	case METRIC_COUNT:
		return parse_number(text, ret_value);
	}
	if (r == 0)
		*ret_value = (double)whole;
	return r;
}

static const char *describe_unit(enum metric_unit unit)
{
	switch (unit) {
	case METRIC_PER_SECOND:
		return "a rate like 500/s";
	case METRIC_NS:
		return "a duration like 5ms";
	case METRIC_RATIO:
		return "a share like 1% or 0.01";
	case METRIC_BYTES:
	case METRIC_BYTES_PER_SECOND:
		return "a size like 10M";
	case METRIC_COUNT:
		break;
	}
	return "a number";
}

static int parse_value(struct hypothesis *hypothesis, const char *value, struct err *err)
{
	bool is_negative = value[0] == '-';
	double number = 0;

	if (hypothesis->is_ratio) {
		if (parse_number(value, &hypothesis->value) < 0 || hypothesis->value <= 0)
			return err_set(err, -EINVAL,
				       "'%.200s': a ratio is compared with a number above 0 like "
				       "0.6 or 60%%, not '%s'",
				       hypothesis->text, value);
		return 0;
	}
	if (strcmp(value, "0") != 0 &&
	    parse_size_of(hypothesis->metric->unit, value + is_negative, &number) < 0)
		return err_set(err, -EINVAL,
			       "'%.200s': a difference of %s is compared with %s, not '%s'",
			       hypothesis->text, hypothesis->metric->name,
			       describe_unit(hypothesis->metric->unit), value);
	hypothesis->value = is_negative ? -number : number;
	return 0;
}

static int fail_word(const char *text, const char *word, struct err *err)
{
	const char *nearest = find_nearest(word);

	return err_set(err, -EINVAL, "'%.200s': unknown metric '%.100s'%s%s%s", text, word,
		       nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
		       nearest != NULL ? "'?" : "; for example cpu, rate, p99 or rss");
}

/* "METRIC[(SCOPE)]"; *ret_sides is what stands behind it. */
static int parse_metric(struct hypothesis *hypothesis, struct arena *arena, const char *left,
			const char **ret_sides, struct err *err)
{
	char word[LEFT_BYTES];
	const char *rest = split_word(left, word), *end;

	hypothesis->metric = find_metric(word);
	if (hypothesis->metric == NULL)
		return fail_word(hypothesis->text, word, err);
	hypothesis->scope = "";
	*ret_sides = rest != NULL ? rest : "";
	if (rest == NULL || rest[0] != '(')
		return 0;
	end = strchr(rest, ')');
	if (end == NULL || end == rest + 1)
		return err_set(err, -EINVAL,
			       "'%.200s': '(' without a service or request and ')' behind it",
			       hypothesis->text);
	hypothesis->scope = arena_strndup(arena, rest + 1, (size_t)(end - rest) - 1);
	*ret_sides = end + 1;
	return 0;
}

int hypothesis_parse(struct hypothesis *ret_hypothesis, struct arena *arena, const char *text,
		     const char *const *arms, struct err *err)
{
	struct hypothesis hypothesis = {.text = arena_strdup(arena, text)};
	char left[LEFT_BYTES], right[VALUE_BYTES];
	const char *value, *sides = "", *end;
	int r;

	end = threshold_find_operator(text, &hypothesis.operator, & value);
	if (end == NULL || !threshold_copy_trimmed(left, sizeof(left), text, end) ||
	    !threshold_copy_trimmed(right, sizeof(right), value, value + strlen(value)) ||
	    right[0] == '\0')
		return err_set(err, -EINVAL,
			       "'%.200s' is not METRIC HEAD/BASE OP NUMBER, like 'cpu new/old < "
			       "0.9' (OP: < <= > >=)",
			       text);
	if (hypothesis.operator== THRESHOLD_EQUAL || hypothesis.operator== THRESHOLD_UNEQUAL)
		return err_set(err, -EINVAL,
			       "'%.200s': what is measured twice is never quite equal; compare "
			       "with <, <=, > or >=",
			       text);
	r = parse_metric(&hypothesis, arena, left, &sides, err);
	if (r == 0)
		r = parse_arms(&hypothesis, arena, sides, arms, err);
	if (r == 0)
		r = parse_value(&hypothesis, right, err);
	if (r == 0)
		*ret_hypothesis = hypothesis;
	return r;
}

static double get_border(const struct hypothesis *hypothesis)
{
	return hypothesis->is_ratio ? log(hypothesis->value) : hypothesis->value;
}

enum hypothesis_verdict hypothesis_judge(const struct hypothesis *hypothesis,
					 const struct rank_estimate *estimate)
{
	double border = get_border(hypothesis), lo = estimate->lo, hi = estimate->hi;
	bool all = false, none = false;

	if (!estimate->has_interval)
		return HYPOTHESIS_OPEN;
	switch (hypothesis->operator) {
	case THRESHOLD_LESS:
		all = hi < border;
		none = lo >= border;
		break;
	case THRESHOLD_AT_MOST:
		all = hi <= border;
		none = lo > border;
		break;
	case THRESHOLD_MORE:
		all = lo > border;
		none = hi <= border;
		break;
	case THRESHOLD_AT_LEAST:
		all = lo >= border;
		none = hi < border;
		break;
	case THRESHOLD_EQUAL:
	case THRESHOLD_UNEQUAL:
		break;
	}
	return all ? HYPOTHESIS_CONFIRMED : none ? HYPOTHESIS_REFUTED : HYPOTHESIS_OPEN;
}

uint32_t hypothesis_count_more(const struct hypothesis *hypothesis,
			       const struct rank_estimate *estimate)
{
	struct rank_estimate from_border = *estimate;

	if (!isfinite(estimate->estimate))
		return 0;
	from_border.estimate -= get_border(hypothesis);
	return verdict_rule_count_more(&from_border, 0, METRIC_DIFFERENCE);
}
