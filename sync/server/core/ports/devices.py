"""Devices, their tokens, and the codes that new ones are enrolled with."""

from typing import Protocol

from sync.server.core.admission import Device
from sync.server.core.ports.records import EnrolmentCode, KnownRun, Registered, Successor


class DevicePort(Protocol):
    """The register of devices and of the codes that enrol them."""

    async def device_by_token(self, token_hash: str) -> Device | None:
        """The device that has a token, or to which it is promised; revoked or not."""
        ...

    async def use_promised(self, device_id: str, token_hash: str, now_us: int) -> None:
        """Make the promised token the device's, unless it is already."""
        ...

    async def promise_token(self, device_id: str, token_hash: str) -> None:
        """Set a device's next token; its present one works until the next is used."""
        ...

    async def seen(
        self, device_id: str, now_us: int, unless_since_us: int, protocol: int | None = None
    ) -> None:
        """Note that a device was here, and what it speaks, unless that was noted since."""
        ...

    async def revoke(self, device_id: str, now_us: int) -> bool:
        """End a device; False when it is unknown."""
        ...

    async def create_organisation(self, name: str, own_device_id: str, now_us: int) -> None:
        """Begin this transaction's organisation."""
        ...

    async def own_device(self) -> Device | None:
        """The organisation's own device, locked: its edits enter one after the other."""
        ...

    async def insert_device(
        self,
        device: Device,
        name: str,
        token_hash: str | None,
        now_us: int,
        successor: Successor | None = None,
    ) -> None:
        """Add a device that has delivered nothing yet."""
        ...

    async def registered(self, device_id: str) -> Registered | None:
        """A device of this organisation."""
        ...

    async def managing_tills(self) -> int:
        """How many live tills of the organisation manage."""
        ...

    async def set_manages(self, device_id: str, *, manages: bool) -> None:
        """Set whether a till manages or is a plain one."""
        ...

    async def was_reenrolled_since(self, device_id: str, at_us: int) -> bool:
        """Whether a device, or one in its place, was made by a re-enrolment since a moment."""
        ...

    async def registered_by(self, request_id: str) -> Registered | None:
        """The device that a re-enrolment made."""
        ...

    async def runs_in(self, store_id: str) -> dict[str, KnownRun]:
        """Every device of a store, revoked or not."""
        ...

    async def replace_token(self, device_id: str, token_hash: str, now_us: int) -> None:
        """Give a device another token; the former ones end."""
        ...

    async def set_own_token(self, token_hash: str) -> None:
        """Give the organisation's own device a token; the former one ends."""
        ...

    async def create_code(
        self,
        code_hash: str,
        store_id: str,
        till_code: str,
        expires_at: int,
        replaces: str | None = None,
        renews: str | None = None,
        manages: bool | None = None,
    ) -> bool:
        """Add an enrolment code; False when there is no such live store.

        A Race when there is the same code, whosever it is.
        """
        ...

    async def code_owner(self, code_hash: str) -> str | None:
        """The organisation of a code; asked before any organisation is known."""
        ...

    async def lock_code(self, code_hash: str) -> EnrolmentCode | None:
        """What a code enrols, locked."""
        ...

    async def use_code(
        self, code_hash: str, now_us: int, device_id: str, request_id: str | None
    ) -> None:
        """Spend a code on a device; ``request_id`` is who may ask for the answer again."""
        ...

    async def lock_till_codes(self, store_id: str) -> set[str]:
        """The till codes of a store's devices; locks out other enrolments there."""
        ...
