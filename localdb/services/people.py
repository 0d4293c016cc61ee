"""People at the till: who may sign in, and who may do what."""

import json
import uuid
from dataclasses import dataclass

from localdb.domain import pin
from localdb.domain.records import User
from localdb.errors import Refusal
from localdb.services.till import Till
from localdb.store import local
from localdb.store.unit_of_work import UnitOfWork


def create(uow: UnitOfWork, name: str, role: str, pin_digits: str) -> User:
    """Add a person with a PIN; raises Refusal or ValidationRefusal."""
    # A salt must be unique, not secret: a fresh id is 16 bytes that were never used before.
    salt = uuid.UUID(uow.new_id()).bytes
    user = User(id=uow.new_id(), name=name, role=role, pin_hash=pin.hash_pin(pin_digits, salt))
    uow.insert(user)
    return user


def sign_in(till: Till, user_id: str, pin_digits: str) -> User:
    """Sign a person in at this till.

    Raises Refusal for a wrong PIN and, after five in a row, for as long as the growing delay asks;
    the count of wrong tries outlives a restart.
    """
    answer = till.write(try_pin, user_id, pin_digits)
    if answer.user is None:
        raise Refusal(answer.message)
    till.sign_in(answer.user)
    return answer.user


@dataclass(frozen=True, slots=True)
class PinAnswer:
    """The person, or what to say to whoever typed the PIN."""

    user: User | None
    message: str = ""


def try_pin(uow: UnitOfWork, user_id: str, pin_digits: str) -> PinAnswer:
    """Check a PIN and count a wrong one; the count must be stored, so nothing is raised."""
    key = f"wrong_pins:{user_id}"
    wrong, last_us = json.loads(local.setting(uow.connection, key) or "[0, 0]")
    wait_s = -(-pin.wait_us(wrong, last_us, uow.now_us) // 1_000_000)
    if wait_s:
        return PinAnswer(None, f"Too many wrong PINs. Try again in {wait_s} s.")
    user = uow.get(User, user_id)
    right = user is not None and user.active and not user.deleted
    if user is None or not right or not pin.verify_pin(pin_digits, user.pin_hash):
        local.put_setting(uow.connection, key, json.dumps([wrong + 1, uow.now_us]))
        return PinAnswer(None, "Wrong PIN. Try again.")
    local.put_setting(uow.connection, key, "[0, 0]")
    return PinAnswer(user)


def require_manager(uow: UnitOfWork) -> None:
    """Raises Refusal unless a manager is signed in."""
    user = uow.get(User, uow.user_id) if uow.user_id else None
    if user is None or user.role != "manager":
        raise Refusal("Only a manager may do this. Ask a manager to sign in.")
