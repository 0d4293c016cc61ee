"""The manager's pages and the wizard: each scene on a small shop of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PySide6.QtWidgets import QApplication, QWidget

from app.kit.qt.theme import Theme
from app.kit.qt.workplace import Workplace
from app.setup.first_run import Counted, Step
from app.setup.qt.settings import SettingsScreen
from app.syncing.panel import SyncPort
from localdb.domain.permissions import Permission, Request
from localdb.services import catalogue, conflicts, people
from localdb.services.imports.run import ImportResult
from localdb.store import outbox
from resources.styling import Scheme
from sync.client.proof import Proof
from sync.client.status import Connection, Progress, SyncStatus
from sync.protocol.messages import SalesProof
from tests.app.desk import workplace
from tests.screens.studio import settle
from tests.support.clock import MOMENT_US
from tests.support.contradictions import (
    last_group,
    many_conflicts,
    merged_fields,
    merged_note,
    overtaken_price,
    parked_group,
    price_conflict,
)
from tests.support.shops import MANAGER_PIN, Shop, small_shop
from tests.support.verdicts import record_verdict


@dataclass(frozen=True, slots=True)
class Stand:
    """Where one page is looked at."""

    shop: Shop
    place: Workplace
    host: QWidget
    folder: Path


@contextmanager
def stand(
    application: QApplication, scheme: Scheme, folder: Path, size: tuple[int, int]
) -> Iterator[Stand]:
    """A shop, a theme and a host of a size."""
    with ExitStack() as stack:
        shop = stack.enter_context(small_shop(folder / "till"))
        place = stack.enter_context(workplace(shop, Theme(application, scheme)))
        host = QWidget()
        host.setProperty("role", "page")
        host.resize(*size)
        host.show()
        stack.callback(host.deleteLater)
        yield Stand(shop, place, host, folder)


def filled(at: Stand, page: QWidget) -> None:
    """Give a page the whole host."""
    page.setParent(at.host)
    page.setGeometry(at.host.rect())
    page.show()


def _inbox(at: Stand, bulk: bool = True) -> QWidget:
    from app.conflicts.qt.inbox import ConflictInbox

    many_conflicts(at.shop)
    page = ConflictInbox(at.place, at.folder)
    filled(at, page)
    page.open()
    if bulk:
        page.presenter.toggle(page.presenter.state.rows[0].id)
        page.presenter.toggle(page.presenter.state.rows[4].id)
    return page


def _inbox_empty(at: Stand) -> QWidget:
    from app.conflicts.qt.inbox import ConflictInbox

    page = ConflictInbox(at.place, at.folder)
    filled(at, page)
    page.open()
    return page


def _inbox_busy(at: Stand) -> QWidget:
    parked_group(at.shop)
    overtaken_price(at.shop)
    return _inbox(at, bulk=False)


def _inbox_merged(at: Stand) -> QWidget:
    merged_note(at.shop)
    merged_fields(at.shop)
    page = _inbox_empty(at)
    page.showing.choose(1)  # type: ignore[attr-defined]
    return page


def _merged(at: Stand) -> QWidget:
    page = _inbox_merged(at)
    page.open_conflict(1)  # type: ignore[attr-defined]
    return page


def _settled(at: Stand) -> QWidget:
    conflict = price_conflict(at.shop)
    at.shop.till.write(conflicts.settle, conflict, {"price_minor": 450})
    at.shop.till.write(conflicts.undo, conflict)
    at.shop.till.write(conflicts.settle, conflict, {"price_minor": 475})
    page = _inbox_empty(at)
    page.showing.choose(2)  # type: ignore[attr-defined]
    page.open_conflict(0)  # type: ignore[attr-defined]
    return page


def _parked(at: Stand) -> QWidget:
    at.shop.till.write(catalogue.change_product, at.shop.milk.id, price_minor=139, note="Organic")
    dseq = last_group(at.shop)
    at.shop.till.write(record_verdict, dseq, "rejected", "invalid", "price: too high", {})
    page = _inbox_empty(at)
    page.open_conflict(0)  # type: ignore[attr-defined]
    return page


def _detail(row: int, act: Callable[[QWidget], object]) -> Callable[[Stand], QWidget]:
    def scene(at: Stand) -> QWidget:
        page = _inbox(at, bulk=False)
        page.open_conflict(row)  # type: ignore[attr-defined]
        settle(2)
        act(page.sheet)  # type: ignore[attr-defined]
        return page

    return scene


def _picked(sheet: QWidget) -> None:
    presenter = sheet.presenter  # type: ignore[attr-defined]
    presenter.pick("ours")


def _price(at: Stand) -> QWidget:
    price_conflict(at.shop)
    page = _inbox_empty(at)
    page.open_conflict(0)  # type: ignore[attr-defined]
    settle(2)
    _picked(page.sheet)  # type: ignore[attr-defined]
    return page


def _two(sheet: QWidget) -> None:
    presenter = sheet.presenter  # type: ignore[attr-defined]
    presenter.pick("theirs", 0)
    presenter.type(1, "3.8x")


def _kept(sheet: QWidget) -> None:
    sheet.presenter.keep(True)  # type: ignore[attr-defined]


def _rival(sheet: QWidget) -> None:
    presenter = sheet.presenter  # type: ignore[attr-defined]
    presenter.let_keep(presenter.state.rivals[1].record_id)


def _sync(port: "SyncPort | None" = None) -> Callable[[Stand], QWidget]:
    def scene(at: Stand) -> QWidget:
        from app.syncing.qt.panel import SyncPanel

        if port is not None:
            park(at.shop)
        return SyncPanel(at.host, at.place, port, at.folder)

    return scene


def _import(until: str) -> Callable[[Stand], QWidget]:
    def scene(at: Stand) -> QWidget:
        from app.catalogue.qt.import_products import ImportScreen

        page = ImportScreen(at.place, at.folder / "out")
        filled(at, page)
        page.destroyed.connect(page._reader.close)
        page.open()
        file = at.folder / "goods.csv"
        file.write_text(goods(), encoding="cp1252" if until == "refused" else "utf-8")
        if until != "empty":
            page.presenter.choose(str(file))
            settle(20)
        if until in ("running", "done"):
            page.presenter.start()
            while until == "done" and page.presenter.is_running:
                settle(5)
        if until == "running":
            page.stop()
            page.presenter.state = replace(page.presenter.state, stage="running")
            page.presenter._progressed(ImportResult(40_000, 12_400, 12_355, 45))
        return page

    return scene


def _wizard(step: Step | Literal["problems", "taxes"]) -> Callable[[Stand], QWidget]:
    def scene(at: Stand) -> QWidget:
        from app.setup.qt.first_run import FirstRunScreen
        from app.setup.recovery import Recovery
        from localdb.store.keys import recovery_text
        from tests.support.shops import KEY

        page = FirstRunScreen(
            at.shop.till,
            at.place.theme,
            at.place.bridge,
            enrol=lambda *_: None,
            load_sample=lambda _: None,
            recovery=Recovery(at.shop.till, lambda: recovery_text(KEY), at.folder, at.place.now_us),
            timezone="Europe/Lisbon",
        )
        filled(at, page)
        page.open()
        if step in ("shop", "enrol", "problems", "taxes"):
            page.presenter.go("enrol" if step == "enrol" else "shop")
        if step == "problems":
            page.shop.store_name.setText("Corner Market")
            page.shop.pin.setText("1234")
            page.shop.pin_again.setText("1235")
            page.shop.set_up.click()
        if step == "taxes":
            page.shop.country.setCurrentIndex(page.shop.country.findData("CA"))
            page.shop.country.activated.emit(page.shop.country.currentIndex())
            page.shop.scheme.setCurrentIndex(page.shop.scheme.count() - 1)
            page.shop.scheme.activated.emit(page.shop.scheme.currentIndex())
        if step == "shop":
            page.shop.country.setCurrentIndex(page.shop.country.findData("US"))
            page.shop.country.activated.emit(page.shop.country.currentIndex())
        if step in ("working", "recovery", "done"):
            page.presenter.state = replace(
                page.presenter.state,
                step=step,
                done="Corner Market is ready. Sign in as Mara.",
            )
            page.presenter._counted(
                Counted("Loading the shop's data: 41,200 of 98,000 records", 420)
            )
            page.show_state(page.presenter.state)
        page.stop()
        return page

    return scene


def _products(
    act: Callable[[QWidget], object], *, searched: str = "", opened: bool = True
) -> Callable[[Stand], QWidget]:
    def scene(at: Stand) -> QWidget:
        from app.catalogue.qt.products import ProductsScreen

        stock_shelves(at.shop)
        page = ProductsScreen(at.place)
        filled(at, page)
        page.open()
        page.search.setText(searched)
        if opened:
            page.presenter.choose(0)
            settle(2)
            act(page.sheet or page)
        return page

    return scene


def _wrong(sheet: QWidget) -> None:
    presenter = sheet.presenter  # type: ignore[attr-defined]
    presenter.type("name", "")
    presenter.type("price_minor", "1.2.9")
    sheet.accept()  # type: ignore[attr-defined]


def _moved(sheet: QWidget) -> None:
    presenter = sheet.presenter  # type: ignore[attr-defined]
    presenter.type("price_minor", "1.49")
    sheet.place.till.write(  # type: ignore[attr-defined]
        catalogue.change_product, presenter.loaded.id, price_minor=139
    )


def _reloaded(sheet: QWidget) -> None:
    _moved(sheet)
    settle(2)
    sheet.presenter.reload()  # type: ignore[attr-defined]


def stock_shelves(shop: Shop) -> None:
    """Enough goods to fill a page."""
    dairy = shop.till.write(catalogue.add_category, "Dairy")
    shop.till.write(catalogue.change_product, shop.milk.id, category_id=dairy.id)
    for number in range(1, 30):
        goods = replace(
            shop.bread,
            id=shop.till.write(lambda uow: uow.new_id()),
            sku=f"J{number:03}",
            name=f"Jam, plum & pear Nº {number}",
            price_minor=199 + 10 * number,
        )
        shop.till.write(catalogue.add_product, goods, (), 1000 * (number % 7))


def goods() -> str:
    """Rows of which most come in."""
    lines = ["Article;Description;EAN;Retail price;Group;VAT"]
    for number in range(1, 60):
        price = "oops" if number == 4 else f"{1 + number / 7:.2f}"
        name = "" if number == 9 else f"Jam, plum & pear Nº {number}"
        lines.append(f"J{number:03};{name};;{price};Jams;reduced")
    lines[3] = "MILK;Milk once more;;1.10;Dairy;reduced"
    return "\n".join(lines)


def port() -> "SyncPort":
    """A sync that has seen better days."""
    sales = SalesProof(count=412, total_minor=831_020)
    status = SyncStatus(
        connection=Connection.ONLINE,
        waiting=12,
        parked=2,
        conflicts_open=3,
        last_success_us=MOMENT_US - 40_000_000,
        last_error="The server took too long to answer; trying again in 20 s.",
        clock_skew_us=400_000_000,
        bootstrap=Progress(41_200, 98_000),
    )
    return SyncPort(
        status=lambda: status,
        sync_now=lambda: None,
        prove=lambda: Proof(sales, sales, True, (), 0),
        server="https://pos.example.com",
        versions=(("This program", "0.1.0, protocol 1"), ("Server", "0.1.0, protocol 1")),
    )


def park(shop: Shop) -> None:
    """Two groups the server refused."""
    for name in ("Garden", "Toys"):
        shop.till.write(catalogue.add_category, name)
        with shop.database.read() as connection:
            dseq = outbox.next_batch(connection, 1000, 10**9)[-1].dseq
        shop.till.write(record_verdict, dseq, "rejected", "invalid", "name: empty", {})


def _audit_log(at: Stand) -> QWidget:
    from app.people.qt.audit_log import AuditLogScreen

    at.shop.till.sign_in(at.shop.cashier)
    for permission, words, amount_minor in (
        (Permission.PAID_OUT, "Pay out: €18.00, window cleaner", 1800),
        (Permission.DISCOUNT_ABOVE_LIMIT, "30% off the whole cart (−€12.40)", 1240),
        (Permission.RETURN_WITHOUT_RECEIPT, "Return without a receipt: Rye bread, €3.49", 349),
    ):
        request = Request(permission=permission, words=words, amount_minor=amount_minor)
        at.shop.till.write(people.approve, request, at.shop.manager.id, MANAGER_PIN)
        at.shop.clock.advance_s(1700)
    at.shop.till.write(people.audit, "cart_taken_over", detail="3 lines from Ada")
    at.shop.till.sign_in(at.shop.manager)
    page = AuditLogScreen(at.place)
    filled(at, page)
    page.open()
    return page


def _settings(at: Stand) -> QWidget:
    page = SettingsScreen(at.place)
    filled(at, page)
    page.open()
    return page


def _settings_wrong(at: Stand) -> QWidget:
    page = _settings(at)
    assert isinstance(page, SettingsScreen)
    page.presenter.show_setting("tip_ppm")
    page.presenter.type("tip_ppm", "5; much")
    page.presenter.leave("tip_ppm")
    return page


def _settings_found(at: Stand) -> QWidget:
    page = _settings(at)
    assert isinstance(page, SettingsScreen)
    page.search.setText("rounding")
    return page


def _settings_saved(at: Stand) -> QWidget:
    page = _settings(at)
    assert isinstance(page, SettingsScreen)
    page.where.choose(1)
    page.presenter.show_setting("lock_after_s")
    page.presenter.choose("lock_after_s", "60")
    page.presenter.save()
    return page


def _settings_changed(at: Stand) -> QWidget:
    page = _settings(at)
    assert isinstance(page, SettingsScreen)
    page.presenter.choose_section("checkout")
    page.presenter.choose("offers", "stack")
    page.presenter.choose("tax_rounding", "line")
    return page


def _settings_asked(at: Stand) -> QWidget:
    page = _settings_changed(at)
    assert isinstance(page, SettingsScreen)
    page.presenter.save()
    return page


SCENES: dict[str, Callable[[Stand], QWidget]] = {
    "audit-log": _audit_log,
    "inbox": _inbox,
    "inbox-empty": _inbox_empty,
    "detail-price": _price,
    "detail-two": _detail(1, _two),
    "detail-fresh": _detail(1, lambda sheet: None),
    "detail-code": _detail(2, _rival),
    "detail-flag": _detail(3, lambda sheet: None),
    "detail-delete": _detail(4, _kept),
    "detail-merged": _merged,
    "detail-settled": _settled,
    "detail-parked": _parked,
    "inbox-busy": _inbox_busy,
    "inbox-merged": _inbox_merged,
    "products": _products(lambda _: None, opened=False),
    "products-none": _products(lambda _: None, searched="marmalade", opened=False),
    "product": _products(lambda _: None),
    "product-wrong": _products(_wrong),
    "product-moved": _products(_moved),
    "product-reloaded": _products(_reloaded),
    "product-adjust": _products(lambda sheet: sheet.adjust.click()),  # type: ignore[attr-defined]
    "settings": _settings,
    "settings-found": _settings_found,
    "settings-saved": _settings_saved,
    "settings-wrong": _settings_wrong,
    "settings-changed": _settings_changed,
    "settings-asked": _settings_asked,
    "sync": _sync(port()),
    "sync-alone": _sync(),
    "import-empty": _import("empty"),
    "import-refused": _import("refused"),
    "import-ready": _import("ready"),
    "import-running": _import("running"),
    "import-done": _import("done"),
    "wizard-welcome": _wizard("welcome"),
    "wizard-shop": _wizard("shop"),
    "wizard-problems": _wizard("problems"),
    "wizard-taxes": _wizard("taxes"),
    "wizard-enrol": _wizard("enrol"),
    "wizard-working": _wizard("working"),
    "wizard-recovery": _wizard("recovery"),
    "wizard-done": _wizard("done"),
}
