"""One document to a feed: formats, dates, labels, credit (gather P4–P11, I11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.gather.document import Document, ParsedFeed
from digest.gather.read import MAX_ENTRIES, read
from digest.model import Content

ADDRESS = "https://blog.example.org/feeds/all.xml"
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"{0}><title>Blog</title><link href="https://blog.example.org/"/>{1}</feed>'
RSS = (
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
    "<channel><title>Blog</title><link>https://blog.example.org/</link>{0}</channel></rss>"
)


def feed(text: str, *, content_type: str | None = None) -> ParsedFeed:
    found = read(Document(body=text.encode(), address=ADDRESS, content_type=content_type))
    assert isinstance(found, ParsedFeed), found
    return found


def rss(item: str, channel: str = "") -> ParsedFeed:
    return feed(RSS.format(f"{channel}<item>{item}</item>"))


def atom(entry: str, attributes: str = "", feed_level: str = "") -> ParsedFeed:
    return feed(ATOM.format(attributes, f"{feed_level}<entry>{entry}</entry>"))


def only(found: ParsedFeed) -> Content:
    assert len(found.entries) == 1
    return found.entries[0].content


FORMATS = {
    "RSS 0.90": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns="http://my.netscape.com/rdf/'
    'simple/0.9/"><channel><title>B</title></channel>'
    "<item><title>T</title><link>https://x.example/1</link></item></rdf:RDF>",
    "RSS 0.91": '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"'
    ' "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><title>B</title>'
    "<item><title>T</title><link>https://x.example/1</link></item></channel></rss>",
    "RSS 0.92": '<rss version="0.92"><channel><item><title>T</title><link>https://x.example/1</link></item></channel></rss>',
    "RSS 1.0": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
    '<channel rdf:about="x"><title>B</title></channel><item rdf:about="https://x.example/1"><title>T</title>'
    "<link>https://x.example/1</link></item></rdf:RDF>",
    "RSS 2.0": '<rss version="2.0"><channel><item><title>T</title><link>https://x.example/1</link></item></channel></rss>',
    "Atom 0.3": '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>T</title>'
    '<link rel="alternate" type="text/html" href="https://x.example/1"/></entry></feed>',
    "Atom 1.0": '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title>'
    '<link href="https://x.example/1"/></entry></feed>',
    "JSON Feed": '{"version": "https://jsonfeed.org/version/1", "items":'
    ' [{"id": 1, "title": "T", "url": "https://x.example/1"}]}',
}


@pytest.mark.parametrize(
    "served_as", [None, "text/html", "text/plain; charset=us-ascii", "application/json", "x"]
)
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_read_whatever_it_is_served_as(name: str, served_as: str | None) -> None:
    found = feed(FORMATS[name], content_type=served_as)
    assert not found.malformed, found.fault
    assert (only(found).title, only(found).link) == ("T", "https://x.example/1")


def test_a_feed_without_entries_is_a_feed() -> None:
    assert feed(RSS.format("")).entries == ()
    assert feed(ATOM.format("", "")).entries == ()


CODE = [
    '<content type="html">&lt;code&gt;&amp;lt;b&amp;gt;&lt;/code&gt;</content>',
    '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><code>&lt;b&gt;</code></div></content>',
]


@pytest.mark.parametrize("content", CODE)
def test_code_in_an_article_stays_literal(content: str) -> None:
    found = only(atom(f"<title>T</title>{content}"))
    assert found.content_html == "<code>&lt;b&gt;</code>" and found.text == "<b>"


def test_text_that_says_it_is_text_is_no_html() -> None:
    assert (
        only(atom("<title>T</title><content>a &lt;b&gt; c</content>")).content_html == "<p>a &lt;b&gt; c</p>"
    )


TITLES = [
    ("<title>Use &lt;b&gt; wisely</title>", "Use <b> wisely"),
    ('<title type="html">Use &amp;lt;b&amp;gt; &lt;i&gt;wisely&lt;/i&gt;</title>', "Use <b> wisely"),
    ('<title type="html">Tom &amp;amp; Jerry</title>', "Tom & Jerry"),
    (
        '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Use <i>it</i> &lt;b&gt;</div></title>',
        "Use it <b>",
    ),
    ('<title type="html">L&amp;amp;#39;été</title>', "L'été"),
    ("<title>a\n\tb\u202e c</title>", "a b c"),
]


@pytest.mark.parametrize(("title", "line"), TITLES)
def test_atom_titles_are_decoded_once_by_their_type(title: str, line: str) -> None:
    assert only(atom(title)).title == line


RSS_TITLES = [
    ("Use &lt;b&gt; wisely", "Use <b> wisely"),
    ("&lt;b&gt;Bold&lt;/b&gt; move", "Bold move"),
    ("Tom &amp;amp; Jerry", "Tom & Jerry"),
    ("Tom &amp; Jerry", "Tom & Jerry"),
    ("<![CDATA[L&rsquo;été]]>", "L’été"),
    ("The &amp;lt;b&amp;gt; tag", "The <b> tag"),
]


@pytest.mark.parametrize(("title", "line"), RSS_TITLES)
def test_rss_titles_are_html_where_they_look_like_it(title: str, line: str) -> None:
    assert only(rss(f"<title>{title}</title>")).title == line


def test_a_missing_title_is_the_first_words_of_the_text() -> None:
    title = only(rss(f"<description>{'seven more words to be counted here ' * 9}</description>")).title
    assert len(title) <= 80 and title.startswith("seven more words") and title.endswith("…")


def test_a_missing_link_is_the_enclosure_and_else_none() -> None:
    assert only(rss('<title>T</title><enclosure url="/a.mp3"/>')).link == "https://blog.example.org/a.mp3"
    assert only(rss("<title>T</title>")).link is None


def test_a_title_alone_is_an_entry_and_an_item_that_says_nothing_is_none() -> None:
    assert only(rss("<title>T</title>")).text == ""
    found = feed(RSS.format("<item><title>T</title></item><item><pubDate>x</pubDate></item>"))
    assert len(found.entries) == 1 and found.malformed


BASES = [
    # xml:base, before the entry's link, before the feed's, before the document's address
    (
        '<content type="html" xml:base="https://base.example/d/">&lt;img src="i.png"></content>',
        "https://base.example/d/i.png",
    ),
    (
        '<link href="https://post.example/p/1"/><content type="html">&lt;img src="i.png"></content>',
        "https://post.example/p/i.png",
    ),
    ('<content type="html">&lt;img src="i.png"></content>', "https://blog.example.org/i.png"),
]


@pytest.mark.parametrize(("entry", "address"), BASES)
def test_relative_addresses_have_an_order_of_bases(entry: str, address: str) -> None:
    assert f'src="{address}"' in only(atom(f"<title>T</title>{entry}")).content_html


def test_the_base_of_last_resort_is_where_the_document_came_from() -> None:
    text = '<rss version="2.0"><channel><item><title>T</title><link>../p/1</link></item></channel></rss>'
    assert only(feed(text)).link == "https://blog.example.org/p/1"


def test_a_relative_entry_link_goes_by_xml_base() -> None:
    found = atom('<title>T</title><link href="p/1"/>', attributes=' xml:base="https://base.example/b/"')
    assert only(found).link == "https://base.example/b/p/1"


AUTHORS = [
    ("<author>ana@example.org (Ana Bo)</author>", ("Ana Bo",)),
    ("<author>Ana Bo &lt;ana@example.org&gt;</author>", ("Ana Bo",)),
    ("<author>ana@example.org</author>", ()),
    ("<dc:creator>Ana</dc:creator><dc:creator>Bo</dc:creator>", ("Ana", "Bo")),
    (
        "<dc:creator>&lt;a href='https://x.example'&gt;Ana&lt;/a&gt;&lt;script&gt;1&lt;/script&gt;</dc:creator>",
        ("Ana",),
    ),
    ("<author>mailto:ana@example.org (Ana)</author>", ("Ana",)),
]


@pytest.mark.parametrize(("written", "names"), AUTHORS)
def test_authors_are_names_and_never_addresses(written: str, names: tuple[str, ...]) -> None:
    assert only(rss(f"<title>T</title>{written}")).authors == names


def test_atom_entries_inherit_the_author_of_their_source_or_feed() -> None:
    author = "<author><name>House</name><email>h@example.org</email></author>"
    assert only(atom("<title>T</title>", feed_level=author)).authors == ("House",)
    own = "<author><name>Ana</name></author><author><email>b@example.org</email></author>"
    assert only(atom(f"<title>T</title>{own}", feed_level=author)).authors == ("Ana",)


def test_a_republished_entry_credits_its_origin() -> None:
    source = (
        "<source><id>urn:o</id><title>Origin &amp; co</title><link rel='self' href='https://o.example/feed'/>"
        "<link href='https://o.example/'/></source>"
    )
    origin = only(atom(f"<title>T</title>{source}")).origin
    assert origin and (origin.title, origin.url, origin.id) == ("Origin & co", "https://o.example/", "urn:o")
    origin = only(rss('<title>T</title><source url="https://o.example/rss">Origin</source>')).origin
    assert origin and (origin.title, origin.url) == ("Origin", "https://o.example/rss")
    origin = only(rss('<title>T</title><source url="https://o.example/rss"/>')).origin
    assert origin and origin.title == "o.example"


def test_dates_are_read_in_french_and_never_raise() -> None:
    content = only(rss("<title>T</title><pubDate>lun., 3 août 2026 10:00:00 +0200</pubDate>"))
    assert content.published_at == datetime(2026, 8, 3, 8, tzinfo=UTC)
    content = only(
        rss("<title>T</title><pubDate>Mon, 03 Aug 2026 10:00:00 +2600</pubDate><dc:date>soon</dc:date>")
    )
    assert content.published_at == datetime(2026, 8, 3, 10, tzinfo=UTC) and content.updated_at is None


GUIDS = [
    ("  Ab c ", "Ab c"),
    ("0", "0"),
    ("", None),
    (" \n", None),
    ("x" * 5_000, "x" * 5_000),
    ("é&amp;b", "é&b"),
]


@pytest.mark.parametrize(("written", "guid"), GUIDS)
def test_a_guid_is_kept_as_it_is(written: str, guid: str | None) -> None:
    found = rss(f'<title>T</title><guid isPermaLink="false">{written}</guid>')
    assert found.entries[0].guid == guid


def test_a_permalink_guid_is_the_link_too() -> None:
    found = rss("<title>T</title><guid>https://blog.example.org/1</guid>")
    assert found.entries[0].guid == only(found).link == "https://blog.example.org/1"


def test_summary_and_content_are_told_apart() -> None:
    content = only(
        rss(
            "<title>T</title><description>short</description><content:encoded>the long text</content:encoded>"
        )
    )
    assert (content.summary_html, content.content_html, content.text) == (
        "short",
        "the long text",
        "the long text",
    )
    content = only(rss("<title>T</title><description>only</description>"))
    assert (content.summary_html, content.content_html, content.text) == ("only", "", "only")


def test_an_entry_s_own_language_beats_its_feed_s() -> None:
    found = rss("<title>T</title><dc:language>en</dc:language>", "<language>fr</language>")
    assert (found.language, only(found).language) == ("fr", "en")


def test_languages_and_labels_are_normal() -> None:
    found = rss(
        "<title>T</title><category>Python</category><category>python</category>", "<language>fr_FR</language>"
    )
    assert (found.language, only(found).language, only(found).categories) == ("fr-fr", "fr-fr", ("Python",))
    found = atom(
        '<title xml:lang="en">T</title><category term="a" label="Label"/>', attributes=' xml:lang="fr"'
    )
    assert (found.language, only(found).language, only(found).categories) == ("fr", "en", ("Label",))


TTLS = [
    ("<ttl>90</ttl>", timedelta(minutes=90)),
    (
        "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
        timedelta(hours=6),
    ),
    ("<ttl>99999999999999</ttl>", timedelta(days=31)),
    ("<ttl>soon</ttl>", None),
    ("<ttl>0</ttl>", None),
    ("", None),
]


@pytest.mark.parametrize(("channel", "ttl"), TTLS)
def test_a_ttl_is_a_bounded_time_or_unknown(channel: str, ttl: timedelta | None) -> None:
    assert rss("<title>T</title>", channel).ttl == ttl


def test_the_hash_tells_an_edit_and_not_a_new_tracking_parameter() -> None:
    def hash_of(body: str) -> str:
        return rss(f"<title>T</title><description>{body}</description>").entries[0].content_hash

    one = hash_of('&lt;a href="/x?utm=1"&gt;text&lt;/a&gt;')
    assert one == hash_of('&lt;a href="/x?utm=2" class="b"&gt;text&lt;/a&gt;') != hash_of("another text")


def test_no_more_entries_than_the_bound_are_read() -> None:
    found = feed(RSS.format("<item><title>T</title></item>" * (MAX_ENTRIES + 1)))
    assert len(found.entries) == MAX_ENTRIES and found.malformed


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("d\u00e9j\u00e0 vu", "d\u00e9j\u00e0 vu"),
        ("d\u00e9j\u00e0 l&#146;\u0153uf", "d\u00e9j\u00e0 l\u2019\u0153uf"),
        ("d\u00e9j\u00e0 l\x92\u00e9t\u00e9", "d\u00e9j\u00e0 l\u2019\u00e9t\u00e9"),
        ("l&#146;art", "l\u2019art"),
        ("\u65e5\u672c \U0001f40d &#133;!", "\u65e5\u672c \U0001f40d \u2026!"),
    ],
)
def test_windows_1252_characters_by_number_are_what_their_author_saw(written: str, shown: str) -> None:
    """Whatever stands beside them."""
    found = only(rss(f"<title>{written}</title><link>https://x.example/1</link>"))
    assert found.title == shown
