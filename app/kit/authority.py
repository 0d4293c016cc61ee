"""Asking somebody for leave: a manager's PIN stands in for a right that the cashier has not.

Who is signed in stays signed in, and leave is for one action: the next one asks again.
"""

from collections.abc import Callable, Generator
from typing import Any

from app.kit.flow import Ask, AskApproval
from app.kit.formats import MINUS, Formats
from app.kit.pin import PinPresenter, PinState, persons
from app.kit.translation import translate
from localdb.domain import leave
from localdb.domain.cart import Cart
from localdb.domain.permissions import Approval, Permission, Request
from localdb.errors import Refusal
from localdb.queries import people as people_queries
from localdb.services import people
from localdb.services.till import Till


def need(
    till: Till,
    permission: Permission,
    words: str,
    *,
    amount_minor: int = 0,
    discount_ppm: int = 0,
) -> Generator[Ask, Any, Approval | None]:
    """Leave to do what `words` say: by own right without a question, else asked for.

    None when it was refused. Use it in a flow: ``approval = yield from need(...)``.
    """
    user = till.user
    if user is None:
        raise Refusal(translate("Till", "No one is signed in. Sign in first."))
    request = Request(
        permission=permission, words=words, amount_minor=amount_minor, discount_ppm=discount_ppm
    )
    if request.allowed_by(till.ask(people_queries.authority, user)):
        return Approval(permission=permission, user_id=user.id)
    answer = yield AskApproval(request)
    good = isinstance(answer, Approval) and answer.permission is permission
    return answer if good else None


def leave_for(till: Till, formats: Formats, before: Cart, after: Cart) -> Generator[Ask, Any, str]:
    """Leave to turn one cart into the other; what was refused in words, empty when nothing was."""
    for asked in leave.needed(before, after):
        words = _discount_words(till, asked, formats) if asked.discount else _words(asked, formats)
        approval = yield from need(
            till,
            asked.permission,
            words,
            amount_minor=asked.amount_minor,
            discount_ppm=asked.discount_ppm,
        )
        if approval is None:
            return translate("Approval", "Cancelled: {what}", what=words)
    return ""


def _discount_words(till: Till, asked: leave.Need, formats: Formats) -> str:
    """`50% off Milk (−€0.65)`, and the total where it is more than was given here."""
    assert asked.discount is not None, "no discount to say"
    given = asked.discount
    name = asked.line.name if asked.line else translate("Till", "the whole cart")
    if given.rate_ppm is None:
        words = f"{formats.money(given.amount_minor or 0)} off {name}"
    else:
        off = formats.money(asked.amount_minor)
        words = f"{formats.percent(given.rate_ppm)} off {name} ({MINUS}{off})"
    if given.rate_ppm == asked.discount_ppm:
        return words
    said = translate(
        "Till",
        "{words}. Total discount {discount}",
        words=words,
        discount=formats.share(asked.discount_ppm),
    )
    if till.user is None:
        return f"{said}."
    limit = till.ask(people_queries.authority, till.user).discount_max_ppm
    return translate(
        "Till", "{said}, your limit is {limit}.", said=said, limit=formats.percent(limit)
    )


def _words(asked: leave.Need, formats: Formats) -> str:
    """What a change of the cart comes to, for whoever allows it: `Void: Milk, €1.29`."""
    name = asked.line.name if asked.line else translate("Till", "the whole cart")
    what = {
        Permission.PRICE_CHANGE: translate("Till", "Lower price"),
        Permission.RETURN_WITHOUT_RECEIPT: translate("Till", "Return without a receipt"),
        Permission.RETURN_DEPOSIT: translate("Till", "Pay a deposit out"),
        Permission.VOID_LINE: translate("Till", "Void"),
        Permission.OPEN_ITEM: translate("Till", "Open item"),
        Permission.GIFT_CARD_LOAD: translate("Till", "Load a gift card"),
    }[asked.permission]
    return f"{what}: {name}, {formats.money(asked.amount_minor)}"


def may(till: Till, permission: Permission) -> bool:
    """Whether who is signed in may do this without asking anybody."""
    return till.ask(people_queries.authority, till.user).may(permission)


class ApprovalPresenter(PinPresenter):
    """Calls `given` once somebody who may has allowed what is asked."""

    nobody_chosen = "Select who approves it first, then enter their PIN."

    def __init__(
        self,
        till: Till,
        request: Request,
        show: Callable[[PinState], None],
        given: Callable[[Approval], None],
    ) -> None:
        here = persons(till.ask(people_queries.approvers, request), till.ask(people_queries.roles))
        super().__init__(
            show,
            PinState(
                here,
                here[0].id if len(here) == 1 else None,
                error="" if here else translate("Till", "No one at this store can approve this."),
            ),
        )
        self._till = till
        self._request = request
        self._given = given
        self._approval: Approval | None = None

    def enter(self) -> None:
        """Check the PIN, and hand the leave over."""
        self._approval = None
        super().enter()
        if self._approval is not None:
            self._given(self._approval)

    def badge(self, code: str) -> None:
        """A badge allows it, or picks its bearer where the shop wants the PIN too."""
        self._approval = None
        super().badge(code)
        if self._approval is not None:
            self._given(self._approval)

    def _length(self, user_id: str) -> int:
        return self._till.ask(people_queries.pin_length, user_id)

    def _wait_s(self, user_id: str) -> int:
        return self._till.ask(people_queries.pin_wait_s, user_id, self._till.now_us)

    def _try_badge(self, code: str) -> str:
        answer = self._till.write(people.approve_by_badge, self._request, code)
        self._approval = answer.approval
        if answer.needs_pin_of is not None:
            self.choose(answer.needs_pin_of)
        return answer.message

    def _try(self, user_id: str, pin: str) -> str:
        answer = self._till.write(people.approve, self._request, user_id, pin)
        self._approval = answer.approval
        return answer.message
