"""People who come from another program, as its own export tells them. Pure but for the stream.

One file a program. What its columns and words mean here is a table in docs/importing.md; tests hold both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import BinaryIO

from subscribers.imports import listmonk, mailchimp, mailman
from subscribers.lines import Reading

#: reads a stream; the name of its file says something to some of them
Reader = Callable[[BinaryIO, str], Reading]

#: by the name that `--from` takes
READERS: Mapping[str, Reader] = {
    "listmonk": listmonk.read,
    "mailchimp": mailchimp.read,
    "mailman": mailman.read,
}
