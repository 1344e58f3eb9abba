"""How fast a model answers one user, as a band: memory is read once for each token.

The shares of bandwidth and arithmetic that engines reach are those of published measurements with
llama.cpp, tests/fixtures/fit/speeds.json; every one of them is within its band (docs/hardware.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog.errors import QueryError
from catalog.fit.hardware import Machine

# Shares of the stated bandwidth that are reached while answering, by the kind of the machine.
READS = {"gpu": (0.45, 0.92), "unified": (0.40, 0.92), "cpu": (0.25, 0.85)}
# Seconds that go by for each token besides: starting kernels, waiting, choosing the word.
BESIDES = (0.0002, 0.0035)
# Shares of the stated fp16 rate that are reached while reading a prompt. Above 1 where the list
# leaves the matrix units out (every RTX). Processors are left out: their stated rates are off by
# more than ten times from what is measured.
COUNTS = {
    "NVIDIA": (0.30, 2.6),
    "AMD": (0.15, 0.95),
    "Intel": (0.20, 1.4),
    "Apple": (0.40, 0.95),
}
_M5 = (0.40, 3.8)  # matrix units in every core, four times the rate that is stated
LONG_PROMPT = 8192  # tokens after which attention may have doubled the work of each
# Two channels of the slowest DDR4 and of the fastest DDR5 that desktops are sold with.
USUAL_HOST = (34_100_000_000, 102_400_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Tokens per second and seconds to the first token for one user; None is not known."""

    decode_low: float
    decode_high: float
    first_token_low: float | None
    first_token_high: float | None
    basis: str
    measured: bool = False


def speed(
    *,
    active_bytes: tuple[int, int] | None,
    kv_bytes: int | None,
    machine: Machine,
    prompt: int = 1024,
    active_parameters: int | None = None,
    offload_share: float = 0.0,
) -> Speed | None:
    """The band of a model on a machine; None where bandwidth, weights or cache are not known.

    `active_bytes` are the weights that one token needs, at least and at most: of a mixture of
    experts those of the experts in use. `kv_bytes` is a full cache of one user: the fast end has
    an empty one. `offload_share` is the part of the weights that stays in the main memory. Cards
    hold layers and work one after the other, so several are as fast as one. No more is promised
    than one user gets while the others are silent.
    """
    if prompt < 1 or not 0 <= offload_share <= 1:
        raise QueryError("A prompt has at least one token, and a share is between 0 and 1.")
    if machine.bandwidth is None or active_bytes is None or kv_bytes is None:
        return None
    least, most = active_bytes
    if not 0 < least <= most:
        return None
    slow, fast = READS[machine.kind]
    long = _seconds(most, kv_bytes, machine.bandwidth * slow, 1 - offload_share)
    short = _seconds(least, 0, machine.bandwidth * fast, 1 - offload_share)
    if offload_share:
        host_slow, host_fast = _host(machine)
        long += most * offload_share / (host_slow * READS["cpu"][0])
        short += least * offload_share / (host_fast * READS["cpu"][1])
    low, high = 1 / (long + BESIDES[1]), 1 / (short + BESIDES[0])
    first = None if offload_share else _first_token(machine, prompt, active_parameters)
    return Speed(
        decode_low=low,
        decode_high=high,
        # Reading the weights once is the least a prompt takes; the first word comes on top of it.
        first_token_low=first and max(first[0], 1 / high),
        first_token_high=first and first[1] + 1 / low,
        basis=_basis(machine, active_bytes, kv_bytes, offload_share),
    )


def _seconds(weights: int, cache: int, rate: float, share: float) -> float:
    return (weights * share + cache) / rate


def _host(machine: Machine) -> tuple[float, float]:
    known = machine.host_bandwidth
    return (known, known) if known else USUAL_HOST


def _first_token(
    machine: Machine, prompt: int, active_parameters: int | None
) -> tuple[float, float] | None:
    """Seconds of arithmetic for a prompt: two operations for each token and active parameter."""
    shares = _M5 if machine.slug.startswith("apple-m5") else COUNTS.get(machine.maker or "")
    if shares is None or machine.kind == "cpu":
        return None
    if not machine.tflops or not active_parameters or active_parameters < 1:
        return None
    work = 2 * active_parameters * prompt / (machine.tflops * 10**12)
    # Cards may each be at another part of one prompt, as llama.cpp has them.
    return work / shares[1] / machine.cards, work / shares[0] * (1 + prompt / LONG_PROMPT)


def _basis(
    machine: Machine, active_bytes: tuple[int, int], kv_bytes: int, offload_share: float
) -> str:
    slow, fast = READS[machine.kind]
    rate = f"{(machine.bandwidth or 0) / 10**9:,.0f} GB/s"
    weights = " to ".join(dict.fromkeys(_size(size) for size in active_bytes))
    said = [
        f"{weights} of weights and up to {_size(kv_bytes)} of cache are read for each token, "
        f"at {slow * 100:.0f} to {fast * 100:.0f} % of {rate}"
    ]
    if machine.cards > 1:
        said.append("the cards work one after the other")
    if offload_share:
        low, high = (f"{rate / 10**9:,.0f}" for rate in _host(machine))
        host = f"{low} GB/s" if machine.host_bandwidth else f"an assumed {low} to {high} GB/s"
        said.append(f"{offload_share * 100:.0f} % of the weights from main memory of {host}")
    return "; ".join(said) + "."


def _size(size: int) -> str:
    return f"{size / 10**9:,.1f} GB" if size >= 10**8 else f"{size / 10**6:,.0f} MB"
