"""aiohttp's exceptions as ours: one word and one sentence, in our own words, because theirs may carry the
whole address with its password (gather F13)."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

import aiohttp

from digest.errors import FetchError
from digest.net.resolver import RefusedAddress


def fault(error: Exception, url: str) -> FetchError:
    """What to raise instead of `error`, met while asking `url`."""
    refused = _refused(error)
    if refused is not None:
        return refused.refusal
    host = urlsplit(url).netloc.rpartition("@")[2]
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return FetchError(f"{host}: the name has no address", kind="dns")
    if isinstance(error, ssl.SSLError | aiohttp.ClientSSLError):
        return FetchError(f"{host}: {_tls_words(error)}", kind="tls")
    if isinstance(error, aiohttp.ClientConnectorError):
        return FetchError(f"{host}: no connection ({_os_words(error.os_error)})", kind="connect")
    if isinstance(error, aiohttp.ClientPayloadError):
        return _payload_fault(error, host)
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError):
        return FetchError(f"{host} closed the connection without an answer", kind="connect")
    if isinstance(error, aiohttp.ClientOSError | OSError):
        return FetchError(f"{host}: the connection broke ({_os_words(error)})", kind="connect")
    return FetchError(f"{host} answered something that is not HTTP", kind="protocol")


def _refused(error: BaseException | None) -> RefusedAddress | None:
    """What a hook raised: aiohttp wraps it once or twice."""
    while error is not None:
        if isinstance(error, RefusedAddress):
            return error
        inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else None
        error = inner or error.__cause__
    return None


def _payload_fault(error: aiohttp.ClientPayloadError, host: str) -> FetchError:
    cause = error.__cause__
    broken = isinstance(cause, aiohttp.http.HttpProcessingError) and "Not enough data" not in str(cause)
    if broken:
        return FetchError(f"{host}: the body is not framed as HTTP says", kind="protocol")
    return FetchError(f"{host}: the body broke off before its end", kind="truncated")


def _tls_words(error: Exception) -> str:
    inner = getattr(error, "certificate_error", error)
    if isinstance(inner, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({inner.verify_message})"
    return "no secure connection (TLS)"


def _os_words(error: OSError) -> str:
    return (error.strerror or type(error).__name__).partition("[")[0].strip().lower() or "unknown reason"
