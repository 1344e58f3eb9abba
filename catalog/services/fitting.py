"""Whether models fit machines: their files and architectures from a generation, then arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from catalog.errors import UnknownRef
from catalog.fit import diffusion, estimate, hardware, memory, offload
from catalog.fit.answer import FitAnswer, graded
from catalog.fit.architecture import Architecture
from catalog.fit.hardware import Machine
from catalog.fit.memory import Breakdown, Need
from catalog.fit.speed import Speed, speed
from catalog.services.fit_choices import Choice, choices, estimated
from catalog.store.generation import Generation

_CARDS = (1, 2, 4)  # what one buys of a card to run one model
# What every token reads of a mixture has more bits than its experts: gpt-oss-20b reads 1.24 times
# what parameters in use alone would, gpt-oss-120b 1.28.
_MORE_BITS = 1.3
_RUNS = ("fits", "tight")


@dataclass(slots=True, kw_only=True)
class _Subject:
    """One model with the choices of files that there are; breakdowns are worked out once."""

    ref: str
    architecture: Architecture
    choices: tuple[Choice, ...]
    context_length: int | None = None
    parameters: int | None = None
    active_parameters: int | None = None
    seen: dict[tuple[int, Need, int], Breakdown] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether it writes tokens, so that contexts and tokens a second mean something."""
        shape = self.architecture
        return not isinstance(shape, estimate.Estimated) or shape.kind == "text"

    def breakdown(self, choice: Choice, need: Need, machine: Machine | None) -> Breakdown:
        cards = machine.cards if machine else 1
        key = (id(choice), need, cards)
        if key not in self.seen:
            found = memory.memory(self.architecture, need, weights=choice.weights, cards=cards)
            if choice.doubt is not None:
                found = replace(found, doubt=choice.doubt)
            self.seen[key] = diffusion.told(found, choice.parts) if choice.parts else found
        return self.seen[key]


def fit(
    generation: Generation, ref: str, need: Need, machine: Machine | None, quant: str | None
) -> FitAnswer:
    """The best files of a model on a machine: the largest that fit, else the smallest.

    With `quant`: as if it was converted to that. Raises UnknownRef, QueryError for a quantization
    of unknown size.
    """
    return _whole(_subject(generation, ref, need, quant), need, machine)


def fit_ladder(
    generation: Generation, ref: str, need: Need, machine: Machine | None
) -> tuple[FitAnswer, ...]:
    """Every set of files of a model on a machine, smallest first."""
    subject = _subject(generation, ref, need)
    return tuple(_answer(subject, one, need, machine) for one in subject.choices)


def fleet(
    generation: Generation, refs: Iterable[str], machines: Sequence[Machine], need: Need
) -> tuple[tuple[FitAnswer, ...], ...]:
    """A row for each model, in it an answer for each machine."""
    subjects = [_subject(generation, ref, need) for ref in refs]
    return tuple(tuple(_whole(one, need, machine) for machine in machines) for one in subjects)


def grades(
    generation: Generation, refs: Iterable[str], need: Need, machine: Machine, quant: str | None
) -> tuple[FitAnswer, ...]:
    """As `fit` for each of many models, but not how far they go: that is a search for each."""
    subjects = (_subject(generation, ref, need, quant) for ref in refs)
    return tuple(
        _answer(one, _best(one, need, machine), need, machine, far=False) for one in subjects
    )


def alone(
    architecture: Architecture, need: Need, machine: Machine | None, *, ref: str = ""
) -> FitAnswer:
    """The answer for the facts of one architecture that no row of the catalog stands for."""
    choice = Choice(rung=None, quant=None, weights=None, estimated=False)
    subject = _Subject(ref=ref, architecture=architecture, choices=(choice,))
    return _answer(subject, choice, need, machine)


def cheapest(
    generation: Generation, ref: str, need: Need, quant: str | None
) -> tuple[FitAnswer, ...]:
    """Machines of one, two or four of one device that a model fits, cheapest first.

    Only those of which a price is known; of equal prices the one that has more memory comes first.
    """
    subject = _subject(generation, ref, need, quant)
    found = []
    cards = _CARDS if estimate.whole(subject.architecture) else (1,)
    for machine in _sold(cards):
        best = _best(subject, need, machine)
        if _grade(subject, best, need, machine) == "fits":
            found.append((machine, best))
    found.sort(key=lambda pair: (pair[0].price_usd or 0, -(pair[0].memory_bytes or 0)))
    return tuple(_answer(subject, best, need, machine) for machine, best in found)


