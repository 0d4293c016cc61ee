"""Changing many prices: a rule, what it would come to, doing it with progress, and undoing it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.kit.formats import Formats
from app.kit.job import Job, Run, Worker
from app.kit.listing import Cell
from app.kit.translation import translate
from localdb.domain.numbers import AmbiguousNumber
from localdb.domain.price_change import PriceRule, Way
from localdb.domain.records import Product
from localdb.services import price_change
from localdb.services.price_change import AT_ONCE, NewPrice
from localdb.services.till import Till

WAYS: tuple[Way, ...] = ("percent", "amount", "set")
CHANGED_MAX = 20_000
"""Products in one change; a file and the import serve for more."""
SHOWN_MAX = 100
Stage = Literal["reading", "ready", "running", "done"]


@dataclass(frozen=True, slots=True)
class PriceChangeState:
    """What the sheet shows."""

    stage: Stage = "reading"
    way: int = 0
    ending: int = 0
    typed: str = ""
    rows: tuple[tuple[Cell, ...], ...] = ()
    count: int = 0
    """Prices that would change."""
    said: str = ""
    error: str = ""
    permille: int = 0
    can_undo: bool = False


class PriceChangePresenter:
    """`products` are those that are searched, read once on the worker's thread."""

    def __init__(
        self,
        till: Till,
        formats: Formats,
        products: Iterable[Product],
        show: Callable[[PriceChangeState], None],
        worker: Worker,
    ) -> None:
        self._till = till
        self._formats = formats
        self._show = show
        self._job = Job(worker)
        self._products: tuple[Product, ...] = ()
        self._new: tuple[NewPrice, ...] = ()
        self._changed: list[NewPrice] = []
        self.state = PriceChangeState()
        self._set(said=translate("Price change", "Reading the products …"))
        self._job.start(lambda _run: _some(products), self._read, self._refused)

    def endings(self) -> tuple[tuple[str, int, int], ...]:
        """Words, step and ending of what new prices may be rounded to."""
        unit = 10**self._formats.exponent
        exact = (translate("Price change", "As it comes"), 1, 0)
        if unit < 100:
            tens = translate("Price change", "To {step}", step=self._formats.entry(10))
            return (exact, (tens, 10, 0))
        return (
            exact,
            (self._to(unit // 20), unit // 20, 0),
            (self._to(unit // 10), unit // 10, 0),
            (
                translate("Price change", "Ending {end}", end=self._formats.entry(unit - 1)),
                unit,
                1,
            ),
        )

    def choose_way(self, number: int) -> None:
        """By a percentage, by an amount, or to one price."""
        self._set(way=number)
        self._preview()

    def choose_ending(self, number: int) -> None:
        """How new prices are rounded."""
        self._set(ending=number)
        self._preview()

    def type(self, text: str) -> None:
        """The percentage or amount, with a minus sign to make cheaper."""
        self._set(typed=text)
        self._preview()

    def start(self) -> None:
        """Change the prices that were shown."""
        if self.state.stage == "ready" and self._new:
            self._run(self._new, self._done)

    def undo(self) -> None:
        """Put back what was changed here, but for what somebody changed since."""
        if self.state.can_undo:
            self._run(tuple(one.back for one in self._changed), self._undone)

    def stop(self) -> None:
        """Stop after the transaction in hand; what is changed stays changed."""
        self._job.cancel()

    # ------------------------------------------------------------ inside

    def _to(self, minor: int) -> str:
        return translate("Price change", "To {step}", step=self._formats.entry(minor))

    def _read(self, found: tuple[Product, ...]) -> None:
        self._products = found[:CHANGED_MAX]
        if len(found) > CHANGED_MAX:
            self._set(
                error=translate(
                    "Price change",
                    "More than {most} products: search for fewer, or use an import file.",
                    most=f"{CHANGED_MAX:,}",
                )
            )
            return
        self._set(stage="ready")
        self._preview()

    def _refused(self, words: str) -> None:
        self._set(stage="ready", error=words)

    def _preview(self) -> None:
        if self.state.stage not in ("ready", "done"):
            return
        try:
            rule = self._rule()
        except AmbiguousNumber as both:
            self._new = ()
            self._set(rows=(), count=0, error=str(both))
            return
        self._new = tuple(self._changes(rule)) if rule is not None else ()
        named = {product.id: product for product in self._products}
        rows = tuple(self._cells(named[one.product_id], one) for one in self._new[:SHOWN_MAX])
        said = translate(
            "Price change",
            "{count} of {all} prices would change.",
            count=f"{len(self._new):,}",
            all=f"{len(self._products):,}",
        )
        wrong = ""
        if rule is None and self.state.typed.strip("-+ "):
            wrong = translate("Price change", "Type a number, such as 5 or -5.")
        self._set(
            stage="ready", rows=rows, count=len(self._new), said=said, error=wrong, can_undo=False
        )

    def _rule(self) -> PriceRule | None:
        way, text = WAYS[self.state.way], self.state.typed.strip()
        sign = -1 if text[:1] in ("-", "\u2212") else 1
        text = text.lstrip("-+\u2212 ")
        read = self._formats.parse_percent if way == "percent" else self._formats.parse_money
        value = read(text) if text else None
        if value is None or (way == "set" and sign < 0):
            return None
        _words, step, ending = self.endings()[self.state.ending]
        return PriceRule(way=way, value=sign * value, step_minor=step, ending_minor=ending)

    def _changes(self, rule: PriceRule) -> Iterable[NewPrice]:
        for product in self._products:
            after = rule.applied(product.price_minor)
            if after != product.price_minor and product.kind != "open_price":
                yield NewPrice(product.id, product.price_minor, after)

    def _cells(self, product: Product, price: NewPrice) -> tuple[Cell, ...]:
        money = self._formats.money
        return (
            Cell(product.name, below=product.sku, strong=True),
            Cell(money(price.before_minor), right=True, muted=True),
            Cell(money(price.after_minor), right=True, strong=True),
        )

    def _run(self, prices: tuple[NewPrice, ...], done: Callable[[list[NewPrice]], object]) -> None:
        self._set(stage="running", permille=0, error="", can_undo=False)

        def work(run: Run[int]) -> list[NewPrice]:
            changed: list[NewPrice] = []
            for first in range(0, len(prices), AT_ONCE):
                if run.is_cancelled():
                    break
                some = prices[first : first + AT_ONCE]
                changed += self._till.write(price_change.change_some, some)
                run.report(1000 * min(first + AT_ONCE, len(prices)) // len(prices))
            return changed

        self._job.start(work, done, self._refused, self._progressed)

    def _progressed(self, permille: int) -> None:
        self._set(permille=permille)

    def _done(self, changed: list[NewPrice]) -> None:
        left = len(self._new) - len(changed)
        said = translate("Price change", "1 price changed.")
        if len(changed) != 1:
            said = translate("Price change", "{count} prices changed.", count=f"{len(changed):,}")
        if left:
            kept = translate(
                "Price change",
                "{count} were left as they are: they were changed meanwhile, or you stopped it.",
                count=f"{left:,}",
            )
            said = f"{said} {kept}"
        self._remember(changed)
        self._changed, self._new = changed, ()
        self._set(stage="done", said=said, count=0, rows=(), can_undo=bool(changed))

    def _undone(self, changed: list[NewPrice]) -> None:
        said = translate("Price change", "Prices put back: {count}.", count=f"{len(changed):,}")
        self._remember(changed)
        self._changed = []
        self._set(stage="done", said=said, count=0, rows=(), can_undo=False)

    def _remember(self, changed: list[NewPrice]) -> None:
        """What is changed here is what the next preview begins with."""
        now = {one.product_id: one.after_minor for one in changed}
        self._products = tuple(
            replace(product, price_minor=now.get(product.id, product.price_minor))
            for product in self._products
        )

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._show(self.state)


def _some(products: Iterable[Product]) -> tuple[Product, ...]:
    """One more than can be changed, to know that there are more."""
    found = []
    for product in products:
        found.append(product)
        if len(found) > CHANGED_MAX:
            break
    return tuple(found)
