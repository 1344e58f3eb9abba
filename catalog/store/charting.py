"""What the charts of one query count: a few passes over the columns of the rows that match."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np
import pyarrow as pa

from catalog.normalize.quantization import nominal_bits
from catalog.records import RangeFacet
from catalog.reports import FamilySizes, QuantLadder, Rung, Slice, Tally
from catalog.store import answers, bins, families
from catalog.store.encode import NULL_INT, Array, expand
from catalog.store.match import Counts, filled
from catalog.store.parts import Parts
from catalog.store.serving import FIELDS
from catalog.vocabulary import GENERAL_TASKS, TASKS, UNKNOWN

GENERAL, SPECIFIC = "general", "specific"
_LICENSES, _AUTHORS = 12, 6  # slices of their own, before the rest is one

OfferedCounts = Callable[[Array | None], Counts]


class Charting:
    """The charts of the rows that match a query; each is counted when it is asked for."""

    def __init__(self, parts: Parts, rows: Array | None, quants: OfferedCounts) -> None:
        self._parts = parts
        self._rows = rows  # None: all
        self._quants = quants
        self.total = parts.models.num_rows if rows is None else len(rows)

    def holds(self, row: int) -> bool:
        """Whether a row of the catalog is one of them."""
        if self._rows is None:
            return True
        at = int(np.searchsorted(self._rows, row))
        return at < len(self._rows) and int(self._rows[at]) == row

    def parameters(self) -> RangeFacet:
        """Repositories per quarter decade of parameters, and how many state none."""
        codes = bins.bin_codes("params", self._column("parameter_count"))
        return answers.histogram("params", filled(np.bincount(codes, minlength=1)))

    def licenses(self) -> Tally:
        """By verdict, license and author; rare licenses and authors stand together."""
        pairs = _cut(self._pivot("commercial", "license"), 1, _LICENSES)
        authors = self._authors([part.keys for part in pairs if part.keys[1]])
        slices: list[Slice] = []
        for part in pairs:
            if part.keys[1]:
                slices += authors[part.keys]
            else:
                slices.append(Slice(keys=(*part.keys, ""), count=part.count, members=part.members))
        return Tally(total=self.total, slices=tuple(slices))

    def _authors(self, pairs: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], list[Slice]]:
        """Per pair of verdict and license its most frequent authors, then the others as one.

        There are hundreds of thousands of authors in the whole Hub: only the shown become slices.
        """
        verdicts, licenses = map(self._words, ("commercial", "license"))
        authors = self._parts.dictionary(FIELDS["author"])
        place = np.full(len(verdicts) * len(licenses), -1, np.int64)
        for at, (verdict, name) in enumerate(pairs):
            place[verdicts.index(verdict) * len(licenses) + licenses.index(name)] = at
        at_pair = place[self._codes("commercial") * len(licenses) + self._codes("license")]
        inside = at_pair >= 0
        combined = at_pair[inside] * len(authors) + self._codes("author")[inside]
        distinct, counts = np.unique(combined, return_counts=True)
        at_pair, codes = np.divmod(distinct, len(authors))
        unknown = codes == 0
        order = np.lexsort((codes, -counts, unknown, at_pair))
        at_pair, codes, counts, unknown = (
            column[order] for column in (at_pair, codes, counts, unknown)
        )
        rank = np.arange(len(at_pair)) - np.searchsorted(at_pair, at_pair)
        shown = (rank < _AUTHORS) | unknown
        found: dict[tuple[str, ...], list[Slice]] = {pair: [] for pair in pairs}
        names = authors.take(pa.array(codes[shown])).fill_null(UNKNOWN).to_pylist()
        for at, name, count in zip(
            at_pair[shown].tolist(), names, counts[shown].tolist(), strict=True
        ):
            found[pairs[at]].append(Slice(keys=(*pairs[at], name), count=count))
        rest = np.bincount(at_pair[~shown], weights=counts[~shown], minlength=len(pairs))
        members = np.bincount(at_pair[~shown], minlength=len(pairs))
        for at in np.flatnonzero(members).tolist():
            keys = (*pairs[at], "")
            found[pairs[at]].append(Slice(keys=keys, count=int(rest[at]), members=int(members[at])))
        return found

    def tasks(self) -> Tally:
        """By modality and task, the most frequent of each modality first."""
        slices = _cut(self._pivot("modality", "task"), 1, len(TASKS))
        return Tally(total=self.total, slices=slices)

    def purposes(self) -> Tally:
        """By what the task says (general, specific, unknown) and by kind."""
        slices = [
            Slice(keys=(purpose(task), kind), count=part.count)
            for part in self._pivot("task", "kind")
            for task, kind in [part.keys]
        ]
        return Tally(total=self.total, slices=_merged(slices))

    def growth(self, months: int) -> Tally:
        """By the period of so many months in which a repository was created, and by source."""
        created = self._column("created_at")
        known = created != NULL_INT
        at = np.where(known, created, 0).astype("datetime64[s]").astype("datetime64[M]")
        periods = at.astype(np.int64) // months
        first = int(periods[known].min()) if known.any() else 0
        codes = np.where(known, periods - first + 1, 0)
        names = [UNKNOWN, *(_month((first + n) * months) for n in range(int(codes.max(initial=0))))]
        sources = self._codes("source")
        words = self._words("source")
        counts = np.bincount(codes * len(words) + sources, minlength=len(names) * len(words))
        slices = [
            Slice(keys=(names[place // len(words)], words[place % len(words)]), count=count)
            for place, count in enumerate(counts.tolist())
            if count
        ]
        slices.sort(key=lambda part: (part.keys[0] == UNKNOWN, part.keys))
        return Tally(total=self.total, slices=tuple(slices))

    def quantizations(self) -> QuantLadder:
        """Who offers which quantization."""
        words = self._parts.values("quant.values").to_pylist()
        repositories = self._quants(self._rows).dense(len(words) + 1).tolist()
        quants = self._parts.array("groups.quant")
        if self._rows is not None:
            quants = quants[expand(self._parts.array("groups.offsets"), self._rows)[1]]
        sets = np.bincount(quants, minlength=len(words) + 1).tolist()
        rungs = [
            Rung(
                quant_type=word,
                repositories=repositories[code],
                file_sets=sets[code],
                bits_per_weight=nominal_bits(word),
            )
            for code, word in enumerate(words)
            if code and repositories[code]
        ]
        rungs.sort(key=lambda rung: (-(rung.bits_per_weight or 0.0), rung.quant_type))
        return QuantLadder(total=self.total, rungs=tuple(rungs), unknown=repositories[0])

    def families(self, limit: int) -> Tally:
        """By family, the most frequent first; repositories without one are `unknown`."""
        slices = _cut(self._pivot("family"), 0, limit)
        return Tally(total=self.total, slices=slices)

    def sizes(self, wanted: Collection[str]) -> tuple[FamilySizes, ...]:
        """The sizes of some families, as their homes publish them."""
        rows = np.arange(self.total) if self._rows is None else self._rows
        return tuple(families.sizes(self._parts, rows, family) for family in wanted)

    def _column(self, name: str) -> Array:
        column = self._parts.column(name)
        return column if self._rows is None else column[self._rows]

    def _codes(self, key: str) -> Array:
        return self._column(FIELDS[key]).astype(np.int64)

    def _words(self, key: str) -> list[str]:
        values = self._parts.dictionary(FIELDS[key]).to_pylist()
        return [UNKNOWN if value is None else value for value in values]

    def _pivot(self, *keys: str) -> list[Slice]:
        """Repositories by the combination of some fields, those that occur."""
        words = [self._words(key) for key in keys]
        combined = self._codes(keys[0])
        for key, values in zip(keys[1:], words[1:], strict=True):
            combined = combined * len(values) + self._codes(key)
        dense = np.bincount(combined, minlength=1)
        distinct = np.flatnonzero(dense)
        counts = dense[distinct]
        codes = []
        for values in reversed(words):
            distinct, code = np.divmod(distinct, len(values))
            codes.append(code.tolist())
        return [
            Slice(keys=tuple(w[c] for w, c in zip(words, one, strict=True)), count=count)
            for *one, count in zip(*reversed(codes), counts.tolist(), strict=True)
        ]


def purpose(task: str) -> str:
    """Whether a task is what models do before any fine-tuning, or one that they are made for."""
    if task == UNKNOWN:
        return UNKNOWN
    return GENERAL if task in GENERAL_TASKS else SPECIFIC


def _month(months: int) -> str:
    """The first month of a period as one types it, counted from January 1970."""
    return f"{1970 + months // 12:04}-{months % 12 + 1:02}"


def _cut(slices: Iterable[Slice], at: int, limit: int) -> tuple[Slice, ...]:
    """Under each beginning the most frequent values of key `at`; the others as one, last."""
    groups: dict[tuple[str, ...], dict[str, list[Slice]]] = {}
    for part in slices:
        groups.setdefault(part.keys[:at], {}).setdefault(part.keys[at], []).append(part)
    kept: list[Slice] = []
    for beginning, members in groups.items():
        ranked = sorted(members, key=lambda value: _place(value, members[value]))
        named = [value for value in ranked if value != UNKNOWN][:limit]
        if UNKNOWN in members:
            named.append(UNKNOWN)
        for value in named:
            kept += members[value]
        others = set(members) - set(named)
        if others:
            count = sum(part.count for value in others for part in members[value])
            keys = (*beginning, *("",) * (len(members[ranked[0]][0].keys) - at))
            kept.append(Slice(keys=keys, count=count, members=len(others)))
    return tuple(kept)


def _place(value: str, parts: Sequence[Slice]) -> tuple[bool, int, str]:
    """Others and unknown last, the most frequent first."""
    return value in ("", UNKNOWN), -sum(part.count for part in parts), value


def _merged(slices: Iterable[Slice]) -> tuple[Slice, ...]:
    counts: dict[tuple[str, ...], int] = {}
    for part in slices:
        counts[part.keys] = counts.get(part.keys, 0) + part.count
    return tuple(Slice(keys=keys, count=count) for keys, count in sorted(counts.items()))
