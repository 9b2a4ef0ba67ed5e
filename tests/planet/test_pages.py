"""The planet's pages: each story once, the newest first, so many to a page, no link that leads nowhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from digest.errors import FolderError, TemplateError
from tests.night.house import DAY, NIGHT, House, Item
from tests.planet.pages import PLANET, built, document, files, gathered, headings, links, stories

LONG = " ".join(f"word{number}" for number in range(60))
TOPICS = [
    {"slug": "meetings", "title": {"en": "Meetings", "fr": "Rencontres"}, "match": {"words": ["meetup"]}},
    {"slug": "empty", "title": "Nothing"},
]


def all_headings(house: House) -> list[str]:
    """The stories of every page, in order."""
    pages = ["index.html"]
    while (house.root / "public" / f"page/{len(pages) + 1}.html").exists():
        pages.append(f"page/{len(pages) + 1}.html")
    return [heading for page in pages for heading in headings(house, page)]


def test_the_pages_hold_every_story_once_so_many_to_a_page(tmp_path: Path) -> None:
    house = gathered(tmp_path)

    built(house)

    assert [len(headings(house, page)) for page in ("index.html", "page/2.html", "page/3.html")] == [3, 3, 1]
    assert all_headings(house) == [f"[blog] What n{number} is about" for number in range(7, 0, -1)]


def test_the_newest_date_comes_first_whenever_it_arrived(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET)
    house.publish("blog", Item(name="new", at=NIGHT - DAY))
    house.night(NIGHT)
    house.publish("late", Item(name="old", at=NIGHT - 9 * DAY), Item(name="older", at=NIGHT - 10 * DAY))
    house.night(NIGHT + DAY)

    built(house)

    assert [heading.split()[2] for heading in headings(house)] == ["new", "old", "older"]


def test_the_same_story_from_two_sources_is_shown_once_and_credited(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET)
    house.publish("blog", Item(name="one", text=LONG))
    house.publish(
        "planet", Item(name="copy", link="https://blog.example/one", guid="tag:blog:one", text=LONG)
    )
    house.night(NIGHT)

    built(house)

    (story,) = stories(house)
    assert story.heading == "[blog] What one is about"
    assert "also in planet" in story.text


def test_a_date_is_in_the_zone_and_language_of_the_site(tmp_path: Path) -> None:
    house = gathered(tmp_path, site={"language": "fr", "timezone": "Asia/Tokyo"})

    built(house)

    assert stories(house)[0].published == "Publié le 2026-11-21 11:00:00"


def test_what_its_publisher_took_back_is_gone_with_the_next_building(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET)
    posts = [Item(name=f"n{age}", at=NIGHT - age * DAY) for age in range(1, 12)]
    house.publish("blog", *posts)
    house.night(NIGHT)
    house.republish("blog", *posts[:2], *posts[3:])

    house.night(NIGHT + DAY)

    told = [f"[blog] What n{age} is about" for age in range(1, 12) if age != 3]
    assert all_headings(house) == told


def test_a_source_that_left_the_file_leaves_the_pages(tmp_path: Path) -> None:
    house = gathered(tmp_path)
    house.publish("other", "kept")
    house.night(NIGHT + DAY)
    house.tables["sources"] = [each for each in house.tables["sources"] if each["slug"] != "blog"]

    built(house, at=NIGHT + DAY)

    assert all_headings(house) == ["[other] What kept is about"]


def test_a_twin_takes_the_place_of_an_origin_that_is_not_followed_any_more(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET)
    house.publish("blog", Item(name="one", text=LONG))
    house.publish(
        "planet", Item(name="copy", link="https://blog.example/one", guid="tag:blog:one", text=LONG)
    )
    house.night(NIGHT)
    house.tables["sources"] = [each for each in house.tables["sources"] if each["slug"] != "blog"]

    built(house)

    (story,) = stories(house)
    assert story.heading == "[planet] What copy is about"
    assert "also in" not in story.text


def test_a_topic_has_its_stories_on_pages_of_its_own(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET, topics=TOPICS)
    house.publish(
        "blog", *(Item(name=f"n{number}", title=f"Meetup {number}") for number in range(4)), "other"
    )
    house.night(NIGHT)

    built(house)

    told = headings(house, "topics/meetings.html") + headings(house, "topics/meetings/2.html")
    assert sorted(told) == [f"[blog] Meetup {number}" for number in range(4)]
    assert headings(house, "topics/empty.html") == []
    assert "No story yet." in document(house, "topics/empty.html").text_content()


def test_a_planet_without_stories_says_so(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET)

    built(house)

    assert "No story yet." in document(house).text_content()


def test_every_link_within_the_site_leads_to_a_file(tmp_path: Path) -> None:
    house = gathered(tmp_path, topics=TOPICS)

    built(house)

    public = house.root / "public"
    pages = [name for name in files(public) if name.endswith(".html")]
    assert {"index.html", "page/2.html", "topics/meetings.html", "issues/index.html"} < set(pages)
    lost = [
        (page, link)
        for page in pages
        for link in links(house, page)
        if not urlsplit(link).scheme and urlsplit(link).path
        if not (public / page).parent.joinpath(urlsplit(link).path).is_file()
    ]
    assert lost == []


def test_the_sitemap_names_every_page_by_its_whole_address(tmp_path: Path) -> None:
    house = gathered(tmp_path, site={"url": "https://digest.example.org/planet/"})

    built(house)

    public = house.root / "public"
    named = {element.text for element in ET.parse(public / "sitemap.xml").getroot().iterfind(".//{*}loc")}
    pages = {name.removesuffix("index.html") for name in files(public) if name.endswith(".html")}
    assert named == {f"https://digest.example.org/planet/{page}" for page in pages}


def test_the_sources_say_how_they_do(tmp_path: Path) -> None:
    house = gathered(tmp_path)
    (tmp_path / "blog.xml").write_text("no feed any more")
    house.night(NIGHT + DAY)

    built(house, at=NIGHT + DAY)

    side = " ".join(document(house).find(".//aside").text_content().split())
    assert "Last story: 2026-11-21 03:00" in side
    assert "Last success: 2026-11-22 03:00" in side
    assert "Failing since 2026-11-23 03:00" in side


def test_only_the_front_page_changes_with_a_night_that_brought_nothing(tmp_path: Path) -> None:
    house = gathered(tmp_path, topics=TOPICS)
    built(house)
    before = {name: (house.root / "public" / name).read_bytes() for name in files(house.root / "public")}
    house.night(NIGHT + DAY)

    after = {name: (house.root / "public" / name).read_bytes() for name in files(house.root / "public")}

    assert {name for name in after if after[name] != before.get(name)} == {"index.html"}


def test_the_same_planet_is_told_as_plain_text(tmp_path: Path) -> None:
    house = gathered(tmp_path, topics=TOPICS)

    done = built(house, to="text", format="text")

    text = (tmp_path / "text" / "index.txt").read_text(encoding="utf-8")
    at = [text.index(f"[blog] What n{number} is about\n") for number in (7, 6, 5)]
    assert at == sorted(at)
    assert "Published on 2026-11-21 03:00:00\nhttps://blog.example/n7\n" in text
    assert "Older stories: page/2.txt" in text
    assert "Meetings: topics/meetings.txt\n" in text
    assert "Issues: issues/index.txt\n" in text
    assert "<" not in text
    assert {name.rpartition(".")[2] for name in files(tmp_path / "text")} == {"txt"}
    assert done.files == len(files(tmp_path / "text"))


def test_no_image_is_fetched_from_anywhere(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET)
    house.publish(
        "blog", Item(name="one", text='<p>Look: <img src="https://far.example/a.png" alt="A cat"></p>')
    )
    house.night(NIGHT)

    built(house)

    assert list(document(house).iter("img")) == []
    assert "[image: A cat]" in stories(house)[0].text


HOSTILE = (
    "<script>pwned()</script><p onclick='pwned()'>Hello</p><a href='javascript:pwned()'>go</a>"
    "</article></main><style>body{display:none}</style><iframe src='https://far.example/'></iframe>"
    "{{ 7 * 7 }}{% include 'planet/layout.html' %}"
)


def test_what_publishers_write_stays_inert(tmp_path: Path) -> None:
    house = House(tmp_path, planet=PLANET)
    house.publish("blog", Item(name="one", title="<b>&lt;script&gt;</b>{{ 1 }}", text=HOSTILE), "two")
    house.night(NIGHT)

    built(house)

    for name in ("index.html", "issues/daily/1.html"):
        page = document(house, name)
        assert list(page.iter("script", "style", "iframe", "form")) == []
        assert [key for element in page.iter() for key in element.attrib if key.startswith("on")] == []
        assert [link for link in links(house, name) if urlsplit(link).scheme == "javascript"] == []
    assert len(stories(house)) == 2
    assert "{{ 7 * 7 }}" in stories(house)[0].text + stories(house)[1].text


def test_the_site_may_set_pages_its_own_way_and_a_fault_names_file_and_line(tmp_path: Path) -> None:
    house = gathered(tmp_path, site={"templates": "mine"})
    before = files(house.root / "public")
    (tmp_path / "mine" / "planet").mkdir(parents=True)
    (tmp_path / "mine" / "planet" / "story.html").write_text("<p>\n{{ story.nothing }}\n")

    with pytest.raises(TemplateError, match=r"mine/planet/story\.html:2: "):
        built(house)

    assert files(house.root / "public") == before


def test_a_folder_of_somebody_else_is_not_written(tmp_path: Path) -> None:
    house = gathered(tmp_path)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "shop.php").write_text("theirs")

    with pytest.raises(FolderError, match=r"shop\.php, which is not ours"):
        built(house, to="site")

    assert files(tmp_path / "site") == {"shop.php"}


def test_a_topic_that_is_no_more_takes_its_pages_along(tmp_path: Path) -> None:
    house = gathered(tmp_path, topics=TOPICS)
    built(house)
    house.tables["topics"] = []

    done = built(house, at=NIGHT + timedelta(hours=1))

    assert not (house.root / "public" / "topics").exists()
    assert done.removed == 6
