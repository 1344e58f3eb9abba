"""What the doors hand out about one model beyond its record: license, lineage, likeness, commands.

As in records: `None` means that nobody said; sentences are English, for whoever draws to translate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from catalog.records import ModelRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One thing that a license asks or forbids."""

    key: str  # vocabulary.CLAUSES
    words: str  # what it means, one sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class UseVerdict:
    """Whether a model may be put to one use, and why. Our reading, never advice."""

    use: str  # vocabulary.USES
    verdict: str  # vocabulary.COMMERCIAL_USE
    reasons: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()  # keys of the clauses that apply to this use


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseLink:
    """One model of the chain whose terms a model carries, and what its license says."""

    ref: str
    name: str
    depth: int  # 0 the model itself, 1 its bases, ...
    relation: str | None = None  # how the one below derives from it; None when not stated
    in_catalog: bool = True
    license: str | None = None
    license_raw: str | None = None
    license_name: str | None = None  # of the text, "Llama 3.1 Community License"
    license_url: str | None = None
    version_read: str | None = None  # which text our reading is of; None when nobody here read it
    commercial_use: str = "unknown"  # by its own license alone
    uses: tuple[UseVerdict, ...] = ()  # by its own license alone
    clauses: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseReport:
    """The license question about one model: a verdict per use, the strictest along the chain."""

    ref: str
    uses: tuple[UseVerdict, ...]  # one per vocabulary.USES, in that order
    clauses: tuple[Clause, ...]  # of the whole chain, each once
    chain: tuple[LicenseLink, ...]  # itself first
    conflict: str | None = None  # the sentence that says so, where a row contradicts its base
    cut: bool = False  # the chain is longer than what is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageNode:
    """One model in the tree around a model."""

    model: ModelRecord | None  # None: the catalog does not hold it
    ref: str
    name: str
    relation: str | None = None  # how it derives from the node above it


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageBranch:
    """The children of one model by one relation, the most popular first."""

    relation: str | None
    total: int
    nodes: tuple[LineageNode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """The same model at another source, or the same weights in another form."""

    model: ModelRecord
    why: str  # one sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageReport:
    """Where a model comes from, what was made of it, and where else it is."""

    ref: str
    ancestors: tuple[tuple[LineageNode, ...], ...] = ()  # nearest generation first
    children: tuple[LineageBranch, ...] = ()
    siblings: tuple[LineageNode, ...] = ()  # other copies of its one base, the most popular
    siblings_total: int = 0
    twins: tuple[Twin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyMember:
    """One size of a family, as its publisher released it and the catalog holds it."""

    label: str  # "small", "8B"
    model: ModelRecord
    parameter_count: int | None  # the catalog's count, else the published figure
    published: bool = False  # the count is the published figure, rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyFact:
    """A family of models: how it is called and in which sizes it comes."""

    slug: str  # as typed after `family:`
    name: str
    publisher: str | None  # None for a family that only occurs in rows
    total: int  # rows of the catalog that are of it
    members: tuple[FamilyMember, ...] = ()  # smallest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """A model that could stand in for another, and what speaks for it."""

    model: ModelRecord
    gains: tuple[str, ...] = ()  # keys: "license", "size", "popularity", "newer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to run a model with one tool: what to type."""

    tool: str  # transformers, diffusers, llama.cpp, ollama, vllm, ...
    language: str  # python, bash
    code: str
    needs: tuple[str, ...] = ()  # packages to install
    notes: tuple[str, ...] = ()  # keys of what one should know first, the page has their words


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One bar, segment or tile of a chart: what it stands for, and how many repositories that is.

    A key is a value as one types it, `unknown` where no source said, "" for all that have no slice
    of their own; `members` is how many values those are.
    """

    keys: tuple[str, ...]
    count: int
    members: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The repositories of a query, each counted in exactly one slice."""

    total: int
    slices: tuple[Slice, ...] = ()

    def count(self, *keys: str) -> int:
        """How many repositories stand under these first keys."""
        at = len(keys)
        return sum(part.count for part in self.slices if part.keys[:at] == keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One quantization: who offers it. A repository stands on every rung that it offers."""

    quant_type: str
    repositories: int
    file_sets: int  # weights needed together to run; listed files, or else what a row states
    bits_per_weight: float | None = None  # what it usually comes to; None: nobody here knows


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantLadder:
    """The quantizations that the repositories of a query offer, most bits first, unknown last."""

    total: int
    rungs: tuple[Rung, ...] = ()
    unknown: int = 0  # repositories that state none at all


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilySize:
    """One size of a family: the most popular model of it, and how many others are that large."""

    ref: str
    name: str
    parameter_count: int
    others: int = 0
    published: bool = False  # the count is its publisher's word, the row states none


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilySizes:
    """The sizes in which the home of a family publishes it, the smallest first."""

    family: str  # as typed after `family:`
    name: str
    author: str | None  # whose models these are
    repositories: int  # of the whole family in the query
    unknown: int = 0  # of them, those that state no parameters
    sizes: tuple[FamilySize, ...] = ()
    more: int = 0  # sizes that are not listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of the rows that could have a fact have it."""

    known: int
    of: int

    @property
    def ratio(self) -> float | None:
        """0 to 1; None where no row could have it."""
        return self.known / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How complete and how sound the rows of one source are, or of all."""

    source: str | None  # None: all of them
    models: int
    license: Share  # a verdict, of the rows that state anything about a license
    parameters: Share  # of the rows that have weights of their own
    quantization: Share
    task: Share
    family: Share
    size: Share
    context: Share  # of the rows that read text
    flags: tuple[tuple[str, int], ...] = ()  # in the order of the vocabulary, those that occur
    beyond_base: int = 0  # rows more permissive than a base of theirs: must be none
    names_checked: int = 0  # rows whose name tells a size and whose count is known
    names_wrong: int = 0  # of these over 15 % from it without a flag


COVERAGE_SHARES = ("license", "parameters", "quantization", "task", "family", "size", "context")


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One value that a person put in the place of what a source says, and why."""

    ref: str
    field: str  # of ModelRecord
    value: str | int | None
    reason: str  # one sentence
    author: str
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSet:
    """One set of files that runs, or a quantization of which only the name is known."""

    name: str  # "Q4_K_M", without the version before it
    version_id: str | None = None
    format: str | None = None
    size_bytes: int | None = None
    estimated: bool = False  # worked out from parameters and bits, no file was seen
    bits_per_weight: float | None = None
    files: int = 0
    scans: tuple[str, ...] = ()  # what the source's scans of its files say
    pickle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCount:
    """A parameter count that the one of a model can be held against."""

    parameter_count: int
    of: str | None = None  # the id of the base that has it; None: the model's name says so
