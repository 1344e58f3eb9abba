"""The machines of a team: saved under names of their own in `machines.json`, and this machine.

The names are foreign text. What cannot be read is never written over: a bad file is put aside, and
single entries that make no sense stay in the file as they are.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from catalog.errors import QueryError, StoreUnwritable
from catalog.fit import hardware
from catalog.fit.hardware import MOST_CARDS, Machine
from catalog.services import this_machine
from catalog.services.this_machine import SLUG, Seen
from catalog.store import disk, typed

FILE, LOCK = "machines.json", "machines.lock"
FORMAT = 1
MOST = 200  # machines
LONGEST = 60  # characters of a name
_MOST_BYTES = 4_000_000  # of the file; more was not written here
_WAIT_SECONDS = 10
_KINDS = ("gpu", "unified", "cpu")
_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Held:
    """What the file holds: machines, the entries that are none, and why it is no good."""

    machines: tuple[Machine, ...] = ()
    others: tuple[Any, ...] = ()
    bad: str | None = None


class TeamMachines:
    """The machines beside one catalog; threads and processes may share them."""

    def __init__(self, root: Path, *, look: Callable[[], Seen] = this_machine.look) -> None:
        self._root = root
        self._look = look
        self._this: Machine | None = None

    def all(self) -> tuple[Machine, ...]:
        """The saved machines by name; none where the file cannot be read: `problem` says why."""
        return tuple(sorted(self._held().machines, key=lambda one: one.name.casefold()))

    def problem(self) -> str | None:
        """A sentence where the file, or a part of it, cannot be used."""
        held = self._held()
        if held.bad is not None:
            return (
                f"The saved machines in {self._root / FILE} cannot be read ({held.bad}). The next "
                "machine that is saved starts a new file; this one is kept beside it."
            )
        if held.others:
            return f"{len(held.others)} of the saved machines in {self._root / FILE} make no sense."
        return None

    def stamp(self) -> tuple[int, int]:
        """What changes whenever the file does; (0, 0) where there is none."""
        try:
            written = (self._root / FILE).stat()
        except OSError:
            return 0, 0
        return written.st_mtime_ns, written.st_size

    def save(self, machine: Machine) -> Machine:
        """Save a machine under its name and give it back with the slug it has from now on.

        One that was removed comes back with the slug it had. Raises QueryError for a name that is
        none or is taken, and StoreUnwritable.
        """
        name = _name(machine.name)
        one = _checked(replace(_with_memory(machine), name=name, saved=True))

        def add(held: tuple[Machine, ...]) -> tuple[Machine, ...]:
            nonlocal one
            if any(each.name.casefold() == name.casefold() for each in held):
                raise QueryError(f"A machine is called {name} already. Choose another name.")
            if len(held) >= MOST:
                raise QueryError(f"There are {MOST} saved machines. Remove one first.")
            one = replace(one, slug=_free(one, {each.slug for each in held}))
            return (*held, one)

        self._change(add)
        return one

    def remove(self, slug: str) -> Machine:
        """Remove a saved machine and give it back: `save` takes it again. QueryError without it."""
        gone: Machine | None = None

        def drop(held: tuple[Machine, ...]) -> tuple[Machine, ...]:
            nonlocal gone
            gone = _called(slug, held)
            if gone is None:
                raise QueryError(f"No saved machine is called {slug[:80]!r}.")
            return tuple(one for one in held if one != gone)

        self._change(drop)
        assert gone is not None  # noqa: S101 - `drop` raises otherwise
        return gone

    def detect(self) -> Machine:
        """The machine that Cardex runs on, looked at once; its slug is `this-machine`."""
        if self._this is None:
            self._this = this_machine.machine(self._look())
        return self._this

    def resolve(self, text: str) -> Machine:
        """The saved machine of a name, this one, or a device; QueryError names the nearest."""
        name = text.strip()
        found = _called(name, self._held().machines)
        if found is not None:
            return found
        if hardware.slug_of(name) == SLUG:
            return self.detect()
        return hardware.machine(text)

    def _held(self) -> _Held:
        return _read(self._root / FILE)

    def _change(self, change: Callable[[tuple[Machine, ...]], tuple[Machine, ...]]) -> None:
        path = self._root / FILE
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            with FileLock(self._root / LOCK, timeout=_WAIT_SECONDS):
                held = _read(path)
                rows = [_row(one) for one in change(held.machines)]
                if held.bad is not None:
                    path.rename(_aside(path))
                document = {"format": FORMAT, "machines": [*rows, *held.others]}
                disk.put_text(path, json.dumps(document, ensure_ascii=False, indent=1))
        except (OSError, Timeout) as error:
            why = "another process holds it" if isinstance(error, Timeout) else error.strerror
            raise StoreUnwritable(
                f"The machines could not be saved in {self._root} ({why or error})."
            ) from error


def named(name: str, device: str, *, host_bytes: int | None = None) -> Machine:
    """A machine of a name to save, from a device, several or a size; QueryError as for these.

    `host_bytes` is its main memory: that of a processor, or what stands beside its cards.
    """
    one = replace(hardware.machine(device), name=name, saved=True)
    return replace(one, slug=_slug(name), host_bytes=host_bytes)


def _with_memory(machine: Machine) -> Machine:
    """A processor has the main memory that was stated for it."""
    if machine.kind == "cpu" and machine.memory_bytes is None:
        size = machine.host_bytes
        return replace(machine, memory_bytes=size, card_bytes=size, host_bytes=None)
    return machine


def _name(text: str) -> str:
    """A name on one line, without what steers a terminal; QueryError where nothing is left."""
    plain = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    name = " ".join(plain.split())
    if not name or len(name) > LONGEST:
        raise QueryError(f"A machine has a name of 1 to {LONGEST} characters.")
    return name


def _checked(machine: Machine) -> Machine:
    if not machine.memory_bytes:
        raise QueryError("A processor has the memory of its machine: say how much main memory.")
    if not _sound(machine):
        raise QueryError("These figures are of no machine.")
    return machine


def _sound(one: Machine) -> bool:
    figures = (one.memory_bytes, one.card_bytes, one.host_bytes, one.bandwidth, one.host_bandwidth)
    known = [figure for figure in (*figures, one.tflops, one.watts, one.price_usd) if figure]
    return (
        one.kind in _KINDS
        and 1 <= one.cards <= MOST_CARDS
        and (one.cards == 1 or one.kind == "gpu")
        and bool(one.memory_bytes)
        and all(0 < figure < typed.MOST for figure in known)
        and len(one.slug) <= 2 * LONGEST
    )


def _slug(name: str) -> str:
    """Letters and digits of ASCII with hyphens: what `fits:` and an address take."""
    return "-".join(re.findall(r"[a-z0-9]+", name.casefold())) or "machine"


def _free(machine: Machine, taken: set[str]) -> str:
    """The slug it has, or the next that nothing else is called by, no device either."""
    own = machine.slug
    base = own if _slug(own) == own else _slug(machine.name)
    if _device(base):
        base = f"team-{base}"
    numbers = range(2, MOST + 3)
    slugs = (base, *(f"{base}-{number}" for number in numbers))
    return next(slug for slug in slugs if slug not in taken and not _device(slug))


def _device(slug: str) -> bool:
    return slug == SLUG or hardware.taken(slug)


def _called(text: str, machines: Iterable[Machine]) -> Machine | None:
    """The machine of a slug, else of a name, in any case."""
    wanted = text.strip().casefold()
    held = tuple(machines)
    by_slug = next((one for one in held if one.slug == wanted), None)
    return by_slug or next((one for one in held if one.name.casefold() == wanted), None)


def _row(one: Machine) -> _Row:
    return {name: value for name, value in asdict(one).items() if value is not None}


def _read(path: Path) -> _Held:
    try:
        if path.stat().st_size > _MOST_BYTES:
            return _Held(bad="it is too long")
        document = json.loads(path.read_text("utf-8"))
        if document["format"] != FORMAT:
            return _Held(bad="it is of another version")
        rows = list(document["machines"])
    except FileNotFoundError:
        return _Held()
    except OSError as error:
        return _Held(bad=error.strerror or "it cannot be opened")
    except (ValueError, TypeError, KeyError, RecursionError):
        return _Held(bad="it is damaged")
    return _sorted_out(rows)


def _sorted_out(rows: Iterable[Any]) -> _Held:
    machines: dict[str, Machine] = {}
    others = []
    for row in rows:
        try:
            filled = {**dict.fromkeys(("memory_bytes",)), **row, "saved": True}
            one = replace(typed.record(Machine, filled), name=_name(row["name"]))
        except (ValueError, TypeError, KeyError, AttributeError, QueryError):
            others.append(row)
            continue
        if _sound(one) and _slug(one.slug) == one.slug and one.slug not in machines:
            machines[one.slug] = one
        else:
            others.append(row)
    return _Held(tuple(machines.values()), tuple(others))


def _aside(path: Path) -> Path:
    """A name beside the file that nothing has yet."""
    names = (path.with_name(f"{path.stem}-bad-{number}.json") for number in range(1, 1_000))
    return next(name for name in names if not name.exists())
