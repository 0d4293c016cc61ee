"""The tokens agree with their classes, and every text the style sheet colours can be read."""

import re
from itertools import product
from typing import get_args

import pytest

import resources
from resources import styling
from resources.styling import Scheme

SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
TEXT_MIN = 4.5  # WCAG 2.2, 1.4.3
SHAPE_MIN = 3.0  # WCAG 2.2, 1.4.11

_STATE = re.compile(r"(?<!:):(?!:)!?[a-z-]+")
Rules = dict[str, dict[str, str]]


def luminance(colour: str) -> float:
    """Return WCAG relative luminance of `#RRGGBB`, 0 to 1."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def parsed(sheet: str) -> Rules:
    """Return the colour and background each selector of a style sheet sets, later rules winning."""
    rules: Rules = {}
    for selectors, body in re.findall(
        r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    ):
        pairs = (line.split(":", 1) for line in body.split(";") if ":" in line)
        declared = {name.strip(): value.strip() for name, value in pairs}
        for selector in selectors.split(","):
            rules.setdefault(" ".join(selector.split()), {}).update(declared)
    return rules


def fallbacks(selector: str) -> list[str]:
    """Return selectors a widget also matches: without states, with fewer attributes."""
    found = [selector, _STATE.sub("", selector)]
    while found[-1].endswith("]"):
        found.append(found[-1].rpartition("[")[0])
    return found


def declared(rules: Rules, selector: str, name: str) -> str | None:
    """Return what applies to a selector, from itself or from what it refines."""
    return next(
        (rules[each][name] for each in fallbacks(selector) if name in rules.get(each, {})), None
    )


def text_on_surface(scheme: Scheme) -> list[tuple[str, str, str]]:
    """Return every (selector, text, surface) the style sheet can bring together."""
    rules, c = parsed(styling.stylesheet(scheme)), styling.tokens(scheme).colour
    pairs = []
    for selector, rule in rules.items():
        if not {"color", "background-color"} & rule.keys():
            continue
        text = declared(rules, selector, "color")
        if text is None:
            continue
        surface = declared(rules, selector, "background-color")
        if surface in (None, "transparent") and " " in selector:
            surface = declared(rules, selector.rpartition(" ")[0], "background-color")
        behind = [c.background, c.surface, c.surface_raised]
        known = surface is not None and surface.startswith("#")
        pairs += [(selector, text, each) for each in ([surface] if known else behind) if each]
    return pairs


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_reads_on_its_surface(scheme: Scheme) -> None:
    """Every text the style sheet puts on a surface has a contrast of 4.5 to 1 or more."""
    pairs = text_on_surface(scheme)
    faint = {
        f"{selector}: {text} on {surface} is {contrast(text, surface):.2f}"
        for selector, text, surface in pairs
        if contrast(text, surface) < TEXT_MIN
    }
    assert len(pairs) > 150
    assert not faint


@pytest.mark.parametrize("scheme", SCHEMES)
def test_tiles_read_on_every_accent(scheme: Scheme) -> None:
    """Name, caption and category tone read on each tint; the tone reads on plain surfaces too."""
    design = styling.tokens(scheme)
    c = design.colour
    for name, accent in design.accents.items():
        for text in (c.text, c.text_muted, accent.strong):
            assert contrast(text, accent.tint) >= TEXT_MIN, (name, text)
        for surface in (c.background, c.surface, c.surface_raised):
            assert contrast(accent.strong, surface) >= TEXT_MIN, (name, surface)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_shapes_show_on_every_surface(scheme: Scheme) -> None:
    """Borders of inputs, focus rings, filled buttons and status colours have 3 to 1 or more."""
    c = styling.tokens(scheme).colour
    shapes = (c.border_strong, c.focus, c.primary, c.charge, c.danger, c.warning, c.success, c.info)
    for shape, surface in product(shapes, (c.background, c.surface, c.surface_raised)):
        assert contrast(shape, surface) >= SHAPE_MIN, (shape, surface)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_stylesheet_is_filled_in(scheme: Scheme) -> None:
    """No placeholder is left, braces match, and every picture it names exists."""
    sheet = styling.stylesheet(scheme)
    assert "@" not in sheet
    assert sheet.count("{") == sheet.count("}")
    pictures = set(re.findall(r'url\("([^"]+)"\)', sheet))
    assert len(pictures) == 4


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("mark", "role"),
    [("check", "on_primary"), ("dash", "on_primary"), ("down", "text_muted"), ("up", "text_muted")],
)
def test_marks_are_drawn_in_the_schemes_colours(scheme: Scheme, mark: str, role: str) -> None:
    """The marks the style sheet loads from files follow the tokens."""
    colour = getattr(styling.tokens(scheme).colour, role)
    assert f'stroke="{colour}"' in resources.text(f"theme/{mark}-{scheme}.svg")


def test_schemes_have_the_same_accents() -> None:
    """A category keeps its colour's name when the scheme changes."""
    assert styling.tokens("light").accents.keys() == styling.tokens("dark").accents.keys()


def test_colours_are_six_digits() -> None:
    """Every colour of every role is `#RRGGBB` in capitals."""
    for scheme in SCHEMES:
        values = styling.palette(scheme).values()
        assert all(re.fullmatch(r"#[0-9A-F]{6}", value) for value in values)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_window_in_training_reads_as_well(scheme: Scheme) -> None:
    """Text and muted text on the tint, and shapes, as on any other surface."""
    c = styling.tokens(scheme).colour
    for text in (c.text, c.text_muted):
        assert contrast(text, c.training_soft) >= TEXT_MIN
    for shape in (c.border_strong, c.focus, c.primary, c.charge, c.danger, c.warning):
        assert contrast(shape, c.training_soft) >= SHAPE_MIN
