"""Writes the table of licenses into docs/license.md: `python -m tools.license_doc`."""

from __future__ import annotations

from pathlib import Path

from catalog.normalize.license_table import Reading, hub_license_ids, readings
from catalog.normalize.license_uses import uses_of
from catalog.vocabulary import USES

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "license.md"
MARK = "<!-- The rest is written by `python -m tools.license_doc` -->"


def main() -> None:
    """Renew what stands below the mark."""
    above = DOCUMENT.read_text("utf-8").partition(MARK)[0]
    DOCUMENT.write_text(above + MARK + "\n\n" + table(), "utf-8")


def table() -> str:
    """The licenses of the Hub, then the others, one row each."""
    hub = set(hub_license_ids())
    rows = sorted(readings().items())
    parts = (
        ("License ids of the Hub", [row for row in rows if row[0] in hub]),
        (
            "Names under `license: other`, of base models and of texts",
            [row for row in rows if row[0] not in hub],
        ),
    )
    return "\n\n".join(f"## {title}\n\n{_rows(part)}" for title, part in parts) + "\n"


def _rows(rows: list[tuple[str, Reading]]) -> str:
    head = [
        "license",
        "stored as",
        *(use.replace("_", " ") for use in USES),
        "clauses",
        "reading of",
    ]
    lines = [head, ["---"] * len(head), *(_cells(key, reading) for key, reading in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cells(key: str, reading: Reading) -> list[str]:
    raw = key if reading.license is None else None
    name = f"[{reading.name}]({reading.url})" if reading.url else reading.name
    return [
        name.replace("|", "\\|"),
        f"`{reading.license}`" if reading.license else "nothing",
        *(use.verdict for use in uses_of(reading.license, raw)),
        ", ".join(clause.replace("_", " ") for clause, _ in reading.clauses) or "none",
        reading.version_read or "its name only",
    ]


if __name__ == "__main__":
    main()
