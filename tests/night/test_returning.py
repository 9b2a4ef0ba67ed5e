"""Coming back from a pause, when the first digest after it never arrives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from digest.model import Status, StoryId, SubscriptionId
from subscribers.model import Cadence, OnReturn
from tests.night.parish import Parish

DAY = timedelta(days=1)


@pytest.fixture
def parish() -> Iterator[Parish]:
    made = Parish()
    yield made
    made.close()


def join(parish: Parish) -> SubscriptionId:
    id = parish.ask("ada", Cadence.NIGHTLY).member.subscription.id
    parish.confirm(id)
    return id


def expired_once(parish: Parish) -> tuple[StoryId, ...]:
    """Tonight's digest expires; what the next night's holds."""
    parish.night()
    (parcel,), _ = parish.take(1)
    parish.end(parcel, Status.EXPIRED)
    parish.now += DAY
    parish.night()
    (again,), _ = parish.take(1)
    return again.stories


def test_what_a_pause_was_to_skip_stays_skipped_when_the_first_digest_after_it_expires(
    parish: Parish,
) -> None:
    reader = join(parish)
    parish.arrive("blog", ())
    parish.pause(reader, parish.now + 3 * DAY, OnReturn.SKIP)
    parish.now += 4 * DAY
    new, _ = parish.arrive("blog", ())

    assert expired_once(parish) == (new,)


def test_a_catch_up_that_expires_loses_nothing(parish: Parish) -> None:
    reader = join(parish)
    missed, _ = parish.arrive("blog", ())
    parish.pause(reader, parish.now + 3 * DAY, OnReturn.CATCH_UP)
    parish.now += 4 * DAY
    new, _ = parish.arrive("zine", ())

    assert set(expired_once(parish)) == {missed, new}
