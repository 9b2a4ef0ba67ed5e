"""A list that shows pictures shows ours: fetched when the issue is set, once; words where there is none."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
from PIL import Image

from digest.check import check
from digest.night.rehearsal import rehearse
from digest.settings import Settings
from digest.settings.checks import faults
from tests.httpd import Answer, Seen, Site
from tests.night.dying import start
from tests.night.house import DAY, NIGHT, House, Item
from tests.pictures.files import SVG, drawing, photo

IMAGE = re.compile(r'<img [^>]*src="(https://digest\.example\.org/images/[^"]+)"[^>]*>')


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        site.answer("/plan.png", drawing(900, 600), content_type="image/png")
        site.answer("/room.jpg", photo(1200, 900), content_type="image/jpeg")
        site.answer("/pixel.gif", photo(1, 1, kind="GIF"))
        yield site


def house(root: Path, site: Site, *, show: str = "full", **more: object) -> House:
    made = House(
        root,
        gather={"allow_private": list(site.allow)},
        planet={"dir": "public"},
        lists=[
            {
                "slug": "daily",
                "title": "Small Daily",
                "cadence": "nightly",
                "show": show,
                "images": "thumbnail",
                **more,
            }
        ],
    )
    made.join("ada", at=NIGHT - DAY)
    return made


def story(site: Site, *paths: str, name: str = "one", alt: str = "What it shows") -> Item:
    images = "".join(f'<p><img src="{site.url(path)}" alt="{alt}"></p>' for path in paths)
    return Item(name=name, text=f"<p>Some words of {name}, {name * 3}.</p>{images}")


def kept(root: Path) -> list[str]:
    folder = root / "public" / "images"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize("show", ["full", "summary"])
def test_our_copy_stands_in_the_mail_and_in_the_planets_folder(tmp_path: Path, site: Site, show: str) -> None:
    one = house(tmp_path, site, show=show)
    one.publish("blog", story(site, "/plan.png"))
    one.night(NIGHT)

    (mail,) = one.mails
    (address,) = IMAGE.findall(mail.html)
    assert [address.rpartition("/")[2]] == kept(tmp_path)
    assert 'alt="What it shows"' in mail.html
    assert str(site.port) not in mail.html
    assert [finding.words for finding in check(mail.raw) if finding.part == "html"] == []


def test_a_summary_shows_the_first_and_no_other(tmp_path: Path, site: Site) -> None:
    one = house(tmp_path, site, show="summary")
    one.publish("blog", story(site, "/plan.png", "/room.jpg"))
    one.night(NIGHT)
    assert len(kept(tmp_path)) == 1
    assert site.seen("/room.jpg") == ()


def test_a_list_of_titles_asks_for_none(tmp_path: Path, site: Site) -> None:
    one = house(tmp_path, site, show="title")
    one.publish("blog", story(site, "/plan.png"))
    one.night(NIGHT)
    assert (site.requests, kept(tmp_path)) == ((), [])


def test_a_list_that_does_not_ask_gets_words(tmp_path: Path, site: Site) -> None:
    one = house(tmp_path, site, images="link")
    one.publish("blog", story(site, "/plan.png"))
    one.night(NIGHT)
    assert (site.requests, kept(tmp_path)) == ((), [])
    assert "[image: What it shows]" in one.mails[0].html


def test_pictures_that_count_readers_are_never_asked_for(tmp_path: Path, site: Site) -> None:
    one = house(tmp_path, site)
    counters = (
        f'<img src="{site.url("/pixel.gif")}" width="1" height="1">'
        f'<img src="{site.url("/matomo.php?id=1")}" alt="">'
        f'<img src="{site.url("/hidden.png")}" style="display:none">'
        f'<img src="{site.url("/wp-smiley.png")}" alt=":)" width="16" height="16">'
    )
    one.publish("blog", Item(name="one", text=f"<p>Some words.</p>{counters}"))
    one.night(NIGHT)
    assert len(one.mails) == 1
    assert site.requests == ()


def test_what_cannot_be_had_stays_its_words_with_the_link(tmp_path: Path, site: Site) -> None:
    site.answer("/drawing.jpg", SVG, content_type="image/jpeg")
    site.script("/gone.jpg", Answer(status=410))
    site.script("/endless.jpg", Answer(body=photo(), chunked="endless"))
    site.redirect("/inside.jpg", "http://127.0.0.1:1/secret.jpg")
    one = house(tmp_path, site)
    one.publish("blog", story(site, "/drawing.jpg", "/gone.jpg", "/endless.jpg", "/inside.jpg", "/plan.png"))
    report = one.night(NIGHT)

    assert report.deliver is not None
    assert report.deliver.sent == 1
    html = one.mails[0].html
    assert html.count('<a href="https://blog.example/one"') >= 5
    assert html.count("[image: What it shows]") == 4
    assert len(IMAGE.findall(html)) == len(kept(tmp_path)) == 1


def test_the_text_part_is_the_same_with_pictures_and_without(tmp_path: Path, site: Site) -> None:
    said = []
    for images in ("thumbnail", "link"):
        root = tmp_path / images
        root.mkdir()
        one = house(root, site, images=images)
        one.publish("blog", story(site, "/plan.png"))
        one.night(NIGHT)
        said.append(re.sub(r"/[uw]/[^\s/]+", "/u/…", one.mails[0].text))
    assert said[0] == said[1]


def test_a_picture_seen_before_is_not_fetched_again(tmp_path: Path, site: Site) -> None:
    one = house(tmp_path, site)
    one.publish("blog", story(site, "/plan.png"))
    one.night(NIGHT)
    one.publish("blog", story(site, "/plan.png", name="two"))
    one.night(NIGHT + DAY)

    assert len(one.mails) == 2
    assert len(site.seen("/plan.png")) == len(kept(tmp_path)) == 1


def test_a_night_run_twice_fetches_once(tmp_path: Path, site: Site) -> None:
    one = house(tmp_path, site)
    one.publish("blog", story(site, "/plan.png", "/gone.jpg"))
    one.night(NIGHT)
    one.night(NIGHT)
    assert [len(site.seen(path)) for path in ("/plan.png", "/gone.jpg")] == [1, 1]


def test_a_gallery_and_a_rich_night_have_their_bounds(tmp_path: Path, site: Site) -> None:
    one = house(tmp_path, site)
    for at in range(12):
        site.answer(f"/{at}.png", drawing(120 + at, 90))
    one.publish("blog", story(site, *(f"/{at}.png" for at in range(12))))
    one.night(NIGHT)
    assert len(kept(tmp_path)) == 10


def test_a_rehearsal_fetches_nothing_and_leaves_no_file(tmp_path: Path, site: Site) -> None:
    one = house(tmp_path, site)
    one.publish("blog", story(site, "/plan.png"))
    with one.tonight(NIGHT) as tonight:
        report = rehearse(tonight)
    assert [each.entries for each in report.issues] == [1]
    assert (site.requests, kept(tmp_path)) == ((), [])


def test_a_folder_that_cannot_be_written_costs_pictures_not_mails(tmp_path: Path, site: Site) -> None:
    (tmp_path / "public").write_text("a file where the folder should be")
    one = house(tmp_path, site)
    one.publish("blog", story(site, "/plan.png"))
    one.night(NIGHT)
    assert "[image: What it shows]" in one.mails[0].html


def test_pictures_without_a_planet_to_serve_them_are_a_fault_of_the_settings(
    tmp_path: Path, site: Site
) -> None:
    one = house(tmp_path, site)
    del one.tables["planet"]
    (fault,) = faults(Settings.model_validate(one.tables))
    assert fault[0] == ("lists", 0, "images")
    assert "[planet] dir" in fault[1]


def test_a_night_killed_while_pictures_come_is_finished_by_the_next_run(tmp_path: Path, site: Site) -> None:
    one = house(tmp_path, site)
    one.publish("blog", story(site, "/plan.png", "/room.jpg", "/last.jpg"))
    nights: Queue[subprocess.Popen[bytes]] = Queue()
    whole = Answer(body=photo(1000, 700), content_type="image/jpeg")

    def deadly(asked: Seen) -> Answer:
        nights.get().kill()
        return whole

    site.script("/last.jpg", deadly, whole)
    night = start(one, NIGHT)
    nights.put(night)
    assert night.wait() == -signal.SIGKILL
    assert one.mails == []

    one.night(NIGHT)
    (mail,) = one.mails
    shown = [address.rpartition("/")[2] for address in IMAGE.findall(mail.html)]
    assert len(shown) == 3
    assert sorted(shown) == [name for name in kept(tmp_path) if not name.startswith(".")]
    for name in shown:
        with Image.open(tmp_path / "public" / "images" / name) as picture:
            picture.load()
            assert f"-{picture.width}x{picture.height}." in name
