"""How far a count may be from its expectation by chance alone."""
import math


def binomial_band(n, p, level=0.9999):
    """The interval that Binomial(n, p) stays in with at least this probability: both tails, summed exactly."""
    def probability(k):
        return math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) +
                        k * math.log(p) + (n - k) * math.log1p(-p))

    def cut(ks):
        total = 0.0
        for k in ks:
            total += probability(k)
            if total > (1 - level) / 2:
                return k
        raise ValueError("no probability left")

    return cut(range(n + 1)), cut(range(n, -1, -1))
