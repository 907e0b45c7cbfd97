"""The draws of the simulation: one in each stratum, in the order of what they are drawn for, equal ones in the order they came."""

from __future__ import annotations

import numpy
import pytest

from analyzer.assess.effort import _restratified, _strata


@pytest.mark.parametrize("digits", [15, 2, 0])
def test_ranks_stay_and_equal_draws_keep_their_order(digits: int) -> None:
    """As a sort would give it that keeps equal ones in their order, which is not what is used: it takes longer."""
    draws = numpy.random.default_rng(7).normal(size=2000).round(digits)
    assert (len(numpy.unique(draws)) < len(draws)) == (digits < 15)
    expected = numpy.empty_like(draws)
    expected[numpy.argsort(draws, kind="stable")] = _strata(len(draws))
    assert (_restratified(draws) == expected).all()
