"""Laws of what an answer means for a source (gather F) and of who is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from digest.gather.bookkeeping import GatherPlan
from digest.gather.document import Unreadable
from digest.gather.plan import due, same_body
from digest.gather.reply import Failed, Unchanged
from digest.model import Identity, Move, Source
from digest.settings.schema import Gather
from tests.gathering import DAY, GATHER, NOW, feed, fetched, item, of, planned, source

OLD = source(etag='"a"', last_modified="Sat, 21 Nov 2026 03:00:00 GMT", body_hash="x")
DOWN = Failed(kind="status", words="500 Internal Server Error", status=500)
HTML = Unreadable(kind="html", words="It is a web page.")


def after(plan: GatherPlan) -> Source:
    return plan.gathering.source


def wait(plan: GatherPlan) -> timedelta:
    next_check_at = after(plan).next_check_at
    assert next_check_at is not None
    return next_check_at - NOW


def kinds(plan: GatherPlan) -> list[str]:
    return [notice.kind for notice in plan.gathering.notices]


class TestDue:
    @pytest.mark.parametrize(
        ("state", "asked"),
        [
            (source(next_check_at=None), True),
            (source(next_check_at=NOW), True),
            (source(next_check_at=NOW + timedelta(seconds=1)), False),
            (source(gone_at=NOW), False),
            (source(retired_at=NOW), False),
        ],
    )
    def test_who_is_due_is_asked(self, state: Source, asked: bool) -> None:
        assert bool(due([state], now=NOW, force=False)) is asked

    def test_force_asks_all_that_are_there(self) -> None:
        states = [source(next_check_at=NOW + DAY), source(gone_at=NOW), source(retired_at=NOW)]
        assert len(due(states, now=NOW, force=True)) == 1

    def test_the_address_believed_is_asked_with_validators_as_received(self) -> None:
        (request,) = due([replace(OLD, address="https://new.example/feed")], now=NOW, force=False)
        assert request.address == "https://new.example/feed"
        assert (request.etag, request.last_modified) == (OLD.etag, OLD.last_modified)


class TestValidators:
    def test_a_304_that_leaves_them_out_keeps_ours(self) -> None:
        got = after(planned(OLD, None, reply=Unchanged()))
        assert (got.etag, got.last_modified) == (OLD.etag, OLD.last_modified)

    def test_a_304_that_names_one_replaces_it(self) -> None:
        got = after(planned(OLD, None, reply=Unchanged(etag='"b"')))
        assert (got.etag, got.last_modified) == ('"b"', OLD.last_modified)

    def test_a_body_brings_its_own(self) -> None:
        got = after(planned(OLD, feed(item("a")), reply=fetched(etag='W/"b"')))
        assert (got.etag, got.last_modified) == ('W/"b"', None)

    def test_what_cannot_be_read_drops_them(self) -> None:
        got = after(planned(OLD, HTML))
        assert (got.etag, got.last_modified, got.body_hash) == (None, None, None)

    @pytest.mark.parametrize(("etag", "kept"), [('"b"', '"b"'), ('W/"b"', None), (None, None)])
    def test_half_a_document_keeps_only_a_tag_that_names_its_very_bytes(
        self, etag: str | None, kept: str | None
    ) -> None:
        reply = fetched(etag=etag, last_modified="Sat, 21 Nov 2026 03:00:00 GMT")
        got = after(planned(OLD, feed(item("a"), malformed=True), reply=reply))
        assert (got.etag, got.last_modified, got.malformed) == (kept, None, True)

    def test_a_failure_keeps_them(self) -> None:
        assert after(planned(OLD, None, reply=DOWN)).etag == OLD.etag


def test_the_same_bytes_are_unchanged() -> None:
    reply = fetched(etag='"b"')
    known = after(planned(OLD, feed(item("a")), reply=reply))
    assert same_body(known, reply)
    again = planned(known, None, reply=reply)
    assert (again.outcome, again.gathering.new, after(again).etag) == ("unchanged", (), '"b"')


@pytest.mark.parametrize("read", [None, HTML], ids=["down", "html"])
def test_a_failure_touches_nothing_but_the_source(read: Unreadable | None) -> None:
    made = planned(OLD, read, (of(item("a"), 1),), reply=fetched() if read else DOWN)
    gathering = made.gathering
    assert made.outcome == "failed"
    touched = (gathering.new, gathering.changed, gathering.keys, gathering.withdrawn)
    assert touched == ((), (), (), ())
    assert after(made).succeeded_at == OLD.succeeded_at


def test_a_feed_without_entries_forgets_none() -> None:
    made = planned(OLD, feed(), (of(item("a"), 1),))
    assert made.outcome == "changed"
    assert not made.gathering.withdrawn


class TestSchedule:
    def test_no_sooner_than_the_interval(self) -> None:
        assert wait(planned(OLD, None, reply=Unchanged(fresh_for=timedelta(0)))) == timedelta(hours=1)

    def test_as_late_as_the_server_says(self) -> None:
        assert wait(planned(OLD, None, reply=Unchanged(fresh_for=timedelta(hours=5)))) == timedelta(hours=5)

    def test_never_past_the_next_night(self) -> None:
        assert timedelta(hours=22) < wait(planned(OLD, None, reply=Unchanged(fresh_for=30 * DAY))) < DAY

    def test_ttl_counts_too(self) -> None:
        slow = replace(feed(item("a")), ttl=timedelta(hours=6))
        assert wait(planned(OLD, slow)) == timedelta(hours=6)

    def test_failures_back_off_but_never_past_the_next_night(self) -> None:
        waits = [wait(planned(replace(OLD, failures=n), None, reply=DOWN)) for n in range(12)]
        assert waits[:3] == [timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)]
        assert waits == sorted(waits)
        assert waits[-1] < DAY

    def test_a_backoff_is_never_nothing(self) -> None:
        eager = Gather(min_interval_minutes=0)
        assert wait(planned(OLD, None, reply=DOWN, gather=eager)) > timedelta(minutes=1)

    @pytest.mark.parametrize(
        ("asked", "given"),
        [
            (timedelta(hours=3), timedelta(hours=3)),
            (timedelta(days=3), timedelta(days=3)),
            (timedelta(days=3650), timedelta(days=31)),
            (timedelta(seconds=1), timedelta(hours=1)),
            (timedelta(days=-1), timedelta(hours=1)),
        ],
    )
    def test_retry_after_is_honoured_within_bounds(self, asked: timedelta, given: timedelta) -> None:
        busy = Failed(kind="status", words="429", status=429, retry_after=asked)
        assert wait(planned(OLD, None, reply=busy)) == given


class TestMove:
    NEW = "https://new.example/feed"
    KNOWN = (of(item("a"), 1),)

    def sighted(self, times: int, since: datetime, *names: str) -> GatherPlan:
        moving = replace(OLD, move=Move(to=self.NEW, since_at=since, times=times))
        return planned(
            moving, feed(*map(item, names)), self.KNOWN, reply=fetched(moved_to=self.NEW, etag='"b"')
        )

    def test_a_first_sighting_is_only_noted(self) -> None:
        got = after(planned(OLD, feed(item("a")), self.KNOWN, reply=fetched(moved_to=self.NEW)))
        assert (got.address, got.move) == (OLD.address, Move(to=self.NEW, since_at=NOW, times=1))

    def test_three_over_a_day_are_believed(self) -> None:
        made = self.sighted(2, NOW - DAY, "a")
        assert (after(made).address, after(made).move, after(made).etag) == (self.NEW, None, None)
        assert (after(made).url, kinds(made)) == (OLD.url, ["moved"])

    def test_three_within_a_day_are_not(self) -> None:
        assert after(self.sighted(2, NOW - DAY / 2, "a")).address == OLD.address

    def test_a_target_that_shares_nothing_with_ours_is_not(self) -> None:
        assert after(self.sighted(9, NOW - 9 * DAY, "parked", "domain")).address == OLD.address

    def test_another_target_begins_anew(self) -> None:
        moving = replace(OLD, move=Move(to="https://other.example/", since_at=NOW - DAY, times=9))
        got = after(planned(moving, None, reply=Unchanged(moved_to=self.NEW)))
        assert got.move == Move(to=self.NEW, since_at=NOW, times=1)

    def test_an_answer_without_it_ends_it(self) -> None:
        moving = replace(OLD, move=Move(to=self.NEW, since_at=NOW - DAY, times=2))
        assert after(planned(moving, None, reply=Unchanged())).move is None


class TestNotices:
    def test_gone_is_said_at_once_and_not_asked_again(self) -> None:
        made = planned(OLD, None, reply=Failed(kind="gone", words="410 Gone", status=410))
        assert kinds(made) == ["gone"]
        assert due([after(made)], now=NOW + 99 * DAY, force=True) == ()

    @pytest.mark.parametrize(("days", "said"), [(0, []), (6, []), (7, ["source-down"])])
    def test_a_failure_is_said_after_a_week(self, days: int, said: list[str]) -> None:
        failing = replace(OLD, failures=1, failing_since_at=NOW - days * DAY)
        assert kinds(planned(failing, None, reply=DOWN)) == said

    def test_it_is_over_when_it_works_again(self) -> None:
        failing = replace(OLD, failures=9, failing_since_at=NOW - 9 * DAY, error="500", error_kind="status")
        made = planned(failing, None, reply=Unchanged())
        assert made.gathering.settled == ("source-down",)
        assert (after(made).failures, after(made).failing_since_at, after(made).error) == (0, None, None)

    def test_no_password_is_shown(self) -> None:
        secret = replace(OLD, address="https://me:hush@blog.example/feed")
        made = planned(secret, None, reply=Failed(kind="gone", words="410", status=410))
        assert "hush" not in made.gathering.notices[0].words


class TestIdentity:
    def test_bad_ids_fall_to_links_with_a_notice(self) -> None:
        made = planned(OLD, feed(*(item(str(n), guid="same") for n in range(12))))
        assert (after(made).identity, kinds(made)) == (Identity.LINK, ["identity"])

    def test_the_fall_is_for_ever(self) -> None:
        fallen = replace(OLD, identity=Identity.LINK)
        assert after(planned(fallen, feed(item("a")))).identity is Identity.LINK

    def test_guids_made_up_at_each_fetch_fall_to_links(self) -> None:
        known = replace(of(item("a", date=NOW), 1), keys=tuple(f"id:{n}" for n in range(5)))
        made = planned(OLD, feed(item("a", guid="5", date=NOW)), (known,))
        assert after(made).identity is Identity.LINK
        assert not made.gathering.new


def test_interval_of_the_settings_is_the_floor() -> None:
    assert wait(planned(OLD, feed(item("a")), gather=GATHER)) == timedelta(hours=1)
