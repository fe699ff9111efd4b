"""What a few checked answers say of all."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm_magic.intervals import Stratum, checks_needed, stratified, wilson


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [(40, 40, 0.9124, 1.0), (95, 100, 0.8882, 0.9785), (0, 10, 0.0, 0.2775), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_is_wilsons(right, count, low, high):
    """The third and fourth are worked examples of R. G. Newcombe, 1998."""
    assert wilson(right, count) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("target", "faults", "count"), [(0.98, 0, 149), (0.99, 0, 299), (0.95, 0, 59), (0.98, 1, 236), (0.0, 0, 1)]
)
def test_the_checks_that_prove_a_share(target, faults, count):
    assert checks_needed(target, faults) == count


@pytest.mark.parametrize("target", [1.0, 1.5, -0.1])
def test_what_no_number_proves_is_refused(target):
    with pytest.raises(ValueError, match="give a share below 1"):
        checks_needed(target)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_share(right, wrong):
    low, high = wilson(right, right + wrong)
    assert 0 <= low <= high <= 1
    if right + wrong:
        assert low <= right / (right + wrong) + 1e-12
        assert right / (right + wrong) <= high + 1e-12


def test_strata_count_by_their_size():
    """Worked by hand: 90 tested rows with 20 of 20, 10 untested ones with 1 of 2."""
    low, high = stratified([Stratum(1, 2, 10), Stratum(20, 20, 90)])
    (low_one, high_one), (low_two, _) = wilson(1, 2), wilson(20, 20)
    below = ((0.1 * (0.5 - low_one)) ** 2 + (0.9 * (1 - low_two)) ** 2) ** 0.5
    assert low == pytest.approx(0.95 - below)
    assert high == pytest.approx(0.95 + 0.1 * (high_one - 0.5))
    assert stratified([Stratum(95, 100, 7)]) == pytest.approx(wilson(95, 100))
    with pytest.raises(ValueError, match="needs a check"):
        stratified([Stratum(0, 0, 3), Stratum(1, 1, 3)])


def test_the_interval_of_strata_holds_what_it_promises():
    """Exactly, over all outcomes of 12 and 30 checks: it holds the true share in about 95 % of them or more."""

    def chances(count, share):
        return [math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(count + 1)]

    for untested, tested in [(0.6, 0.97), (0.9, 0.9), (0.5, 0.8)]:
        true, held = 0.2 * untested + 0.8 * tested, 0.0
        for one, chance_one in enumerate(chances(12, untested)):
            for two, chance_two in enumerate(chances(30, tested)):
                low, high = stratified([Stratum(one, 12, 20), Stratum(two, 30, 80)])
                held += chance_one * chance_two * (low <= true <= high)
        assert held > 0.93
