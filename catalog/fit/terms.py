"""What is asked about memory, and the answer as terms: bytes, band, formula, inputs, source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from catalog.errors import QueryError
from catalog.fit.architecture import Layer

MIB = 1 << 20
# Bytes of one block and values in it: ggml-common.h, block_q8_0 and block_q4_0.
KV_TYPES = {"f16": (2, 1), "q8_0": (34, 32), "q4_0": (18, 32)}
PAD = 256  # llama-context.cpp and llama-kv-cache.cpp round cells up to this
UBATCH = 512  # common/common.h n_ubatch, also what a window keeps beside itself
F16_BYTES, F32_BYTES = 2, 4
# Measured: 40 MB on a processor, 300 to 600 MB for the context of each CUDA card.
OVERHEAD = (40_000_000, 450_000_000, 600_000_000)
MOST_CONTEXT = 1 << 27
MOST_USERS = 10_000
# The types of the cache that are worked out here, by engine.
CACHE_TYPES = {"llama_cpp": tuple(KV_TYPES), "transformers": ("f16",), "vllm": ("f16",)}
ENGINES = tuple(CACHE_TYPES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What is asked for: tokens for each user, users at once, the type of the cache."""

    context: int = 8192
    users: int = 1
    kv: str = "f16"
    engine: str = "llama_cpp"

    def __post_init__(self) -> None:
        if not 0 < self.context <= MOST_CONTEXT:
            raise QueryError(f"A context is 1 to {MOST_CONTEXT:,} tokens, not {self.context:,}.")
        if not 0 < self.users <= MOST_USERS:
            raise QueryError(f"Users at once are 1 to {MOST_USERS:,}, not {self.users:,}.")
        if self.kv not in KV_TYPES:
            raise QueryError(f"A cache is of type {', '.join(KV_TYPES)}.")
        if self.engine not in ENGINES:
            raise QueryError(f"An engine is {', '.join(ENGINES)}.")
        if self.kv not in CACHE_TYPES[self.engine]:
            raise QueryError(f"The cache of {self.engine} is worked out for f16 alone.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One part in bytes: None is not known; `low` and `high` are the band, None has no end."""

    name: str
    bytes: int | None
    low: int
    high: int | None
    formula: str
    inputs: Mapping[str, int | float | str]
    source: str
    unit: str = "bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """All terms with their sum; `doubt` says why there is no point where there is none."""

    need: Need
    terms: tuple[Term, ...]
    doubt: str | None

    def term(self, name: str) -> Term:
        """The term of a name."""
        return next(term for term in self.terms if term.name == name)

    @property
    def total(self) -> int | None:
        """The sum, None where a term is not known."""
        return total([term.bytes for term in self.terms])

    @property
    def low(self) -> int:
        """The least that it can be."""
        return sum(term.low for term in self.terms)

    @property
    def high(self) -> int | None:
        """The most that it can be; None where a term has no upper end."""
        return total([term.high for term in self.terms])


def total(parts: list[int | None]) -> int | None:
    """The sum, None where a part is not known."""
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def padded(number: int, to: int = PAD) -> int:
    """The number rounded up to a multiple."""
    return -(-number // to) * to


def cells(layer: Layer, need: Need) -> int:
    """Tokens that a layer keeps for all users; each user has a stream of its own."""
    whole = padded(need.context)
    if layer.window is not None:
        whole = min(whole, padded(min(whole, layer.window + UBATCH)))
    return whole * need.users


def row_bytes(values: int, kv: str) -> int:
    """Bytes of one row of the cache; types with blocks fill whole blocks."""
    size, block = KV_TYPES[kv]
    return -(-values // block) * size


def kv_bytes(layers: tuple[Layer, ...], need: Need) -> int:
    """Bytes of the cache of keys and values."""
    return sum(
        cells(layer, need) * (row_bytes(layer.key, need.kv) + row_bytes(layer.value, need.kv))
        for layer in layers
    )


def state_bytes(layers: tuple[Layer, ...], need: Need) -> int:
    """Bytes of the state of recurrent layers: 32-bit, one for each user, whatever the context."""
    return sum(layer.state for layer in layers) * F32_BYTES * need.users


def on_each(term: Term, cards: int) -> Term:
    """What every card needs for itself."""
    if cards == 1:
        return term
    return replace(
        term,
        bytes=None if term.bytes is None else term.bytes * cards,
        low=term.low * cards,
        high=None if term.high is None else term.high * cards,
        formula=f"cards x ({term.formula})",
        inputs={"cards": cards, **term.inputs},
    )


def exact(name: str, size: int, formula: str, source: str) -> Term:
    """A term without a band and without inputs."""
    return Term(
        name=name, bytes=size, low=size, high=size, formula=formula, inputs={}, source=source
    )


def overhead(cards: int) -> Term:
    """What the runtime itself takes, on each card."""
    low, size, high = OVERHEAD
    one = Term(
        name="overhead",
        bytes=size,
        low=low,
        high=high,
        formula="what the runtime itself takes",
        inputs={},
        source="measured: 40 MB on a processor, 300 to 600 MB for each CUDA card",
    )
    return on_each(one, cards)
