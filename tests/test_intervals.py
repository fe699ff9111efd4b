"""What a few checked answers say of all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm_magic.intervals import checks_needed, wilson


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
