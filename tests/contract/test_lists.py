"""The rows behind the lists follow digest.toml."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from digest.model import ListId, MailingList
from digest.storage import Store

LATER = timedelta(days=1)


def listed(store: Store) -> dict[str, MailingList]:
    return {one.slug: one for one in store.lists.all()}


def test_lists_come_by_slug(store: Store, now: datetime) -> None:
    store.lists.sync([("weekly", "Weekly", ()), ("daily", "Daily", ())], now)
    assert [(one.slug, one.title) for one in store.lists.all()] == [("daily", "Daily"), ("weekly", "Weekly")]


def test_a_list_is_found_by_slug_and_by_id(store: Store, now: datetime) -> None:
    store.lists.sync([("weekly", "Weekly", ())], now)
    found = store.lists.by_slug("weekly")
    assert found is not None
    assert store.lists.by_id(found.id) == found


def test_an_unknown_list_is_none(store: Store) -> None:
    assert (store.lists.by_slug("weekly"), store.lists.by_id(ListId(1))) == (None, None)


def test_following_the_same_settings_twice_changes_nothing(store: Store, now: datetime) -> None:
    settings = [("weekly", "Weekly", ("hebdo",)), ("daily", "Daily", ())]
    store.lists.sync(settings, now)
    before = store.lists.all()
    store.lists.sync(settings, now + LATER)
    assert store.lists.all() == before


def test_a_title_follows_the_settings(store: Store, now: datetime) -> None:
    store.lists.sync([("weekly", "Weekly", ())], now)
    before = listed(store)["weekly"]
    store.lists.sync([("weekly", "La semaine", ())], now)
    assert listed(store)["weekly"] == MailingList(id=before.id, slug="weekly", title="La semaine")


def test_a_list_that_left_the_settings_is_retired_once_and_kept(store: Store, now: datetime) -> None:
    store.lists.sync([("weekly", "Weekly", ())], now)
    store.lists.sync([], now + LATER)
    store.lists.sync([], now + 2 * LATER)
    assert listed(store)["weekly"].retired_at == now + LATER


def test_a_list_that_returns_is_the_same_and_retired_no_more(store: Store, now: datetime) -> None:
    store.lists.sync([("weekly", "Weekly", ())], now)
    before = store.lists.all()
    store.lists.sync([], now)
    store.lists.sync([("weekly", "Weekly", ())], now)
    assert store.lists.all() == before


def test_a_renamed_list_keeps_its_row(store: Store, now: datetime) -> None:
    store.lists.sync([("hebdo", "Weekly", ())], now)
    before = listed(store)["hebdo"]
    store.lists.sync([("weekly", "Weekly", ("hebdo",))], now)
    assert store.lists.all() == (MailingList(id=before.id, slug="weekly", title="Weekly"),)


def test_a_retired_list_may_return_under_another_name(store: Store, now: datetime) -> None:
    store.lists.sync([("hebdo", "Weekly", ())], now)
    before = listed(store)["hebdo"]
    store.lists.sync([], now)
    store.lists.sync([("weekly", "Weekly", ("hebdo",))], now)
    assert store.lists.all() == (MailingList(id=before.id, slug="weekly", title="Weekly"),)


def test_a_former_name_that_is_still_configured_keeps_its_row(store: Store, now: datetime) -> None:
    store.lists.sync([("hebdo", "Weekly", ())], now)
    before = listed(store)["hebdo"]
    store.lists.sync([("weekly", "Weekly", ("hebdo",)), ("hebdo", "Hebdo", ())], now)
    assert listed(store)["hebdo"].id == before.id
    assert listed(store)["weekly"].id != before.id


def test_a_name_given_up_may_be_used_again_while_the_other_still_says_formerly(
    store: Store, now: datetime
) -> None:
    store.lists.sync([("news", "News", ())], now)
    store.lists.sync([("weekly", "Weekly", ("news",))], now)
    weekly = listed(store)["weekly"]
    store.lists.sync([("weekly", "Weekly", ("news",)), ("news", "Others", ())], now)
    store.lists.sync([("weekly", "Weekly", ("news",))], now)
    assert listed(store)["weekly"] == weekly
    assert listed(store)["news"].retired_at == now


def test_two_lists_cannot_take_one_row(store: Store, now: datetime) -> None:
    store.lists.sync([("old", "Old", ())], now)
    before = listed(store)["old"]
    store.lists.sync([("one", "One", ("old",)), ("two", "Two", ("old",))], now)
    assert listed(store)["one"].id == before.id
    assert listed(store).keys() == {"one", "two"}


def test_following_the_settings_is_one_unit_of_work(store: Store, now: datetime) -> None:
    store.lists.sync([("weekly", "Weekly", ())], now)
    before = store.lists.all()

    def in_a_unit_that_fails() -> None:
        with store.atomic():
            store.lists.sync([("daily", "Daily", ("weekly",)), ("other", "Other", ())], now)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        in_a_unit_that_fails()
    assert store.lists.all() == before