def _sold(numbers: tuple[int, ...]) -> Iterator[Machine]:
    # What one picture is made with stays on one card.
    for one in hardware.machines():
        if one.price_usd is None:
            continue
        for cards in numbers if one.kind == "gpu" else (1,):
            yield hardware.several(one, cards) if cards > 1 else one


def _subject(generation: Generation, ref: str, need: Need, quant: str | None = None) -> _Subject:
    row = generation.row_of(ref.strip())
    if row is None:
        raise UnknownRef(ref, tuple(generation.nearest_refs(ref)))
    model = generation.records([row])[0]
    shape = generation.architecture(row) or estimated(model)
    found = choices(model, generation.files(row), shape, engine=need.engine, quant=quant)
    return _Subject(
        ref=model.ref,
        architecture=shape,
        choices=found,
        context_length=model.context_length,
        parameters=model.parameter_count,
        active_parameters=model.active_parameter_count,
    )


def _best(subject: _Subject, need: Need, machine: Machine | None) -> Choice:
    """The largest that fits, else the largest that is tight, else the smallest."""
    graded = [(_grade(subject, one, need, machine), one) for one in subject.choices]
    for wanted in _RUNS:
        good = [one for grade, one in graded if grade == wanted]
        if good:
            return good[-1]
    return subject.choices[0]


def _grade(subject: _Subject, choice: Choice, need: Need, machine: Machine | None) -> str:
    return graded(subject.breakdown(choice, need, machine), machine)


def _whole(subject: _Subject, need: Need, machine: Machine | None) -> FitAnswer:
    return _answer(subject, _best(subject, need, machine), need, machine)


def _answer(
    subject: _Subject, choice: Choice, need: Need, machine: Machine | None, *, far: bool = True
) -> FitAnswer:
    breakdown = subject.breakdown(choice, need, machine)
    grade = graded(breakdown, machine)
    # the last one of a band would look exact
    counted = far and subject.writes and breakdown.total is not None
    parts = None
    if grade == "offload" and machine is not None and machine.memory_bytes is not None:
        parts = offload.split(breakdown, subject.architecture, machine.memory_bytes)
    return FitAnswer(
        ref=subject.ref,
        rung=choice.rung,
        quant=choice.quant,
        machine=machine,
        breakdown=breakdown,
        grade=grade,
        longest_context=_longest(subject, choice, need, machine) if counted else None,
        most_users=_most(subject, choice, need, machine) if counted else None,
        offload_layers=parts.on_card if parts else None,
        offload_bytes=parts.host_bytes if parts else None,
        speed=_speed(subject, breakdown, grade, machine, parts),
        made_for=_made_for(subject),
        estimated=choice.estimated,
    )


def _speed(
    subject: _Subject,
    breakdown: Breakdown,
    grade: str,
    machine: Machine | None,
    parts: offload.Split | None,
) -> Speed | None:
    """The speed of one user where the model runs, None where that is not known."""
    runs = grade in _RUNS or parts is not None
    weights, cache = breakdown.term("weights"), breakdown.term("kv_cache")
    kept = cache.high if cache.bytes is None else cache.bytes
    if machine is None or not (subject.writes and runs) or weights.high is None or kept is None:
        return None
    active = subject.active_parameters or subject.parameters
    share = active / subject.parameters if active and subject.parameters else 1.0
    most = min(1.0, share * _MORE_BITS) if share < 1 else 1.0
    return speed(
        active_bytes=(round(weights.low * min(share, 1.0)), round(weights.high * most)),
        kv_bytes=kept // breakdown.need.users,
        machine=machine,
        active_parameters=active,
        offload_share=parts.share if parts else 0.0,
    )


def _made_for(subject: _Subject) -> int | None:
    return subject.context_length or subject.architecture.context_length


def _longest(subject: _Subject, choice: Choice, need: Need, machine: Machine | None) -> int | None:
    """Tokens of each user that still run, no more than the model was made for."""
    top = min(_made_for(subject) or memory.MOST_CONTEXT, memory.MOST_CONTEXT)

    def runs(context: int) -> bool:
        asked = replace(need, context=context)
        return _grade(subject, choice, asked, machine) in _RUNS

    if runs(top):
        return top
    # caches grow in steps of this, so that every answer is the last of its step
    return memory.PAD * _last(lambda n: runs(n * memory.PAD), -(-top // memory.PAD)) or None


def _most(subject: _Subject, choice: Choice, need: Need, machine: Machine | None) -> int | None:
    def runs(users: int) -> bool:
        return _grade(subject, choice, replace(need, users=users), machine) in _RUNS

    return _last(runs, memory.MOST_USERS + 1) or None


def _last(holds: Callable[[int], bool], beyond: int) -> int:
    """The last number below `beyond` for which something holds that ends to hold at some number."""
    low, high = 0, beyond
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
