"""`/health`: whether the database answers, and how the mail stands. JSON, without a secret."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from digest import __version__
from digest.errors import DigestError
from digest.model import NightRecord
from digest.serve.installed import Installed


def routes(house: Installed) -> list[Route]:
    """Below the prefix, and at the root for whoever asks this process without a proxy."""

    async def answer(_request: Request) -> Response:
        status, told = await run_in_threadpool(health, house)
        return JSONResponse(told, status, headers={"Cache-Control": "no-store"})

    return [Route(f"{prefix}/health", answer, methods=["GET"]) for prefix in sorted({house.prefix, ""})]


def health(house: Installed) -> tuple[int, dict[str, Any]]:
    """The HTTP status and what is told."""
    try:
        with house.store() as store:
            now = house.clock()
            open_mail = {
                "deliveries": store.deliveries.open_count(),
                "letters": store.letters.open_count(),
                "due": store.deliveries.due_count(now) + store.letters.due_count(now),
            }
            last = store.nights.last()
    except DigestError as fault:
        return 503, {"status": "database", "words": type(fault).__name__, "version": __version__}
    return 200, {
        "status": "ok",
        "version": __version__,
        "last_night": _night(last) if last else None,
        "open_mail": open_mail,
    }


def _night(last: NightRecord) -> dict[str, Any]:
    instants = {"started": last.started_at, "cut": last.cut_at, "finished": last.finished_at}
    told = {name: at.isoformat(timespec="seconds") if at else None for name, at in instants.items()}
    return {"night": last.night.isoformat(), **told}
