"""What the commands print for people; documents for programs are JSON or CSV."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from catalog.records import CatalogStatus, ModelRecord, QueryWarning, SourceRun
from catalog.reports import COVERAGE_SHARES, Correction, Coverage, Share
from catalog.services import exports

NOT_STATED = "not stated"
_SIZES = ((2**30, "GiB"), (2**20, "MiB"))
_UNITS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))


def document(content: dict[str, Any]) -> None:
    """One JSON document on stdout."""
    print(exports.dumped(content))


def warnings(found: Iterable[QueryWarning]) -> None:
    """Each warning as one line on stderr."""
    for warning in found:
        text = warning.message or f"{warning.term} was left out."
        asks = warning.nearest is not None and not warning.taken
        hint = f" Did you mean {warning.nearest}?" if asks else ""
        print(clean(f"cardex: {text}{hint}"), file=sys.stderr)


def notice(text: str | None) -> None:
    """What a reader should know of the catalog that answered, on stderr."""
    if text:
        print(clean(f"cardex: {text}"), file=sys.stderr)


def models(found: Sequence[ModelRecord]) -> None:
    """A table: ref and, where it does not tell, the name, task, parameters, verdict, downloads."""
    rows = [
        (
            clean(_called(model)),
            clean(model.pipeline_tag or NOT_STATED),
            count(model.parameter_count),
            clean(model.license or NOT_STATED),
            model.commercial_use,
            _downloads(model),
        )
        for model in found
    ]
    head = ("model", "task", "parameters", "license", "commercial", "downloads")
    widths = [max([len(head[i]), *(len(row[i]) for row in rows)]) for i in range(len(head))]
    for row in [head, *rows] if rows else []:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip())


def _called(model: ModelRecord) -> str:
    return model.ref if model.name in model.ref else f"{model.ref} {model.name}"


def _downloads(model: ModelRecord) -> str:
    """Those of 30 days, else those of all time; the two are never compared."""
    if model.downloads_30d is not None or model.downloads_total is None:
        return (
            f"{count(model.downloads_30d)}{' in 30 d' if model.downloads_30d is not None else ''}"
        )
    return f"{count(model.downloads_total)} in all"


def status(found: CatalogStatus) -> None:
    """The generation, then each source: rows, days of its facts, how its last sync went."""
    when = f", published {minute(found.published_at)}" if found.published_at else ""
    print(f"generation {found.generation}{when}: {found.models:,} models, {found.files:,} files")
    for source in found.sources:
        days = f"{day(source.oldest)} to {day(source.newest)}"
        print(
            f"{source.source}: {source.models:,} models, {source.starter_models:,} of them "
            f"bundled, facts of {days}"
        )
        print(f"  last sync: {_sync(source.last_run)}")
        if source.last_run is not None and not source.last_run.ok:
            print(f"  last good sync: {_sync(source.last_ok)}")


def coverage(found: Sequence[Coverage]) -> None:
    """How complete and how sound the rows are: a column for each source and one for all."""
    print("coverage: share of the rows that could have the fact")
    heads = [one.source or "all" for one in found]
    print("  " + "fact".ljust(14) + "".join(head.rjust(14) for head in heads))
    for name in COVERAGE_SHARES:
        cells = [_share(getattr(one, name)) for one in found]
        print("  " + name.ljust(14) + "".join(cell.rjust(14) for cell in cells))
    whole = found[-1]
    silent = whole.models - whole.license.of
    print(f"no license known here: {silent:,} of {whole.models:,} rows")
    flags = ", ".join(f"{name} {number:,}" for name, number in whole.flags)
    print(f"flags: {flags or 'none'}")
    print(f"more permissive than their base: {whole.beyond_base:,}")
    print(
        f"parameters over 15 % from the name and not flagged: {whole.names_wrong:,} "
        f"of {whole.names_checked:,}"
    )


def corrections(found: Sequence[Correction], problems: Sequence[str]) -> None:
    """Each correction by hand with its reason, then the entries that cannot be used."""
    for one in found:
        value = NOT_STATED if one.value is None else one.value
        said = f"{one.ref} {one.field} = {value}. {one.reason} ({one.author}, {one.date})"
        print(clean(f"corrected: {said}"))
    for problem in problems:
        print(clean(f"correction left out: {problem}"))


def _share(share: Share) -> str:
    return "-" if share.ratio is None else f"{100 * share.ratio:.1f} %"


def _sync(run: SourceRun | None) -> str:
    if run is None or run.scope == "starter":
        return clean(run.error) if run is not None and run.error else "never"
    went = "done" if run.ok else "stopped" if run.stopped else "failed"
    told = f"{minute(run.finished_at or run.started_at)}, {run.scope}, {went}"
    if run.fetched:
        told += f", {run.kept:,} models kept, {run.quarantined:,} rows put aside"
    return clean(f"{told}. {run.error}" if run.error else told)


def day(moment: datetime | None) -> str:
    """The day of a moment in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}" if moment is not None else NOT_STATED


def minute(moment: datetime | None) -> str:
    """A moment to the minute in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment is not None else NOT_STATED


def shown_of(shown: int, total: int) -> str:
    """The last line of a table."""
    return f"{shown:,} of {total:,} models"


def facets(groups: Mapping[str, Sequence[Mapping[str, Any]]], *, most: int) -> None:
    """Each facet as a heading and its most frequent values."""
    for key, values in groups.items():
        print(key)
        for value in values[:most]:
            name = value["value"] if "value" in value else f"{value['from']}..{value['to']}"
            print(f"  {value['count']:>9,}  {clean(str(name))}")
        if len(values) > most:
            print(f"             {len(values) - most:,} more")


def fields(content: Mapping[str, Any]) -> None:
    """A document as `field: value` lines."""
    for name, value in content.items():
        print(f"{name}: {_told(value)}")


def count(number: int | None) -> str:
    """A count in three digits: 8.19B; unknown says so."""
    if number is None:
        return NOT_STATED
    for size, unit in _UNITS:
        if number >= 0.9995 * size:  # what three digits round up to the unit
            return f"{number / size:.3g}{unit}"
    return str(number)


def size(number: int) -> str:
    """Bytes, with what they are in binary units: `4.58 GiB (4,920,753,328 bytes)`."""
    exact = f"{number:,} bytes"
    for step, unit in _SIZES:
        if number >= step:
            return f"{number / step:,.2f} {unit} ({exact})"
    return exact


def clean(text: str) -> str:
    """The text without control and format characters: a name must not steer a terminal."""
    return "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Cs"} else c for c in text)


def _told(value: Any) -> str:
    if value is None or value in ([], ""):
        return NOT_STATED
    if isinstance(value, list):
        if any(isinstance(item, dict) for item in value):
            return "".join(f"\n  - {_inline(item)}" for item in value)
        return clean(", ".join(str(item) for item in value))
    return clean(str(value))


def _inline(item: Any) -> str:
    if not isinstance(item, dict):
        return clean(str(item))
    stated = {name: value for name, value in item.items() if value is not None}
    return ", ".join(
        f"{name} ({_inline(value)})" if isinstance(value, dict) else f"{name} {clean(str(value))}"
        for name, value in stated.items()
    )
