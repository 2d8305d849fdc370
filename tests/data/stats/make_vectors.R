# The reference vectors beside this file, by R (they were made with 4.2.2): Rscript make_vectors.R FOLDER
# Samples are seeded, without ties (R's exact methods take none), from small and skewed to large numbers.
options(warn = 2)
set.seed(20)
folder <- commandArgs(trailingOnly = TRUE)[1]
data <- function(x) paste(sprintf("%.15g", x), collapse = " ")
result <- function(...) paste(sprintf("%.17g", c(...)), collapse = " ")
levels <- c(.9, .95, .98, .99, .999)

normal <- function(n, mean, sd) round(rnorm(n, mean, sd), 8)
skewed <- function(n, sd, mean) round(rexp(n) * sd - mean, 8)
heavy <- function(n, sd, mean) round(rt(n, 3) * sd + mean, 8)

# one sample: level, estimate, interval, border, p of "above the border", p of "below", count, differences
paired <- list(
	normal(6, .01, .02), normal(7, 0, .02), normal(8, .03, .02), normal(10, .02, .015), normal(15, -.03, .01),
	normal(24, .03, .03), normal(40, .005, .03), skewed(9, .02, 0), skewed(20, .02, .02), heavy(12, .02, 0),
	heavy(30, .02, .01), round(rnorm(11, 5e8, 1e7)), round(rnorm(8, 0, 1e-9), 18), normal(100, 1, 50))
lines <- c("# R's wilcox.test(x, mu = border, conf.int = TRUE, exact = TRUE), by make_vectors.R",
	   "# level estimate lo hi border p_above p_below count differences")
for (x in paired) {
	for (level in levels[2 / 2^length(x) <= 1 - levels]) {
		border <- round(median(x) / 3, 15)
		test <- function(side) wilcox.test(x, mu = border, alternative = side, exact = TRUE)$p.value
		whole <- wilcox.test(x, conf.int = TRUE, conf.level = level, exact = TRUE)
		lines <- c(lines, paste(data(level), result(whole$estimate, whole$conf.int), data(border),
					result(test("greater"), test("less")), length(x), data(x)))
	}
}
writeLines(lines, file.path(folder, "rank_paired.txt"))

# two samples, in head - base: as above, with both counts, base and head
unpaired <- list(
	list(normal(4, 0, .02), normal(4, .05, .02)), list(normal(5, 0, .02), normal(5, .03, .02)),
	list(normal(6, 1, .02), normal(9, 1, .02)), list(normal(10, 0, .015), normal(10, .02, .015)),
	list(normal(3, 0, .01), normal(30, .01, .03)), list(skewed(12, .02, 0), skewed(8, .02, -.01)),
	list(heavy(20, .02, 0), heavy(25, .02, .01)), list(round(rnorm(9, 5e8, 1e7)), round(rnorm(9, 6e8, 1e7))),
	list(normal(60, 0, .05), normal(40, .02, .05)))
lines <- c("# R's wilcox.test(head, base, mu = border, conf.int = TRUE, exact = TRUE), by make_vectors.R",
	   "# level estimate lo hi border p_above p_below count_base count_head base head")
for (sides in unpaired) {
	base <- sides[[1]]
	head <- sides[[2]]
	for (level in levels[2 / choose(length(base) + length(head), length(base)) <= 1 - levels]) {
		border <- round((median(head) - median(base)) / 3, 9) + 1e-10
		test <- function(side) wilcox.test(head, base, mu = border, alternative = side, exact = TRUE)$p.value
		whole <- wilcox.test(head, base, conf.int = TRUE, conf.level = level, exact = TRUE)
		lines <- c(lines, paste(data(level), result(whole$estimate, whole$conf.int), data(border),
					result(test("greater"), test("less")), length(base), length(head),
					data(base), data(head)))
	}
}
writeLines(lines, file.path(folder, "rank_unpaired.txt"))

# the k of an interval: q + 1 of the largest q with P(statistic <= q) <= (1 - level) / 2, 0 for none
find_k <- function(cdf, most, level) sum(cdf(0:most) <= (1 - level) / 2 * (1 + 1e-12))
lines <- c("# k by R's psignrank() and pwilcox(), by make_vectors.R", "# level count_base count_head k; paired: count_head 0")
for (level in levels) {
	for (n in c(1:12, 16, 20, 24, 32, 50, 63, 100, 200))
		lines <- c(lines, paste(data(level), n, 0, find_k(function(q) psignrank(q, n), n * (n + 1) / 2, level)))
	for (n in c(1:6, 10, 20, 50, 100))
		for (m in c(1, 3, 5, 8, 10, 30, 100))
			lines <- c(lines, paste(data(level), n, m, find_k(function(q) pwilcox(q, n, m), n * m, level)))
}
writeLines(lines, file.path(folder, "rank_k.txt"))

# several tests: method, count, p, adjusted p
tests <- list(c(.01, .02, .03, .04, .05), c(.04, .01, .03), c(.5, .9, 1), c(.001, .001, .001, .8), .03, rep(.2, 7),
	      round(runif(20), 6), signif(rbeta(50, .2, 3), 6), c(0, 0, 1e-300, .049, .05, 1))
lines <- c("# R's p.adjust(), by make_vectors.R", "# method count p adjusted")
for (method in c("holm", "BH"))
	for (p in tests)
		lines <- c(lines, paste(method, length(p), data(p), result(p.adjust(p, method))))
writeLines(lines, file.path(folder, "p_adjust.txt"))
