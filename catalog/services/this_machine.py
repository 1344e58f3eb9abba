"""The machine that Cardex runs on: its cards where NVIDIA's library tells, else its main memory."""

from __future__ import annotations

import importlib
import platform
import re
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from catalog.errors import QueryError
from catalog.fit import hardware
from catalog.fit.hardware import GIB, MOST_CARDS, Device, Machine

SLUG = "this-machine"
_LIMIT = Path("/sys/fs/cgroup/memory.max")  # what a container may use; "max" is no limit
_PROCESSORS = Path("/proc/cpuinfo")
# What drivers add to the names of cards: `Tesla V100-SXM2-16GB`, `NVIDIA H100 80GB HBM3`.
_NOT_IN_LISTS = re.compile(
    r"\b(?:Tesla|SXM\d|HBM\d|\d+GB|GPU|Generation|Blackwell|Workstation Edition|Edition)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one look at the machine saw."""

    processor: str
    main_bytes: int  # of main memory, at most what a container may use
    unified: bool = False  # the graphics share the main memory (Apple)
    cards: tuple[tuple[str, int], ...] = ()  # name and bytes of each card; 0: no memory of its own


def look() -> Seen:
    """Look at this machine; a few milliseconds, and some hundred where there are NVIDIA cards."""
    apple = sys.platform == "darwin" and platform.machine() == "arm64"
    main = int(psutil.virtual_memory().total)
    return Seen(
        processor=_processor(),
        main_bytes=min(main, _limit(_LIMIT) or main),
        unified=apple,
        cards=() if apple else _cards(),
    )


def machine(seen: Seen) -> Machine:
    """The machine that was seen; of cards of several kinds those with the most memory together."""
    own = tuple(card for card in seen.cards if card[1])
    if own:
        return _with_cards(replace(seen, cards=own))
    if seen.cards:
        return _unified(seen, seen.cards[0][0])
    if seen.unified:
        return _unified(seen, seen.processor)
    return Machine(
        slug=SLUG,
        name=seen.processor,
        kind="cpu",
        memory_bytes=seen.main_bytes,
        card_bytes=seen.main_bytes,
    )


def _with_cards(seen: Seen) -> Machine:
    kinds = Counter(seen.cards)
    (name, size), count = max(kinds.items(), key=lambda kind: (kind[0][1] * kind[1], kind[0]))
    count = min(count, MOST_CARDS)
    one = Machine(
        slug=SLUG,
        name=name,
        kind="gpu",
        memory_bytes=size,
        card_bytes=size,
        host_bytes=seen.main_bytes,
        maker="NVIDIA",
    )
    known = _known(name, size)
    if known is not None:
        one = _told(one, known)
    return replace(hardware.several(one, count), slug=SLUG)


def _unified(seen: Seen, name: str) -> Machine:
    one = Machine(
        slug=SLUG,
        name=name,
        kind="unified",
        memory_bytes=seen.main_bytes,
        card_bytes=seen.main_bytes,
        maker="Apple" if seen.unified else "NVIDIA",
    )
    known = _known(name, seen.main_bytes)
    return one if known is None else _told(one, known)


def _known(name: str, size: int) -> Device | None:
    """The device of a name; of several sizes the one that has this memory, a little less."""
    short = _NOT_IN_LISTS.sub(" ", name)
    for called in (name, f"{name} {round(size / GIB)}GB", short, f"{short} {round(size / GIB)}GB"):
        try:
            return hardware.device(called)
        except QueryError:
            continue
    return None


def _told(one: Machine, known: Device) -> Machine:
    return replace(
        one,
        bandwidth=known.bandwidth,
        tflops=known.tflops,
        watts=known.watts,
        price_usd=known.price_usd,
        maker=known.maker,
    )


def _processor() -> str:
    if sys.platform == "darwin":
        return _of_mac()
    return _model_name(_PROCESSORS) or platform.processor() or platform.machine() or "processor"


def _model_name(path: Path) -> str | None:
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return None
    lines = (line.partition(":") for line in text.splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == "model name"), None)


def _of_mac() -> str:  # pragma: no cover - runs on a Mac alone
    """`Apple M3 Max`, by the call that `sysctl -n machdep.cpu.brand_string` makes."""
    import ctypes

    name = ctypes.create_string_buffer(128)
    size = ctypes.c_size_t(len(name))
    call = ctypes.CDLL(None).sysctlbyname
    if call(b"machdep.cpu.brand_string", name, ctypes.byref(size), None, 0) != 0:
        return platform.machine()
    return name.value.decode("utf-8", "replace")


def _limit(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None


def _cards() -> tuple[tuple[str, int], ...]:
    """The NVIDIA cards; none where the package nvidia-ml-py or its driver is missing."""
    try:
        library: Any = importlib.import_module("pynvml")
    except ImportError:
        return ()
    return _asked(library)


def _asked(library: Any) -> tuple[tuple[str, int], ...]:
    try:
        library.nvmlInit()
        try:
            handles = [
                library.nvmlDeviceGetHandleByIndex(index)
                for index in range(library.nvmlDeviceGetCount())
            ]
            return tuple(
                (str(library.nvmlDeviceGetName(one)), _memory(library, one)) for one in handles
            )
        finally:
            library.nvmlShutdown()
    except library.NVMLError:
        return ()


def _memory(library: Any, handle: Any) -> int:
    try:
        return int(library.nvmlDeviceGetMemoryInfo(handle).total)
    except library.NVMLError:  # as on a GB10, which shares the main memory
        return 0
