"""Which rows, and which of their file groups, fit a machine: a whole catalog at once.

What the architecture of a row needs beside weights is worked out once for each architecture; from
it follows how large weights may be for each grade. What is left for each row is to compare.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np
from rapidfuzz import fuzz, process

from catalog.errors import QueryError
from catalog.fit import estimate, hardware, limits, memory
from catalog.fit.architecture import Architecture
from catalog.fit.hardware import Machine
from catalog.fit.limits import COUNTED, ESTIMATED, EXACT, KINDS, RANKS, UNKNOWN, UNSTATED, Rest
from catalog.fit.memory import Need
from catalog.normalize.quantization import nominal_bits
from catalog.query import Condition, Query, fits_term
from catalog.records import QueryWarning
from catalog.store.encode import NULL_INT, Array, expand, smallest
from catalog.store.groups import HIDDEN_INT
from catalog.store.parts import Parts
from catalog.store.shapes import Shapes

KEY = "fits"
Resolve = Callable[[str], Machine]
_HUGE = np.iinfo(np.int64).max  # the size of a group that is not compared
_MET = RANKS.index("tight")  # this rank and those below are what `fits:` means
_LIKENESS = 65  # of 100; below it "did you mean" is noise
_LONGEST = 100
_SEVERAL = re.compile(r"([0-9]+x-?)?(.*)", re.DOTALL)
_SAYING = ("pipeline_tag", "modality")  # what a model is for
_BY_SIZE = ("text", "encoder")  # of other kinds the rest does not depend on their parameters
_LAST_STEP = estimate.STEPS * 52  # beyond, no model has so many parameters, nor float64 digits
_AT_ONCE = 1 << 15  # rows that are ranked together: what is written stays in the cache
_KEPT = 16  # uses of which the thresholds are kept


@dataclass(frozen=True, slots=True)
class Wanted:
    """One value of `fits:`, its machine found."""

    machine: Machine
    need: Need
    quant: str | None = None


def wanted(value: str, resolve: Resolve) -> Wanted:
    """What a value of `fits:` asks; QueryError for what nobody can answer."""
    term = fits_term(value)
    if term is None:
        raise QueryError("Name a device, then its use: fits:rtx-4090, fits:rtx-4090@32kx5/Q4_K_M.")
    machine = resolve(term.device)
    if machine.memory_bytes is None:
        raise QueryError(f"Nobody states how much memory {term.device} has. Name it: fits:64GiB.")
    usual = Need()
    need = Need(context=usual.context if term.context is None else term.context, users=term.users)
    if term.quant is not None and nominal_bits(term.quant) is None:
        raise QueryError(f"Nobody here knows how many bits {term.quant[:40]} has.")
    return Wanted(machine, need, term.quant)


def answerable(values: Sequence[str], resolve: Resolve) -> Iterator[Wanted]:
    """Those of the values that can be answered."""
    for value in values:
        with suppress(QueryError):
            yield wanted(value, resolve)


def check(query: Query, resolve: Resolve) -> tuple[QueryWarning, ...]:
    """One warning for each value that cannot be answered, with what was perhaps meant."""
    warnings = []
    for condition in query.conditions:
        for value in condition.values if condition.key == KEY else ():
            try:
                wanted(value, resolve)
            except QueryError as error:
                near = nearest(value, resolve)
                message = str(error).partition(" Did you mean ")[0] if near else str(error)
                warnings.append(QueryWarning(term=_term(value), nearest=near, message=message))
    return tuple(warnings)


def nearest(value: str, resolve: Resolve) -> str | None:
    """The term with the device that is called most alike; None where that is no answer either."""
    term = fits_term(value)
    if term is None:
        return None
    cards, device = _SEVERAL.fullmatch(term.device).groups()  # type: ignore[union-attr]
    slugs = [one.slug for one in hardware.machines()]
    sizes = [slug for slug in slugs if slug.startswith(f"{device}-")]
    cutoff = 0 if sizes else _LIKENESS
    best = process.extractOne(
        device[:_LONGEST], sizes or slugs, scorer=fuzz.ratio, score_cutoff=cutoff
    )
    if best is None:
        return None
    other = value.replace(term.device, f"{cards or ''}{best[0]}", 1)
    return _term(other) if [*answerable([other], resolve)] else None


def _term(value: str) -> str:
    return str(Condition(key=KEY, values=(value,)))


class Fits:
    """The grades of one generation; threads share it freely."""

    def __init__(self, parts: Parts, shapes: Shapes, told: object) -> None:
        self.shapes = shapes
        self.told = told  # which state of what models say of themselves this is from
        self._offsets = parts.array("groups.offsets")
        self._sizes = parts.array("groups.size")
        self._quants = parts.array("groups.quant")
        self._bits = parts.array("groups.bits")
        self._parameters = parts.column("parameter_count")
        names = parts.values("quant.values").to_pylist()
        nominal = [nominal_bits(name) if name else None for name in names]
        self._nominal = np.array([np.nan if bits is None else bits for bits in (*nominal, None)])
        self._architectures, self._codes = _needs(parts, shapes, self._parameters)
        self._used = np.unique(self._codes)
        self._keys, self._smallest = self._of_rows(_flagged(parts))
        self._rests = lru_cache(maxsize=_KEPT)(self._rests_of)
        self._tables = lru_cache(maxsize=_KEPT)(self._table_of)

    def met(self, asked: Sequence[Wanted], rows: Array | None) -> Array:
        """For each row whether one of its groups fits, on one of the machines; None: all rows."""
        found = np.zeros(len(self._keys) if rows is None else len(rows), bool)
        for one in asked:
            keys, sizes = self._compared(one, rows)
            found |= sizes <= self._tables(one)[_MET][keys]
        return found

    def ranks(self, asked: Sequence[Wanted], rows: Array | None) -> Array:
        """The best grade of each row as a place in RANKS."""
        found = np.full(len(self._keys) if rows is None else len(rows), len(RANKS), np.uint8)
        for one in asked:
            keys, sizes = self._compared(one, rows)
            np.minimum(found, _ranked(self._tables(one), keys, sizes), out=found)
        return found

    def group_ranks(
        self, asked: Sequence[Wanted], rows: Array, owners: Array, places: Array
    ) -> Array:
        """The grades of groups: `places` among all groups, `owners` their places in `rows`."""
        found = np.full(len(places), len(RANKS), np.uint8)
        for one in asked:
            if one.quant is not None:
                np.minimum(found, self.ranks([one], rows)[owners], out=found)
                continue
            keys, sizes = self._of_groups(rows, owners, places)
            np.minimum(found, _ranked(self._tables(one), keys, sizes), out=found)
        return found

    def group_met(
        self, asked: Sequence[Wanted], rows: Array, owners: Array, places: Array
    ) -> Array:
        """Which groups fit."""
        found = np.zeros(len(places), bool)
        for one in asked:
            if one.quant is not None:
                found |= self.met([one], rows)[owners]
                continue
            keys, sizes = self._of_groups(rows, owners, places)
            found |= sizes <= self._tables(one)[_MET][keys]
        return found

    def _compared(self, one: Wanted, rows: Array | None) -> tuple[Array, Array]:
        """For each row its place in a table and what is compared with that: bytes, parameters."""
        part = slice(None) if rows is None else rows
        if one.quant is None:
            return self._keys[part], self._smallest[part]
        counts = self._parameters[part]
        kinds = np.where(counts > 0, COUNTED, UNKNOWN).astype(self._keys.dtype)
        return self._codes[part] * self._keys.dtype.type(KINDS) + kinds, np.maximum(counts, 0)

    def _of_rows(self, estimated: Array) -> tuple[Array, Array]:
        """Kind and architecture of every row in one code, and the size of its smallest group."""
        starts = self._offsets[:-1].copy()
        hidden = np.flatnonzero(self._sizes == HIDDEN_INT)  # the first ones of their rows
        owners = np.searchsorted(self._offsets, hidden, side="right") - 1
        np.add.at(starts, owners, 1)
        least = self._sizes[starts]
        kinds = np.where(estimated, ESTIMATED, EXACT).astype(np.uint8)
        bare = np.flatnonzero(least == NULL_INT)
        owners, places = expand(self._offsets, bare)
        counted = self._counted(bare, owners, places)
        if len(bare):
            firsts = np.flatnonzero(np.diff(owners, prepend=-1))
            least[bare] = np.minimum.reduceat(counted, firsts)
        kinds[bare] = COUNTED
        without = np.flatnonzero(least == _HUGE)
        counts = self._parameters[without]
        whole = np.array([estimate.whole(one) for one in self._architectures])
        told = (counts > 0) & whole[self._codes[without]]
        kinds[without] = np.where(told, UNSTATED, UNKNOWN)
        least[without] = np.where(told, counts, 0)
        dtype = smallest(len(self._architectures) * KINDS)
        return self._codes.astype(dtype) * dtype(KINDS) + kinds, least

    def _counted(self, rows: Array, owners: Array, places: Array) -> Array:
        """Bytes of groups by parameters and bits, _HUGE where one is not known.

        `places` holds all groups of the rows. A lone quantization has the bits that are stated.
        """
        quants = self._quants[places]
        bits = self._nominal[np.minimum(quants, len(self._nominal) - 1)]
        firsts = np.flatnonzero(np.diff(owners, prepend=-1))
        if len(firsts):
            alone = np.maximum.reduceat(quants, firsts) == np.minimum.reduceat(quants, firsts)
            stated = np.where(alone[owners], self._bits[places], np.nan)
            bits = np.where(stated > 0, stated, bits)
        counts = self._parameters[rows][owners]
        known = (counts > 0) & (bits > 0)
        sizes = np.rint(np.where(known, counts * np.where(known, bits, 0) / 8, 0))
        return np.where(known, sizes.astype(np.int64), _HUGE)

    def _of_groups(self, rows: Array, owners: Array, places: Array) -> tuple[Array, Array]:
        """As `_compared`, for groups; one of unknown size beside known ones is of unknown kind."""
        keys, sizes = self._keys[rows][owners], self._sizes[places].copy()
        unknown = sizes == HIDDEN_INT
        bare = sizes == NULL_INT
        if bare.any():
            some = np.unique(owners[bare])
            of, all_places = expand(self._offsets, rows[some])
            counted = self._counted(rows[some], of, all_places)
            at = np.searchsorted(all_places, places[bare])
            sizes[bare] = counted[at]
            unknown |= sizes == _HUGE
        unstated = keys % KINDS == UNSTATED  # that is so of all groups of a row
        keys = np.where(unknown & ~unstated, keys // KINDS * KINDS + UNKNOWN, keys)
        counts = np.where(unstated, self._smallest[rows][owners], 0)
        return keys, np.where(unknown, counts, sizes)

    def _rests_of(self, need: Need, cards: int) -> tuple[Rest, ...]:
        """What each architecture that occurs needs beside weights."""
        architectures = map(self._architectures.__getitem__, self._used.tolist())
        found = (memory.memory(one, need, weights=(0, 0), cards=cards) for one in architectures)
        return tuple(map(limits.rest, found))

    def _table_of(self, one: Wanted) -> Array:
        """For each grade but the last one the most bytes, or parameters, of every key."""
        bits = None if one.quant is None else nominal_bits(one.quant)
        table = np.full((len(RANKS) - 1, len(self._architectures) * KINDS), -1, np.int64)
        rests = self._rests(one.need, one.machine.cards)
        for kind in range(KINDS) if bits is None else (COUNTED, UNKNOWN):
            most = limits.most(rests, kind, one.machine, bits=bits)
            table[:, self._used * KINDS + kind] = most
        return table


def _ranked(table: Array, keys: Array, sizes: Array) -> Array:
    ranks = np.zeros(len(keys), np.uint8)
    for begin in range(0, len(keys), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        of, compared = keys[part], sizes[part]
        for most in table:
            ranks[part] += compared > most[of]
    return ranks


def _needs(
    parts: Parts, shapes: Shapes, parameters: Array
) -> tuple[tuple[Architecture, ...], Array]:
    """What rows need beside weights: the architectures, and the place of each row's own.

    Where it is not known an estimate stands for it, by kind and by step of parameters.
    """
    # How long a context one was made for changes nothing in what it needs.
    alike = [replace(one, context_length=None) for one in shapes.architectures]
    needs: list[Architecture] = list(dict.fromkeys(alike))
    at = {one: place for place, one in enumerate(needs)}
    own = np.array([0, *(at[one] for one in alike)])
    steps = np.searchsorted(_step_ends(), parameters) + 1
    steps[parameters == NULL_INT] = 0
    kinds, kind_of = _kinds(parts)
    codes = own[shapes.codes]
    for place, kind in enumerate(kinds):
        chosen = np.flatnonzero((kind_of == place) & (shapes.codes == 0))
        of_size = steps[chosen] if kind in _BY_SIZE else np.zeros(len(chosen), np.int64)
        codes[chosen] = len(needs) + of_size
        known = range(_LAST_STEP + 1) if kind in _BY_SIZE else ()
        needs += [estimate.architecture(kind, step) for step in (None, *known)]
    return tuple(needs), codes.astype(smallest(len(needs)))


@cache
def _step_ends() -> Array:
    """The largest number of parameters of every step."""
    ends = []
    for step in range(_LAST_STEP):
        end = int(2 ** (step / estimate.STEPS))
        while estimate.step(end) > step:
            end -= 1
        while estimate.step(end + 1) <= step:
            end += 1
        ends.append(end)
    return np.array(ends, np.int64)


def _kinds(parts: Parts) -> tuple[tuple[str, ...], Array]:
    """Kinds of models, and the place of each row's own."""
    tasks, modalities = (parts.dictionary(name).to_pylist() for name in _SAYING)
    kinds = [[estimate.kind(task, modality) for modality in modalities] for task in tasks]
    names = tuple(sorted({kind for row in kinds for kind in row}))
    places = np.array([[names.index(kind) for kind in row] for row in kinds], np.uint8)
    task, modality = map(parts.column, _SAYING)
    found: Array = places[task, modality]
    return names, found


def _flagged(parts: Parts) -> Array:
    """Rows of which the source rounds the sizes."""
    lists = parts.dictionary("flags").to_pylist()
    rounded = np.array(["size_estimated" in (flags or ()) for flags in lists], bool)
    flagged: Array = rounded[parts.column("flags")]
    return flagged


@dataclass(frozen=True, slots=True)
class Asked:
    """The conditions of one query on `fits`, with what can be answered of them."""

    fits: Fits
    wanted: Mapping[Condition, tuple[Wanted, ...]]

    def rows_met(self, condition: Condition, rows: Array | None) -> Array:
        """For each row whether it meets the condition, its negation aside."""
        return self.fits.met(self.wanted[condition], rows)

    def groups_met(self, condition: Condition, rows: Array, owners: Array, places: Array) -> Array:
        """For each group whether it meets the condition, its negation aside."""
        return self.fits.group_met(self.wanted[condition], rows, owners, places)

    @property
    def graded(self) -> tuple[Wanted, ...]:
        """The machines that the facet is about: those asked for, else those to be left out."""
        asked = [c for c in self.wanted if not c.negated] or list(self.wanted)
        return tuple(dict.fromkeys(one for c in asked for one in self.wanted[c]))
