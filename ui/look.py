"""The look in one place: verdict tokens, chart colours, badges."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.records import ModelRecord
from catalog.vocabulary import COMMERCIAL_USE
from ui import safe
from ui.i18n import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one verdict on commercial use is drawn: three signals, so colour alone says nothing."""

    color: str  # a colour name of the theme
    icon: str  # Material symbol, for badges
    glyph: str  # Latin-1, for canvases and SVG
    marker: str  # plotly symbol


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How one grade of fit is drawn; the glyph holds the need against the memory."""

    color: str
    icon: str
    glyph: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The chart colours of one theme."""

    page: str
    panel: str
    text: str
    muted: str
    grid: str
    border: str
    primary: str
    mid: str
    soft: str
    series: tuple[str, ...]  # of things without an order or a verdict; then gray
    marks: dict[str, str]
    tints: dict[str, str]


VERDICTS = {
    "yes": Verdict(color="green", icon="verified", glyph="✓", marker="circle"),
    "conditions": Verdict(color="orange", icon="rule", glyph="§", marker="diamond"),
    "ask": Verdict(color="violet", icon="gavel", glyph="!", marker="square"),
    "no": Verdict(color="red", icon="do_not_disturb_on", glyph="×", marker="x"),
    "unknown": Verdict(color="gray", icon="help", glyph="?", marker="circle-open"),
}
# In the order of the screen. Too large is gray: not wrong, only not for this machine.
FITS = {
    "fits": Fit(color="blue", icon="memory", glyph="≤"),
    "tight": Fit(color="yellow", icon="compress", glyph="≈"),
    "offload": Fit(color="gray", icon="call_split", glyph="÷"),
    "no": Fit(color="gray", icon="block", glyph=">"),
    "unknown": Fit(color="gray", icon="question_mark", glyph="–"),
}
if tuple(VERDICTS) != COMMERCIAL_USE:  # the order of the vocabulary is the order on screen
    raise ImportError("ui.look draws other verdicts than the vocabulary has")

PALETTES = {
    "light": Palette(
        page="#FFFFFF",
        panel="#F2F5F7",
        text="#08121B",
        muted="#55626E",
        grid="#E4E9ED",
        border="#D5DCE2",
        primary="#0F5C7A",
        mid="#70A9C1",
        soft="#AFD1DF",
        series=("#0F5C7A", "#B07C2E", "#7E38C8", "#3AA384", "#711C32"),
        marks={
            "green": "#0A7F62",
            "orange": "#B8590B",
            "violet": "#7650BE",
            "red": "#B92F3B",
            "blue": "#1F6FB2",
            "yellow": "#9A7400",
            "gray": "#66727D",
        },
        tints={
            "green": "#E2F4ED",
            "orange": "#FDEEDC",
            "violet": "#F0EAFB",
            "red": "#FBE7E8",
            "blue": "#E4F0FA",
            "yellow": "#FAF3D3",
            "gray": "#ECF0F3",
        },
    ),
    "dark": Palette(
        page="#11171D",
        panel="#1B232B",
        text="#E6ECF1",
        muted="#A3AFBA",
        grid="#26313A",
        border="#313D48",
        primary="#4A9CBB",
        mid="#2D7792",
        soft="#1F5064",
        series=("#4A9CBB", "#F2A666", "#AA4CE5", "#C4EADC", "#EA2E78"),
        marks={
            "green": "#4CC3A0",
            "orange": "#F0A04B",
            "violet": "#B296F0",
            "red": "#F2777A",
            "blue": "#6FB4EA",
            "yellow": "#E5C14A",
            "gray": "#93A0AB",
        },
        tints={
            "green": "#10332A",
            "orange": "#3B2710",
            "violet": "#2D2249",
            "red": "#431A1F",
            "blue": "#142F49",
            "yellow": "#352C0D",
            "gray": "#262F38",
        },
    ),
}

# The browser adds a CJK face of its own behind these; the list is sent with every chart.
FONT = "'Source Sans', 'PingFang SC', 'Microsoft YaHei', sans-serif"


UNREAD = "unread"  # shown only; such a row is found as `unknown`


def palette(theme: str) -> Palette:
    """The chart colours of `light` or `dark`."""
    return PALETTES.get(theme, PALETTES["light"])


def verdict_word(verdict: str) -> str:
    """The verdict in words."""
    words = {
        "yes": _("Commercial OK"),
        "conditions": _("Conditions"),
        "ask": _("Ask legal"),
        "no": _("Non-commercial"),
        "unknown": _("Not stated"),
        UNREAD: _("Not read"),
    }
    return words.get(verdict, words["unknown"])


def verdict_of(model: ModelRecord) -> str:
    """The verdict as it is shown: of a tag of Ollama whose text nobody has read it says that."""
    silent = model.license is None and model.license_raw is None
    if model.source == "ollama" and model.commercial_use == "unknown" and silent:
        return "unknown" if "license_missing" in model.flags else UNREAD
    return model.commercial_use


def verdict_chips() -> dict[str, str]:
    """Every chip that a table may show, with its colour."""
    shown = {verdict_chip(verdict): token.color for verdict, token in VERDICTS.items()}
    return {**shown, verdict_chip(UNREAD): VERDICTS["unknown"].color}


def verdict_chip(verdict: str) -> str:
    """Glyph and word, for tables, charts and facets."""
    known = VERDICTS.get(verdict, VERDICTS["unknown"])
    return f"{known.glyph} {verdict_word(verdict)}"


def glyph(verdict: str) -> str:
    """The mark of a verdict alone, where its word stands nearby."""
    return VERDICTS.get(verdict, VERDICTS["unknown"]).glyph


def verdict_badge(verdict: str, detail: str | None = None) -> str:
    """The verdict as a Markdown badge; `detail` is foreign text."""
    known = VERDICTS.get(verdict, VERDICTS["unknown"])
    more = f" · {safe.text(detail, 60)}" if detail else ""
    return f":{known.color}-badge[:material/{known.icon}: {verdict_word(verdict)}{more}]"


def fit_word(grade: str) -> str:
    """The grade of fit in words."""
    words = {
        "fits": _("Fits"),
        "tight": _("Tight"),
        "offload": _("Split"),
        "no": _("Too large"),
        "unknown": _("Unknown"),
    }
    return words.get(grade, words["unknown"])


def fit_chip(grade: str) -> str:
    """Glyph and word, for tables, charts and facets."""
    return f"{FITS.get(grade, FITS['unknown']).glyph} {fit_word(grade)}"


def fit_chips() -> dict[str, str]:
    """Every chip of fit that a table may show, with its colour."""
    return {fit_chip(grade): token.color for grade, token in FITS.items()}


def fit_badge(grade: str, detail: str | None = None) -> str:
    """The grade as a Markdown badge; `detail` is foreign text."""
    known = FITS.get(grade, FITS["unknown"])
    more = f" · {safe.text(detail, 60)}" if detail else ""
    return f":{known.color}-badge[:material/{known.icon}: {fit_word(grade)}{more}]"


def gray(words: str) -> str:
    """Words that stand back, as Markdown; the words are Markdown already."""
    return f":gray[{words}]"


def badge(words: str, icon: str | None = None) -> str:
    """A gray Markdown badge with foreign or own words."""
    start = f":material/{icon}: " if icon else ""
    return f":gray-badge[{start}{safe.text(words, 60)}]"
