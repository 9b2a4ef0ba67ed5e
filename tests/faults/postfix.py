"""A Postfix of our own: its configuration, queue, users and port in one folder, nothing of the system's.

    with postfix(refuses=("nobody@example.org",)) as relay: …   # relay.url, relay.queued()

It takes mail over STARTTLS from whoever logs in (Cyrus SASL, a sasldb in the folder), and lets nothing
leave: every transport is deferred. Started as root, on 127.0.0.1; stopped by its own pid.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

USER, PASSWORD, REALM = "digest", "s3cret/+", "relay.example.org"

_SBIN = Path("/usr/sbin")
_NEEDED = tuple(_SBIN / name for name in ("postfix", "postqueue", "saslpasswd2"))

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file_prefixes = {folder}
maillog_file = {folder}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {realm}
mydestination =
mynetworks =
local_recipient_maps =
alias_maps =
alias_database =
smtp_host_lookup = native
disable_dns_lookups = yes
in_flow_delay = 0
defer_transports = smtp relay local virtual
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = {realm}
cyrus_sasl_config_path = {folder}/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions =
  check_recipient_access texthash:{folder}/refused
  permit_sasl_authenticated
  reject
"""

_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
"""

_SASL = """
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {folder}/sasl/sasldb2
mech_list: PLAIN LOGIN
"""


def missing() -> str | None:
    """Why there can be no Postfix here."""
    if os.geteuid() != 0:
        return "Postfix is started by root only"
    absent = [path.name for path in _NEEDED if not path.exists()]
    return f"not installed: {', '.join(absent)}" if absent else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A message in the queue."""

    sender: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Postfix:
    """One that runs."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"smtp+starttls://{USER}%40{REALM}@127.0.0.1:{self.port}"

    @property
    def cafile(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def queued(self) -> list[Queued]:
        """Everything it took and holds."""
        command: list[str | Path] = [_SBIN / "postqueue", "-c", self.folder, "-j"]
        listed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
        return [
            Queued(
                sender=one["sender"],
                recipients=tuple(recipient["address"] for recipient in one["recipients"]),
            )
            for one in map(json.loads, listed.splitlines())
        ]


@contextmanager
def postfix(*, refuses: Sequence[str] = ()) -> Iterator[Postfix]:
    """Start it and stop it. `refuses`: recipients it answers 550 5.1.1."""
    folder = Path(tempfile.mkdtemp(prefix="digest-postfix-"))
    try:
        port = _furnish(folder, refuses)
        _run("postfix", "-c", str(folder), "start", folder=folder)
        try:
            yield Postfix(folder=folder, port=port)
        finally:
            _run("postfix", "-c", str(folder), "stop", folder=folder)
    finally:
        shutil.rmtree(folder)


def _furnish(folder: Path, refuses: Sequence[str]) -> int:
    folder.chmod(0o755)  # its daemons drop to the user postfix
    for name in ("spool", "data", "sasl"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for part in certificate.cert_chain_pems:
        part.write_to_path(folder / "cert.pem", append=True)
    (folder / "main.cf").write_text(_MAIN.format(folder=folder, realm=REALM).lstrip())
    (folder / "master.cf").write_text(_MASTER.format(port=port).lstrip())
    (folder / "refused").write_text("".join(f"{each} 550 5.1.1 nobody here\n" for each in refuses))
    (folder / "sasl" / "smtpd.conf").write_text(_SASL.format(folder=folder).lstrip())
    users = folder / "sasl" / "sasldb2"
    command: list[str | Path] = [_SBIN / "saslpasswd2", "-p", "-c", "-f", users, "-u", REALM, USER]
    subprocess.run(command, input=PASSWORD.encode(), check=True, timeout=60)
    shutil.chown(users, "postfix")
    return port


def _run(*command: str, folder: Path) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    if done.returncode:
        log = folder / "log"
        raise AssertionError(f"{command}: {done.stderr}{log.read_text() if log.exists() else ''}")
