"""Routes for other programs: products, customers, sales and shifts."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Header, Query, Response
from pydantic import BaseModel

from sync.protocol import limits
from sync.protocol.messages import UuidText
from sync.server.api.access import Active, Answering, spoken_protocol
from sync.server.api.bodies import StrictRoute
from sync.server.api.problems import refused
from sync.server.api.routes_sync import PROBLEM, IdAfter

router = APIRouter(
    prefix="/v1",
    route_class=StrictRoute,
    dependencies=[Depends(spoken_protocol)],
    responses=PROBLEM,
)
Kind = Literal["products", "customers"]
Limit = Annotated[int, Query(ge=1, le=limits.READ_PAGE_MAX)]
RecordBody = Annotated[dict[str, Any], Body()]


class RecordsPage(BaseModel):
    """Records in id order; ``next_after`` is empty at the end."""

    items: list[dict[str, Any]]
    next_after: str = ""


def _page(items: list[dict[str, Any]], limit: int) -> RecordsPage:
    return RecordsPage(items=items, next_after=items[-1]["id"] if len(items) == limit else "")


def matched_version(if_match: Annotated[str | None, Header()] = None) -> int:
    """The version that a write expects; 0 for a record that must not exist yet."""
    if if_match is None:
        title = "Say which version you looked at, in If-Match."
        raise refused(428, "precondition_required", title)
    text = if_match.removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise refused(422, "version_malformed", "If-Match holds a version number.")
    return int(text)


Version = Annotated[int, Depends(matched_version)]


@router.get("/sales")
async def sales(
    device: Active, backend: Answering, after: IdAfter = "", limit: Limit = 100
) -> RecordsPage:
    """A page of sales, without their lines."""
    return _page(await backend.records.sales(device, after, limit), limit)


@router.get("/sales/{id_}")
async def sale(id_: UuidText, device: Active, backend: Answering) -> dict[str, Any]:
    """One sale with its lines, taxes and payments."""
    return await backend.records.sale(device, id_)


@router.get("/shifts")
async def shifts(
    device: Active, backend: Answering, after: IdAfter = "", limit: Limit = 100
) -> RecordsPage:
    """A page of shifts."""
    return _page(await backend.records.shifts(device, after, limit), limit)


@router.get("/shifts/{id_}")
async def shift(id_: UuidText, device: Active, backend: Answering) -> dict[str, Any]:
    """One shift with its events."""
    return await backend.records.shift(device, id_)


@router.get("/{kind}")
async def references(
    kind: Kind, device: Active, backend: Answering, after: IdAfter = "", limit: Limit = 100
) -> RecordsPage:
    """A page of products or customers, deleted ones included."""
    return _page(await backend.records.references(device, kind, after, limit), limit)


@router.get("/{kind}/{id_}")
async def reference(
    kind: Kind, id_: UuidText, device: Active, backend: Answering, response: Response
) -> dict[str, Any]:
    """One product or customer; its version is the ETag."""
    return _tagged(await backend.records.reference(device, kind, id_), response)


@router.patch("/{kind}/{id_}")
async def change(
    kind: Kind,
    id_: UuidText,
    version: Version,
    changes: RecordBody,
    device: Active,
    backend: Answering,
    response: Response,
) -> dict[str, Any]:
    """Change some fields; 409 with the record as it is now when the version is stale."""
    return _tagged(await backend.records.change(device, kind, id_, version, changes), response)


@router.put("/{kind}/{id_}")
async def replace(
    kind: Kind,
    id_: UuidText,
    version: Version,
    values: RecordBody,
    device: Active,
    backend: Answering,
    response: Response,
) -> dict[str, Any]:
    """Put a whole record; with ``If-Match: 0`` it is created."""
    return _tagged(await backend.records.replace(device, kind, id_, version, values), response)


def _tagged(values: dict[str, Any], response: Response) -> dict[str, Any]:
    response.headers["ETag"] = f'"{values["version"]}"'
    return values
