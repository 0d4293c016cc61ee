"""What a cashier meets beside plain ringing up: a second story on one till."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from app.selling.lines import expired_question
from app.setup import sample
from localdb.domain.records import Product, Promotion, User
from localdb.queries import products
from localdb.services import catalogue, settings
from localdb.services.till import Till
from localdb.store.unit_of_work import UnitOfWork
from resources.styling import Scheme
from tests.app.stage import Stage, open_stage
from tests.screens.studio import settle

SIZES = ("XS", "S", "M", "L", "XL", "XXL and taller, in long")
COLOURS = ("blue", "green")
FAVOURITES = ("Bananas", "Milk", "Bread", "Coffee", "Butter")
BASKET = ("Milk", "Coffee", "Chocolate", "Butter")


@contextmanager
def opened(folder: Path, scheme: Scheme) -> Iterator[Stage]:
    """A till with a shirt in many sizes, an offer, and a page of favourites."""
    with open_stage(folder, sample.load, scheme=scheme) as stage:
        till = stage.till
        till.sign_in(_manager(till))
        till.write(_shirts)
        till.write(_offer, _found(stage, "Coffee"))
        till.write(catalogue.arrange_favourites, [_found(stage, words) for words in FAVOURITES])
        till.sign_out()
        stage.window.show()
        yield stage


def _manager(till: Till) -> User:
    return till.write(lambda uow: uow.find(User, role="manager")[0])


def _shirts(uow: UnitOfWork) -> None:
    like = uow.find(Product, deleted=False)[0]
    shirt = replace(
        like,
        id=uow.new_id(),
        sku="TSHIRT",
        name="T-shirt, organic cotton",
        price_minor=1990,
        kind="normal",
        unit="piece",
        deposit_id=None,
        plu="",
    )
    catalogue.add_product(uow, shirt)
    for at, (colour, size) in enumerate((c, s) for c in COLOURS for s in SIZES):
        one = replace(
            shirt,
            id=uow.new_id(),
            sku=f"TSHIRT-{at}",
            name=f"{shirt.name}, {colour}, {size}",
            variant_of=shirt.id,
        )
        catalogue.add_product(uow, one, (), 0 if at % 4 == 3 else 5_000)


def _offer(uow: UnitOfWork, product_id: str) -> None:
    uow.insert(
        Promotion(
            id=uow.new_id(),
            name="Coffee week",
            kind="percent",
            targets=f'[{{"products":["{product_id}"]}}]',
            rate_ppm=200_000,
        )
    )


def _found(stage: Stage, words: str) -> str:
    return stage.till.ask(products.search, words, 1)[0].id


def _favourites(stage: Stage) -> None:
    stage.till.sign_in(_manager(stage.till))
    stage.program.people._signed_in(_manager(stage.till))
    _close_sheets(stage)
    stage.program.drawer.shift.open(10_000)


def _variant_tile(stage: Stage) -> None:
    stage.selling.search.setText("organic")


def _variants(stage: Stage) -> None:
    stage.selling.search.clear()
    stage.selling.presenter.pick(_found(stage, "organic cotton"))


def _line_actions(stage: Stage) -> None:
    _close_sheets(stage)
    selling = stage.selling
    for words in BASKET:
        selling.presenter.pick(_found(stage, words))
    selling.presenter.open_cart.move(-1)
    selling.open_editor()


def _note(stage: Stage) -> None:
    stage.selling.presenter.note()


def _voided(stage: Stage) -> None:
    _close_sheets(stage)
    stage.selling.presenter.void()


def _checking(stage: Stage) -> None:
    stage.selling.presenter.check_price()


def _checked(stage: Stage) -> None:
    stage.selling.presenter.pick(_found(stage, "Coffee"))


def _expired(stage: Stage) -> None:
    selling = stage.selling
    selling.presenter.open_cart.dismiss()
    selling.ask(expired_question("Whole milk 1 l", "Nov 20, 2026"), lambda _answer: None)


def _keyboard(stage: Stage) -> None:
    _close_sheets(stage)
    stage.till.write(settings.change, "keyboard", "1")
    stage.window._take_settings()
    stage.window.activateWindow()
    stage.program.selling.hold()
    _write_into_newest(stage)


def _keyboard_search(stage: Stage) -> None:
    _close_sheets(stage)
    stage.window.keyboard.open_for(stage.selling.search)


def _held(stage: Stage) -> None:
    stage.window.keyboard.allow(False)
    stage.selling.presenter.hold("Blue coat")
    stage.program.selling.recall()


def _arranging(stage: Stage) -> None:
    _close_sheets(stage)
    stage.program.selling.favourites()


def _write_into_newest(stage: Stage) -> None:
    """Off screen no window is ever active, so the field is told by hand."""
    settle(2)
    field = stage.window.focusWidget()
    assert field is not None
    stage.window.keyboard.open_for(field)  # type: ignore[arg-type] # the sheet's only field


def _close_sheets(stage: Stage) -> None:
    stage.window.close_sheets()
    settle(2)


SCENES: tuple[tuple[str, Callable[[Stage], None]], ...] = (
    ("favourites", _favourites),
    ("variant-tile", _variant_tile),
    ("variants", _variants),
    ("line-actions", _line_actions),
    ("note", _note),
    ("voided", _voided),
    ("price-check", _checking),
    ("price-found", _checked),
    ("expired", _expired),
    ("keyboard", _keyboard),
    ("keyboard-search", _keyboard_search),
    ("held", _held),
    ("arranging", _arranging),
)
