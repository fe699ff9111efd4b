"""What a few checked answers say of all: Wilson's interval for a share, strata, and how many checks prove a share.

All hold for answers that were chosen at random. Sources: E. B. Wilson, "Probable Inference, the Law of Succession, and
Statistical Inference", 1927; G. Y. Zou, W. Huang, X. Zhang, "A note on confidence interval estimation for a linear
function of binomial proportions", 2009, for strata; the exact (Clopper-Pearson) bound for the number of checks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIDENCE = 0.95


def wilson(right: int, count: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the two-sided interval (low, high), 0 to 1, of the share of which `right` of `count` is a sample.

    (0.0, 1.0) where nothing was checked. Raises `ValueError` for counts that cannot be.
    """
    if not 0 <= right <= count:
        raise ValueError(f"{right} of {count} cannot be right")
    if not count:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = right / count
    middle = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of a population, and what was checked of it at random."""

    right: int
    checked: int
    size: int
    """How many there are of it in the population."""


def stratified(strata: Sequence[Stratum], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the two-sided interval (low, high), 0 to 1, of the share of a population that is made of strata.

    Each stratum's share counts by its size. Its Wilson limits are combined by the square roots of the summed squares of
    their distances from the share (the method of variance estimates recovery), so that a small stratum of which little
    is known widens the interval by no more than its size. Finite sizes are not taken off, which errs to the wide side.
    Raises `ValueError` where a stratum has no check, or none has a size.
    """
    total = sum(stratum.size for stratum in strata)
    if not total or not all(stratum.checked for stratum in strata):
        raise ValueError("each stratum needs a check, and one of them a size")
    share = below = above = 0.0
    for stratum in strata:
        weight, own = stratum.size / total, stratum.right / stratum.checked
        low, high = wilson(stratum.right, stratum.checked, confidence)
        share += weight * own
        below += (weight * (own - low)) ** 2
        above += (weight * (high - own)) ** 2
    return max(0.0, share - math.sqrt(below)), min(1.0, share + math.sqrt(above))


def checks_needed(target: float, faults: int = 0, confidence: float = CONFIDENCE) -> int:
    """Return how many random checks, of which `faults` are wrong, prove that at least `target` (0 to 1) are right.

    The least n for which so few faults would come in at most 1 - `confidence` of all samples, were the share `target`:
    149 without a fault prove 98 %, 299 prove 99 %. Raises `ValueError` for a target that no number proves.
    """
    if not 0 <= target < 1:
        raise ValueError(f"no number of checks proves {target:.0%}: give a share below 1")
    count = faults + 1
    while _at_most(faults, count, 1 - target) > 1 - confidence:
        count += 1
    return count


def _at_most(faults: int, count: int, share: float) -> float:
    """Return the probability of at most `faults` wrong ones among `count`, each wrong with probability `share`."""
    return sum(math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(faults + 1))
