"""Every issue's signature convinces dkimpy, and no altered copy's does (RFC 6376, 8301, 8463)."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from digest.check import check
from digest.deliver.sign import Signer, read_key
from digest.deliver.transport import Envelope, Outgoing
from digest.errors import DigestError, SettingsError
from tests.dkimkeys import ed25519_key, ed25519_pem, rsa_key, rsa_pem, signer, verdicts, weak_pem
from tests.issues.specimens import SPECIMENS

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
KINDS = ("rsa", "ed25519", "rsa ed25519")

every_kind = pytest.mark.parametrize("kinds", KINDS)


@cache
def issue(name: str = "twelve-sources") -> bytes:
    return SPECIMENS[name]()


def signatures(message: bytes) -> list[bytes]:
    """The header fields in front of the message, as they stand."""
    return re.findall(rb"^DKIM-Signature:.*?\r\n(?![ \t])", message, re.DOTALL | re.MULTILINE)


def replaced(message: bytes, old: bytes, new: bytes) -> bytes:
    assert old in message
    return message.replace(old, new, 1)


@every_kind
@pytest.mark.parametrize("name", SPECIMENS)
def test_every_golden_issue_is_signed_so_that_dkimpy_believes_it(name: str, kinds: str) -> None:
    one = signer(kinds)
    message = one.sign(issue(name), dated_at=AT)

    assert verdicts(message, one.keys) == [True] * len(one.keys)


@every_kind
def test_the_message_itself_is_as_it_was(kinds: str) -> None:
    message = signer(kinds).sign(issue(), dated_at=AT)

    assert message == b"".join(signatures(message)) + issue()


ALTERED: dict[str, Callable[[bytes], bytes]] = {
    "a byte of the body": lambda raw: raw[:-40] + bytes([raw[-40] ^ 1]) + raw[-39:],
    "a line more in the body": lambda raw: raw + b"Buy now\r\n",
    "another subject": lambda raw: re.sub(rb"\r\nSubject: ", b"\r\nSubject: Re: ", raw, count=1),
    "another sender": lambda raw: replaced(raw, b"<digest@example.org>", b"<digest@example.com>"),
    "another reader": lambda raw: replaced(raw, b"reader@example.net", b"victim@example.net"),
    "another date": lambda raw: replaced(raw, b"\r\nDate: Sun", b"\r\nDate: Mon"),
    "another link to leave": lambda raw: replaced(raw, b"-Unsubscribe: <https", b"-Unsubscribe: <http"),
    "one click taken away": lambda raw: replaced(
        raw, b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""
    ),
    "a second From below": lambda raw: replaced(raw, b"\r\n\r\n", b"\r\nFrom: evil@example.com\r\n\r\n"),
    "a second From above": lambda raw: b"From: evil@example.com\r\n" + raw,
    "a second Subject": lambda raw: b"Subject: Buy now\r\n" + raw,
    "a second To": lambda raw: b"To: all@example.com\r\n" + raw,
    "another type": lambda raw: replaced(raw, b"Type: multipart/alternative", b"Type: text/plain"),
}  # fmt: skip


@every_kind
@pytest.mark.parametrize("how", ALTERED)
def test_an_altered_copy_is_not_believed(how: str, kinds: str) -> None:
    one = signer(kinds)
    message = one.sign(issue(), dated_at=AT)
    altered = ALTERED[how](message)

    assert altered != message
    assert verdicts(altered, one.keys) == [False] * len(one.keys)


@pytest.mark.parametrize(
    "fold",
    [
        lambda raw: replaced(raw, b"\r\nSubject: ", b"\r\nSUBJECT:\r\n \t "),
        lambda raw: replaced(raw, b">,\r\n <mailto:", b">, \r\n\t  <mailto:"),
        lambda raw: raw + b"\r\n\r\n",
        lambda raw: b"Received: from here by there;\r\n Sun, 22 Nov 2026 03:00:01 +0000\r\n" + raw,
    ],
    ids=["a header folded anew", "blanks within a header", "empty lines at the end", "a trace in front"],
)
def test_what_relays_do_on_the_way_breaks_nothing(fold: Callable[[bytes], bytes]) -> None:
    one = signer("rsa ed25519")

    assert verdicts(fold(one.sign(issue(), dated_at=AT)), one.keys) == [True, True]


def test_another_key_under_the_same_name_is_not_believed() -> None:
    message = signer("rsa").sign(issue(), dated_at=AT)
    other = read_key(weak_pem(1024), domain="example.org", selector="d1")

    assert verdicts(message, [other]) == [False]


@every_kind
def test_the_same_values_give_the_same_bytes_also_in_threads(kinds: str) -> None:
    one = signer(kinds)
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: one.sign(issue(), dated_at=AT), range(16)))

    assert len(made) == 1
    assert one.sign(issue(), dated_at=AT + timedelta(seconds=1)) not in made


def test_what_is_signed_is_what_readers_and_mailboxes_act_on() -> None:
    (field,) = signatures(signer("rsa").sign(issue(), dated_at=AT))
    tags = dict(part.strip().split("=", 1) for part in field.decode().partition(":")[2].split(";"))
    names = [name.strip() for name in tags["h"].split(":")]

    assert {name: names.count(name) for name in names} == {
        "From": 2, "To": 2, "Subject": 2, "Date": 1, "Message-ID": 1, "Reply-To": 1, "MIME-Version": 1,
        "Content-Type": 1, "List-Id": 1, "List-Unsubscribe": 1, "List-Unsubscribe-Post": 1, "List-Help": 1,
        "List-Owner": 1, "Feedback-ID": 1, "Auto-Submitted": 1,
    }  # fmt: skip
    assert (tags["v"], tags["a"], tags["c"], tags["d"], tags["s"]) == (
        "1", "rsa-sha256", "relaxed/simple", "example.org", "d1",
    )  # fmt: skip
    assert int(tags["t"]) == int(AT.timestamp())
    assert "l" not in tags


@every_kind
def test_a_signature_is_lines_of_at_most_76_columns(kinds: str) -> None:
    for field in signatures(signer(kinds).sign(issue(), dated_at=AT)):
        lines = field.removesuffix(b"\r\n").split(b"\r\n")
        assert max(map(len, lines)) <= 76
        assert all(line.startswith(b" ") and line.strip() for line in lines[1:])


def test_a_domain_and_a_selector_of_full_length_are_signed_as_well() -> None:
    key = read_key(rsa_pem(), domain=f"{'a' * 60}.{'b' * 60}.example.org", selector="s" * 63)
    one = Signer.of([key])

    assert verdicts(one.sign(issue(), dated_at=AT), [key]) == [True]


def test_our_own_rules_have_nothing_against_a_signed_mail() -> None:
    before = {finding.rule for finding in check(issue())}
    after = {finding.rule for finding in check(signer("rsa ed25519").sign(issue(), dated_at=AT))}

    assert after == before


@pytest.mark.parametrize(
    "raw",
    [b"To: a@b.org\r\n\r\n", b"To: a@b.org\r\n", b"To: a@b.org\r\n\r\n\r\n\r\n", b"To: a@b.org\r\n\r\nhi"],
    ids=["no body", "no blank line", "only empty lines", "no last newline"],
)  # fmt: skip
def test_a_small_message_is_signed_too(raw: bytes) -> None:
    one = signer("rsa")
    whole = b"From: a@example.org\r\n" + raw

    assert verdicts(one.sign(whole, dated_at=AT), one.keys) == [True]


@pytest.mark.parametrize("raw", [b"no header\r\n\r\n", b"To: a\nBcc: b\r\n\r\n", b" folded: first\r\n\r\n"])
def test_a_broken_header_is_refused(raw: bytes) -> None:
    with pytest.raises(DigestError, match="no line of a mail's header"):
        signer("ed25519").sign(raw, dated_at=AT)


# Keys


def pem_of(form: serialization.PrivateFormat) -> str:
    private = serialization.load_pem_private_key(rsa_pem().encode(), password=None)
    return private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def raw_ed25519() -> bytes:
    private = serialization.load_pem_private_key(ed25519_pem().encode(), password=None)
    return private.private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )


def test_a_key_is_one_in_whatever_form_it_is_kept() -> None:
    def read(text: str) -> object:
        return read_key(text, domain="example.org", selector="x").public

    der = "".join(rsa_pem().splitlines()[1:-1])
    assert {
        read(text) for text in (rsa_pem(), pem_of(serialization.PrivateFormat.TraditionalOpenSSL), der)
    } == {rsa_key().public}
    seed = base64.b64encode(raw_ed25519()).decode()
    assert {read(text) for text in (ed25519_pem(), seed, f"\n{seed}\n")} == {ed25519_key().public}


def bad_keys() -> dict[str, tuple[str, str]]:
    """By name: (a text that is no key to sign with, what is said of it)"""
    private = serialization.load_pem_private_key(rsa_pem().encode(), password=None)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    locked = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    ssh = pem_of(serialization.PrivateFormat.OpenSSH)
    return {
        "empty": (" \n", "empty"),
        "public": (public.decode(), "public half"),
        "locked": (locked.decode(), "passphrase"),
        "curve": (curve.decode(), "neither an RSA nor an Ed25519 key"),
        "openssh": (ssh, "OpenSSH"),
        "cut short": (rsa_pem()[:400] + rsa_pem()[-30:], "not a private key"),
        "words": ("dkim.pem", "not a private key"),
        "short seed": (base64.b64encode(raw_ed25519()[:31]).decode(), "not a private key"),
        "768 bits": (weak_pem(768), "768 bits"),
    }


@pytest.mark.parametrize(
    "name",
    ["empty", "public", "locked", "curve", "openssh", "cut short", "words", "short seed", "768 bits"],
)
def test_a_key_that_cannot_sign_is_refused_in_words_that_do_not_quote_it(name: str) -> None:
    text, words = bad_keys()[name]
    with pytest.raises(SettingsError) as caught:
        read_key(text, domain="example.org", selector="d1")

    said = f"{caught.value} {caught.value.mend} {caught.value.__cause__}"
    assert words in str(caught.value) and caught.value.mend
    assert not any(line in said for line in text.split("\n") if len(line) > 20)


@pytest.mark.parametrize(("bits", "is_weak"), [(1024, True), (2048, False)])
def test_a_key_of_less_than_2048_bits_signs_and_is_called_weak(bits: int, *, is_weak: bool) -> None:
    text = rsa_pem() if bits == 2048 else weak_pem(bits)

    assert read_key(text, domain="example.org", selector="d1").is_weak is is_weak


def test_nothing_that_is_shown_of_a_key_holds_its_private_half() -> None:
    shown = repr(signer("rsa ed25519"))

    assert "_sign" not in shown
    assert raw_ed25519().hex() not in shown and repr(raw_ed25519()) not in shown


def test_a_key_id_is_of_the_keys_and_of_nothing_else() -> None:
    both = Signer.of([rsa_key(), ed25519_key()])

    assert both.key_id == Signer.of([ed25519_key(), rsa_key()]).key_id
    assert len({both.key_id, signer("rsa").key_id, signer("ed25519").key_id}) == 3
    assert Signer.of([rsa_key("d2")]).key_id != signer("rsa").key_id
    assert 0 <= both.key_id < 1 << 31


# A message on its way

OUTGOING = Outgoing(
    envelope=Envelope(mail_from="b@example.org", rcpt_to="a@example.org"),
    content=b"From: b@example.org\r\n\r\nhi\r\n",
)


@pytest.mark.parametrize("first", [None, "same"])
def test_a_sealed_message_carries_the_id_of_its_keys(
    first: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    one = signer("rsa")
    with caplog.at_level(logging.INFO, logger="digest"):
        sealed = one.seal(OUTGOING, dated_at=AT, label="0001-a", key_id=one.key_id if first else None)

    assert sealed.key_id == one.key_id
    assert verdicts(sealed.content, one.keys) == [True]
    assert caplog.text == ""


def test_a_later_attempt_with_another_key_is_signed_with_the_present_one_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    one = signer("ed25519")
    with caplog.at_level(logging.INFO, logger="digest"):
        sealed = one.seal(OUTGOING, dated_at=AT, label="0001-weekly-ada@x.org", key_id=signer("rsa").key_id)

    assert verdicts(sealed.content, one.keys) == [True]
    assert "signed-with-another-key delivery=0001 " in caplog.text and "ada@" not in caplog.text
