"""What only the demonstration offers: pulling the network's cable, and a card terminal to try."""

from functools import partial

from app.bootstrap.window import TillWindow
from app.demo.cable import Cable
from app.devices.terminal import ThreadedTerminal
from app.devices.terminal_simulator import SimulatedTerminal
from app.kit.registry import Action
from app.kit.translation import translate

SECTION = "demo"


def connect(till: TillWindow) -> None:
    """Start syncing through a cable that can be pulled, and offer the demonstration's actions."""
    cable = Cable()
    till.connect(cable.through)
    simulator = SimulatedTerminal(till.session.folder / "simulated-terminal.json")
    terminal = ThreadedTerminal(simulator, till.place.bridge.post)
    cards = till.program.paying.cards
    till.shell.actions.add(
        Action(
            name="unplug",
            title=translate("Demo", "Unplug the network"),
            section=SECTION,
            run=partial(_pull, till, cable, out=True),
            offered=lambda: not cable.is_unplugged,
        ),
        Action(
            name="plug_in",
            title=translate("Demo", "Plug the network in"),
            section=SECTION,
            run=partial(_pull, till, cable, out=False),
            offered=lambda: cable.is_unplugged,
        ),
        # Amounts ending in 91 to 94 are declined, lost, late, broken.
        Action(
            name="terminal_on",
            title=translate("Demo", "Use the simulated card terminal"),
            section=SECTION,
            run=partial(cards.use, terminal),
            offered=lambda: not cards.has_terminal,
        ),
        Action(
            name="terminal_off",
            title=translate("Demo", "Use no card terminal"),
            section=SECTION,
            run=partial(cards.use, None),
            offered=lambda: cards.has_terminal,
        ),
    )


def _pull(till: TillWindow, cable: Cable, *, out: bool) -> None:
    if out:
        cable.unplug()
    else:
        cable.plug_in()
    if till.session.link is not None:
        # Noticed at once, as a card that loses its link would be.
        till.session.link.engine.sync_now()
