"""Which layers of a model go to the card where not all of them do, and what is left over."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.fit.architecture import Architecture
from catalog.fit.terms import Breakdown, Term

_IN_LAYERS = ("weights", "kv_cache", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Layers on the card of all, and the bytes of those in main memory, at most."""

    on_card: int
    layers: int
    host_bytes: int

    @property
    def share(self) -> float:
        """The part of the layers that is in main memory."""
        return 1 - self.on_card / self.layers


def split(breakdown: Breakdown, architecture: Architecture, memory_bytes: int) -> Split | None:
    """As many layers on the card as its memory holds beside buffers and runtime.

    A layer takes its part of the weights, with its cache and state, as llama.cpp places them
    (--n-gpu-layers); layers are counted as equals, by the upper end where there is no point. None
    where the number of layers or an upper end is not known.
    """
    count = len(architecture.layers) if architecture.layers else architecture.layer_count
    sizes = {term.name: _size(term) for term in breakdown.terms}
    if not count or None in sizes.values():
        return None
    inside = sum(sizes[name] or 0 for name in _IN_LAYERS)
    beside = sum(size or 0 for name, size in sizes.items() if name not in _IN_LAYERS)
    room = max(memory_bytes - beside, 0)
    fitting = count if inside == 0 else room * count // inside
    on_card = min(fitting, count)
    return Split(on_card=on_card, layers=count, host_bytes=-(-inside * (count - on_card) // count))


def _size(term: Term) -> int | None:
    return term.high if term.bytes is None else term.bytes
