"""The one set of design tokens, and the Qt style sheet made of them. Imports no Qt."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import resources

Scheme = Literal["light", "dark"]

_PLACEHOLDER = re.compile(r"@([a-z][a-z0-9_]*)")
_ACCENT_BLOCK = re.compile(r"/\* for each accent \*/(.*?)/\* end \*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Accent:
    """A category's colour: a quiet fill, and a strong tone readable on it and on any surface."""

    tint: str
    strong: str


@dataclass(frozen=True, slots=True)
class Colours:
    """Colour roles as `#RRGGBB`; `on_x` is the text that goes on `x`."""

    background: str
    surface: str
    surface_raised: str
    surface_sunken: str
    border: str
    border_strong: str
    text: str
    text_muted: str
    control: str
    control_hover: str
    control_pressed: str
    primary: str
    primary_hover: str
    primary_pressed: str
    on_primary: str
    primary_soft: str
    on_primary_soft: str
    charge: str
    charge_hover: str
    charge_pressed: str
    on_charge: str
    success: str
    on_success: str
    success_soft: str
    on_success_soft: str
    warning: str
    on_warning: str
    warning_soft: str
    on_warning_soft: str
    danger: str
    danger_fill: str
    danger_fill_hover: str
    danger_fill_pressed: str
    on_danger_fill: str
    danger_soft: str
    on_danger_soft: str
    info: str
    on_info: str
    info_soft: str
    on_info_soft: str
    training: str
    on_training: str
    training_soft: str
    focus: str
    selection: str
    on_selection: str
    tooltip: str
    on_tooltip: str
    chart_grid: str


@dataclass(frozen=True, slots=True)
class Space:
    """Distances in pixels."""

    xs: int
    s: int
    m: int
    l: int  # noqa: E741 - the scale's own name
    xl: int
    xxl: int


@dataclass(frozen=True, slots=True)
class Radius:
    """Corner radii in pixels."""

    s: int
    m: int
    l: int  # noqa: E741 - the scale's own name


@dataclass(frozen=True, slots=True)
class FontPt:
    """Font sizes in points."""

    rail: int
    caption: int
    body: int
    tile: int
    button: int
    search: int
    heading: int
    title: int
    key: int
    charge: int
    total: int
    change: int


@dataclass(frozen=True, slots=True)
class SizePx:
    """Control sizes in pixels; nothing that is tapped is below `min_tap`."""

    min_tap: int
    search: int
    tile_width: int
    tile_height: int
    cart_row: int
    key_width: int
    key_height: int
    charge: int
    table_row: int
    chip: int
    strip: int
    scrollbar: int
    icon: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """Every design decision of one colour scheme."""

    scheme: Scheme
    font_family: str
    colour: Colours
    accents: Mapping[str, Accent]
    space: Space
    radius: Radius
    font_pt: FontPt
    size_px: SizePx


def tokens(scheme: Scheme) -> Tokens:
    """Return the design tokens of a scheme, read from `theme/tokens.json`.

    Raises KeyError for an unknown scheme, TypeError if the file and the classes disagree.
    """
    raw = json.loads(resources.text("theme/tokens.json"))
    return Tokens(
        scheme=scheme,
        font_family=raw["font_family"],
        colour=Colours(**raw[scheme]),
        accents={name: Accent(**pair) for name, pair in raw["accents"][scheme].items()},
        space=Space(**raw["space"]),
        radius=Radius(**raw["radius"]),
        font_pt=FontPt(**raw["font_pt"]),
        size_px=SizePx(**raw["size_px"]),
    )


def stylesheet(scheme: Scheme) -> str:
    """Return the application's Qt style sheet for a scheme; needs Qt's SVG plugin for its marks.

    Raises KeyError if the template names a token that does not exist.
    """
    design = tokens(scheme)
    values = _values(design)
    template = resources.text("theme/style.qss.in")
    template = _ACCENT_BLOCK.sub(lambda block: _each_accent(block[1], design), template)
    return _PLACEHOLDER.sub(lambda name: values[name[1]], template)


def palette(scheme: Scheme) -> dict[str, str]:
    """Return `QPalette.ColorRole` names and their `#RRGGBB`, for what no style sheet reaches."""
    c = tokens(scheme).colour
    return {
        "Window": c.background,
        "WindowText": c.text,
        "Base": c.surface,
        "AlternateBase": c.surface_sunken,
        "ToolTipBase": c.tooltip,
        "ToolTipText": c.on_tooltip,
        "PlaceholderText": c.text_muted,
        "Text": c.text,
        "Button": c.control,
        "ButtonText": c.text,
        "BrightText": c.danger,
        "Link": c.info,
        "LinkVisited": c.info,
        "Highlight": c.selection,
        "HighlightedText": c.on_selection,
        "Accent": c.primary,
        "Light": c.surface_raised,
        "Midlight": c.surface,
        "Mid": c.border,
        "Dark": c.border_strong,
        "Shadow": c.border,
    }


def _values(design: Tokens) -> dict[str, str]:
    """Return what each placeholder of the template stands for."""
    values: dict[str, str] = dict(asdict(design.colour))
    for prefix, scale, unit in (
        ("space", design.space, "px"),
        ("radius", design.radius, "px"),
        ("font", design.font_pt, "pt"),
        ("size", design.size_px, "px"),
    ):
        values |= {f"{prefix}_{name}": f"{size}{unit}" for name, size in asdict(scale).items()}
    for mark in ("check", "dash", "down", "up"):
        values[f"image_{mark}"] = resources.path(f"theme/{mark}-{design.scheme}.svg").as_posix()
    values["radius_chip"] = f"{design.size_px.chip // 2}px"
    return values


def _each_accent(block: str, design: Tokens) -> str:
    """Return the accent block once for every accent of the scheme."""
    return "".join(
        block.replace("@accent_tint", accent.tint)
        .replace("@accent_strong", accent.strong)
        .replace("@accent", name)
        for name, accent in design.accents.items()
    )
