"""The files of deploy/, read by the programs they are for; where one is not there, its tests say so."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from digest.cli import COMMANDS
from tests.cli.run import PATIENCE_SECONDS
from tests.house.tree import ROOT
from tests.serve.serving import Serving
from tests.serve.sites import ask, token
from tests.web.client import FORM_TYPE

DEPLOY = ROOT / "deploy"
UNITS = sorted(path.name for path in DEPLOY.glob("planet-digest*"))
ANALYZE = shutil.which("systemd-analyze")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CADDY = shutil.which("caddy")
#: a visitor, as loopback has them: no proxy of ours
VISITOR, MADE_UP = "127.9.9.9", "198.51.100.7"


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_takes_every_unit(unit: str, tmp_path: Path) -> None:
    assert ANALYZE
    for name in UNITS:
        text = (DEPLOY / name).read_text("utf-8")
        # It looks whether the command is there.
        (tmp_path / name).write_text(
            text.replace("/srv/planet/venv/bin/digest", "/bin/true"), encoding="utf-8"
        )
    ran = run(ANALYZE, "verify", tmp_path / unit)

    assert (ran.returncode, ran.stderr) == (0, "")


def test_every_service_is_fenced_in_and_its_command_is_one_of_ours() -> None:
    known = {name for group in COMMANDS.values() for name in group}
    for path in DEPLOY.glob("*.service"):
        text = path.read_text("utf-8")
        (command,) = re.findall(r"^ExecStart=/srv/planet/venv/bin/digest (\S+)", text, re.MULTILINE)
        assert command in known
        for fence in (
            "User=planet",
            "ProtectSystem=strict",
            "ReadWritePaths=/srv/planet",
            "NoNewPrivileges=yes",
        ):
            assert f"\n{fence}\n" in text, (path.name, fence)


def test_a_night_that_was_missed_is_caught_up_by_the_timer() -> None:
    assert "\nPersistent=true\n" in (DEPLOY / "planet-digest-nightly.timer").read_text("utf-8")


@pytest.mark.skipif(CADDY is None, reason="caddy is not installed")
def test_caddy_takes_its_file(tmp_path: Path) -> None:
    assert CADDY
    ran = run(
        "env",
        f"HOME={tmp_path}",
        CADDY,
        "validate",
        "--adapter",
        "caddyfile",
        "--config",
        DEPLOY / "Caddyfile",
    )

    assert ran.returncode == 0, ran.stderr
    assert "Valid configuration" in ran.stderr + ran.stdout


def nginx_conf(folder: Path, *, port: int, upstream: int, rates: str = "") -> Path:
    """Our site as it is, on loopback: without TLS, with its files in a folder of its own."""
    site = (DEPLOY / "nginx.conf").read_text("utf-8")
    head, _, rest = site.partition("server {\n    listen 80;")
    _, _, secure = rest.partition("\nserver {\n")
    served = head + "server {\n" + secure
    served = re.sub(r"(?m)^ *ssl_.*\n", "", served)
    served = served.replace("    listen [::]:443 ssl http2;\n", "").replace(
        "443 ssl http2", f"127.0.0.1:{port}"
    )
    served = served.replace("127.0.0.1:8000", f"127.0.0.1:{upstream}").replace(
        "/var/log/nginx/", f"{folder}/"
    )
    if rates:
        served = re.sub(r"rate=\d+r/s", f"rate={rates}", served)
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf = folder / "nginx.conf"
    conf.write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{ worker_connections 512; }}\nhttp {{\n{temporary}\n{served}\n}}\n",
        encoding="utf-8",
    )
    return conf


@contextmanager
def proxied(folder: Path, upstream: int, *, rates: str = "") -> Iterator[int]:
    """A real nginx with our site before that port; its own port."""
    assert NGINX
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    conf = nginx_conf(folder, port=port, upstream=upstream, rates=rates)
    child = subprocess.Popen([NGINX, "-c", conf, "-p", folder], stderr=subprocess.DEVNULL)
    try:
        while True:
            assert child.poll() is None, (folder / "error.log").read_text("utf-8")
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                continue
        yield port
    finally:
        child.terminate()
        child.wait(PATIENCE_SECONDS)


def asked(
    port: int, method: str, path: str, *, form: dict[str, str] | None = None
) -> tuple[int, list[tuple[str, str]]]:
    """A visitor from `VISITOR` who claims to come from elsewhere."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS, source_address=(VISITOR, 0))
    headers = {"X-Forwarded-For": MADE_UP, "Content-Type": FORM_TYPE}
    try:
        connection.request(method, path, body=urlencode(form) if form else None, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheaders()
    finally:
        connection.close()


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_nginx_takes_our_site(tmp_path: Path) -> None:
    """Also its TLS half, with a certificate that is there."""
    assert NGINX
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=digest.example.org",
        "-keyout", key, "-out", certificate,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    site = (DEPLOY / "nginx.conf").read_text("utf-8").replace("/var/log/nginx/", f"{tmp_path}/")
    live = "/etc/letsencrypt/live/digest.example.org"
    site = site.replace(f"{live}/fullchain.pem", str(certificate)).replace(f"{live}/privkey.pem", str(key))
    (tmp_path / "conf").write_text(
        f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{site}\n}}\n", encoding="utf-8"
    )

    ran = run(NGINX, "-t", "-q", "-c", tmp_path / "conf", "-p", tmp_path, "-e", tmp_path / "error.log")

    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_a_visitor_s_address_comes_from_the_proxy_alone(demo: Path, tmp_path: Path) -> None:
    """What a visitor claims counts neither through nginx nor past it."""
    with Serving(demo) as house, proxied(tmp_path, house.port) as port:
        one_click = {"List-Unsubscribe": "One-Click"}
        through, headers = asked(port, "POST", f"/u/{token(demo, 1)}", form=one_click)
        past, _ = asked(house.port, "POST", f"/u/{token(demo, 2)}", form=one_click)
        front, planet = asked(port, "GET", "/help"), asked(port, "GET", "/")

    assert (through, past) == (200, 200)
    wanted = "SELECT ip_prefix FROM consents WHERE method = 'one-click' ORDER BY subscription_id"
    assert ask(demo, wanted) == [("127.9.9.0/24",), ("127.9.9.0/24",)]
    for names in (headers, front[1], planet[1]):
        twice = [name for name, number in Counter(name.lower() for name, _ in names).items() if number > 1]
        assert twice == []
    assert token(demo, 1) not in (tmp_path / "planet-digest.log").read_text("utf-8")


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_the_proxy_keeps_its_caps(demo: Path, tmp_path: Path) -> None:
    """With no time going by: so many pages at once, fewer forms, no body larger than any form of ours."""
    with Serving(demo) as house, proxied(tmp_path, house.port, rates="1r/m") as port:
        forms = Counter(asked(port, "POST", "/u/nobody", form={"a": "b"})[0] for _ in range(15))
        pages = Counter(asked(port, "GET", "/help")[0] for _ in range(60))
        large, _ = asked(port, "POST", "/u/nobody", form={"a": "b" * 200_000})
        direct = Counter(asked(house.port, "GET", "/help")[0] for _ in range(60))

    assert forms[429] == 4
    assert sum(forms.values()) - forms[429] == 11
    # 41 at once, the forms that were let through among them; a refused form may have counted as a page.
    assert 41 - 15 <= pages[200] <= 41 - 11
    assert pages[200] + pages[429] == 60
    assert large in (413, 429)
    assert direct == {200: 60}


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_health_is_for_the_machine_itself(demo: Path, tmp_path: Path) -> None:
    with Serving(demo) as house, proxied(tmp_path, house.port) as port:
        assert asked(port, "GET", "/health")[0] == 403
        assert house.get("/health").status == 200
