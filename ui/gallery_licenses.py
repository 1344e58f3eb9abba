"""The view of licenses: verdict, license and publisher."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.query import Query
from catalog.records import Found
from catalog.reports import Slice, Tally
from catalog.vocabulary import COMMERCIAL_USE, UNKNOWN
from ui import chart_rows, look, panels, services, state, wording
from ui.chart_rows import Tile
from ui.i18n import _
from ui.panels import Sheet

_WIDE = 0.3  # the share of a tile that has room for the words on a phone


def draw(query: Query, found: Found) -> None:
    """Verdict, license and publisher as tiles in tiles."""
    tally = services.tally(query, "licenses")
    tiles = [tile for verdict in COMMERCIAL_USE for tile in _tiles(tally, verdict)]
    panels.draw(
        "licenses",
        _("{share} may be used commercially, {conditions} under conditions").format(
            share=wording.share(tally.count("yes"), tally.total),
            conditions=wording.share(tally.count("conditions"), tally.total),
        ),
        chart_rows.treemap(tiles, tally.total, look.palette(state.theme())),
        sheet(query, tally),
        alt=_("Repositories by license verdict, license and publisher"),
        caption=_words(tally.count(UNKNOWN), tally.total),
    )


def _words(silent: int, total: int) -> str:
    words = _(
        "Choose a tile to look into it, down to the publishers; no license is known here of "
        "{unknown} of {all}. The verdict is our reading, not legal advice."
    ).format(unknown=wording.whole(silent), all=wording.whole(total))
    if state.phone():
        words += " " + wording.listed(look.verdict_chip(verdict) for verdict in COMMERCIAL_USE)
    return words


def _tiles(tally: Tally, verdict: str) -> list[Tile]:
    own = [part for part in tally.slices if part.keys[0] == verdict]
    if not own:
        return []
    count = sum(part.count for part in own)
    # On a phone the words are wider than a small tile: the caption has them.
    narrow = state.phone() and count < tally.total * _WIDE
    head = Tile(
        id=verdict,
        parent="",
        label=look.VERDICTS[verdict].glyph if narrow else look.verdict_chip(verdict),
        count=count,
        verdict=verdict,
        head=True,
    )
    tiles = [head]
    for name in dict.fromkeys(part.keys[1] for part in own):
        parts = [part for part in own if part.keys[1] == name]
        place = f"{verdict}/{name}"
        tiles.append(
            Tile(
                id=place,
                parent=verdict,
                label=_license(name, parts),
                count=sum(part.count for part in parts),
                verdict=verdict,
            )
        )
        if name:
            tiles += [
                Tile(
                    id=f"{place}/{part.keys[2]}",
                    parent=place,
                    label=_author(part),
                    count=part.count,
                    verdict=verdict,
                )
                for part in parts
            ]
    return tiles


def _license(name: str, parts: Sequence[Slice]) -> str:
    if not name:
        return wording.others(parts[0].members)
    return wording.value("license", name)


def _author(part: Slice) -> str:
    return (
        wording.others(part.members) if not part.keys[2] else wording.value("author", part.keys[2])
    )


def sheet(query: Query, tally: Tally) -> Sheet:
    """The numbers behind the tiles, verdict by verdict."""
    parts = sorted(
        tally.slices, key=lambda part: (COMMERCIAL_USE.index(part.keys[0]), not part.keys[1])
    )
    opens: list[Query | str | None] = []
    for verdict, name, author in (part.keys for part in parts):
        narrower = panels.narrowed(query, "commercial", verdict)
        if name:
            narrower = panels.narrowed(narrower, "license", name)
        if author:
            narrower = panels.narrowed(narrower, "author", author)
        opens.append(narrower if name and author else None)
    return Sheet(
        columns=(_("License verdict"), _("License"), _("Publisher"), _("Repositories")),
        rows=tuple(
            (
                look.verdict_chip(part.keys[0]),
                _license(part.keys[1], [part]),
                _author(part),
                part.count,
            )
            for part in parts
        ),
        opens=tuple(opens),
    )
