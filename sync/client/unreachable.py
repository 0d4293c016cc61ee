"""Says in one sentence why a server cannot be reached, and what to look at."""

import socket
import ssl
from collections.abc import Iterator

import httpx

UNTRUSTED = (
    "The server's certificate is not trusted: {}. Check the address and this computer's clock, or"
    " ask your administrator."
)
NO_TLS = (
    "{} does not answer over a secure connection. Check that the address and the port are right."
)
UNKNOWN_NAME = "The name {} is not known. Check the address and the internet connection."
NOBODY_THERE = "Nothing answers at {}. Check the address, and that the server is running."
UNREACHABLE = "The server cannot be reached. Check the network connection."


def why(fault: httpx.TransportError, url: httpx.URL) -> str:
    """The sentence for a connection that was never made."""
    place = url.host if url.port is None else f"{url.host}, port {url.port}"
    for cause in _causes(fault):
        match cause:
            case ssl.SSLCertVerificationError():
                return UNTRUSTED.format(cause.verify_message.rstrip("."))
            case ssl.SSLError():
                return NO_TLS.format(place)
            case socket.gaierror():
                return UNKNOWN_NAME.format(url.host)
            case ConnectionRefusedError():
                return NOBODY_THERE.format(place)
    return UNREACHABLE


def cause_of(fault: Exception) -> str:
    """The innermost cause of a fault, for the log: its kind and its own words."""
    *_, last = _causes(fault)
    return f"{type(last).__name__}: {last}"


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """The fault, what caused it, and so on."""
    found: BaseException | None = fault
    seen: set[int] = set()
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or found.__context__
