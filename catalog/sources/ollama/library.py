"""The pages of the Ollama library: which models there are, and the tags of each.

The pages are made for people and change without notice. What they mark for tests (`x-test-*`) is
read first, what any such page must have (links, digests, words like `4.9GB`) where the marks are
gone; a page that gives nothing by either way is an error, never an empty list.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from catalog.errors import SourceChanged
from catalog.normalize.ollama_tag import read_tag
from catalog.normalize.ollama_variants import SiteModel, SiteTag, day_of
from catalog.normalize.plain import MAX_INT, text
from catalog.sources.base import Rejected, rejected

WHO = "The Ollama library"
SETTING = "CARDEX_OLLAMA_LIBRARY"
MODEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
MOST_ROWS = 20_000  # of one page
READ_SECONDS = 30.0  # for one page; a real one takes less than one

# To a model, or to a tag of one; a mirror may put a host or a folder in front. Only read, never
# followed.
_LINK = re.compile(
    r"(?:https?://[^/?#]*)?(?:/[^:?#]*)?/library/([^/:?#]{1,200})(?::([^/?#]{1,300}))?"
)
_LINKS = 'a[href*="/library/"]'
_LONGEST_LINK = 700
_CAPABILITIES = frozenset(
    "tools thinking vision embedding audio cloud insert completion image".split()  # noqa: SIM905
)
_NUMBER = re.compile(r"(\d{1,3}(?:,\d{3}){2,4}(?![KMBT])|\d{1,6}(?:[.,]\d{1,3})?)([KMBT]?)")
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_PULLS = re.compile(r"(\d[\d.,]{0,12}[KMBT]?)\s*(?:Pulls|Downloads)\b")
_TAGS = re.compile(r"(\d{1,5})\s*Tags?\b")
_MOMENT = re.compile(r"([A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d{2} [AP]M) UTC")
_ID = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{12}(?![0-9A-Za-z])")
_BYTES = re.compile(r"(?<![\d.])(\d{1,4}(?:\.\d{1,3})?)\s?([KMGT]B)(?![A-Za-z])")
_BYTE_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_CONTEXT = re.compile(r"(\d{1,6}(?:\.\d{1,2})?)([KM]?)")
_CONTEXT_WORDS = re.compile(r"(?<![\d.])(\d{1,6}(?:\.\d{1,2})?)([KM]?) context")
_CONTEXT_UNITS = {"": 1, "K": 1024, "M": 1024**2}
_INPUTS = ("Text", "Image", "Audio", "Video")
_INPUT = re.compile(r"(?:Text|Image|Audio|Video)(?:, ?(?:Text|Image|Audio|Video)){0,3}")
_INPUT_WORDS = re.compile(rf"({_INPUT.pattern}) input")
_SHELVES = frozenset({"body", "html", "main", "section", "table", "tbody", "ul", "ol"})
_AGO = re.compile(r"\d{1,3} (?:second|minute|hour|day|week|month|year)s? ago|yesterday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One model of the listing, and how many tags it is said to have."""

    model: SiteModel
    tag_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The library page: the models in the order of their pulls, and what could not be one."""

    models: tuple[Listed, ...]
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsPage:
    """The tags page of one model."""

    tags: tuple[SiteTag, ...]
    rejected: tuple[Rejected, ...] = ()


def read_listing(body: bytes) -> Listing:
    """The models of a library page; SourceChanged when it shows none and does not say so."""
    until = time.monotonic() + READ_SECONDS
    page = _page(body)
    found: dict[str, Listed] = {}
    bad: list[Rejected] = []
    for name, item in _items(page):
        _in_time(until)
        if MODEL.fullmatch(name) is None:
            bad.append(rejected(name, "not a name of a model"))
        else:
            found.setdefault(name, _listed(name, item))
    if not found:
        if _says_none(page):
            return Listing(models=(), rejected=tuple(bad))
        raise SourceChanged(f"{WHO} shows no model in a way that is known here.")
    told = list(found.values())
    if all(one.model.pulls is None and one.tag_count is None for one in told):
        raise SourceChanged(f"{WHO} tells neither pulls nor tags of any model any more.")
    told.sort(key=lambda one: -(one.model.pulls or 0))
    return Listing(models=tuple(told), rejected=tuple(bad))


def read_tags(body: bytes, model: str, seen_at: datetime) -> TagsPage:
    """The tags of a model's page; raises SourceChanged when it shows none that can be used."""
    until = time.monotonic() + READ_SECONDS
    rows: dict[str, SiteTag] = {}
    bad: list[Rejected] = []
    for tag, row in _rows(_page(body), model, until):
        if TAG.fullmatch(tag) is None:
            bad.append(rejected(f"{model}:{tag}", "not a name of a tag"))
            continue
        read = _tag(tag, row, seen_at)
        if read is None:
            bad.append(rejected(f"{model}:{tag}", "its row shows no manifest id"))
        else:
            rows[tag] = read
    if not rows:
        raise SourceChanged(f"{WHO} shows no tag of {model} in a way that is known here.")
    here = [row for row in rows.values() if not read_tag(row.tag).cloud]
    if here and all(row.size_bytes is None for row in here):
        raise SourceChanged(f"{WHO} shows no size of any tag of {model} any more.")
    return TagsPage(tags=tuple(rows.values()), rejected=tuple(bad))


def _in_time(until: float) -> None:
    """Raise SourceChanged when a page costs more than one can: nodes within nodes, thousands deep.

    Each row is read by looking at what is around it, so time grows with the square of such a page.
    """
    if time.monotonic() > until:
        raise SourceChanged(
            f"{WHO} sent a page that could not be read within {READ_SECONDS:g} seconds."
        )


def _page(body: bytes) -> LexborHTMLParser:
    return LexborHTMLParser(body.decode("utf-8", "replace").replace("\0", ""))


def _says_none(page: LexborHTMLParser) -> bool:
    shelf = page.css_first("[x-test-repos]")
    return shelf is not None and "No models" in _words(shelf)


def _items(page: LexborHTMLParser) -> Iterator[tuple[str, LexborNode]]:
    """Name and node of each model: what is marked as one, else every link to a model."""
    marked = page.css("li[x-test-model]")[:MOST_ROWS]
    if marked:
        for item in marked:
            yield _name_of(item), item
        return
    for link in page.css(_LINKS)[:MOST_ROWS]:
        name, tag = _linked(link)
        if name is not None and tag is None:
            yield name, _card_of(link)


def _name_of(item: LexborNode) -> str:
    for link in item.css(_LINKS):
        name, tag = _linked(link)
        if name is not None and tag is None:
            return name
    titled = item.css_first("[x-test-model-title], [x-test-search-response-title]")
    return (titled.attributes.get("title") or _words(titled)) if titled is not None else ""


def _card_of(link: LexborNode) -> LexborNode:
    """The list item around a link, else the link itself."""
    node: LexborNode | None = link
    while node is not None:
        if node.tag == "li":
            return node
        node = node.parent
    return link


def _listed(name: str, item: LexborNode) -> Listed:
    words = _words(item)
    leaves = _leaves(item)
    sizes = _all_marked(item, "x-test-size") or tuple(dict.fromkeys(leaves))
    pulls = _marked(item, "x-test-pull-count") or _last(_PULLS, words)
    tags = _marked(item, "x-test-tag-count") or _last(_TAGS, words)
    return Listed(
        model=SiteModel(
            name=name,
            pulls=number_of(pulls) if pulls is not None else None,
            capabilities=_all_marked(item, "x-test-capability")
            or tuple(dict.fromkeys(leaf for leaf in leaves if leaf in _CAPABILITIES)),
            sizes=tuple(word for word in sizes if read_tag(word).size == word),
            updated_at=_moment(item),
        ),
        tag_count=number_of(tags) if tags is not None else None,
    )


def number_of(words: str) -> int | None:
    """The number of `118.7M`; decimal, as downloads are counted."""
    match = _NUMBER.fullmatch(words.strip())
    if match is None:
        return None
    digits = match[1].replace(",", "") if match[2] == "" else match[1].replace(",", ".")
    number = round(float(digits) * _UNITS[match[2]])
    return number if number <= MAX_INT else None


def bytes_of(words: str) -> int | None:
    """The bytes of `4.9GB`; the site counts in powers of ten."""
    match = _BYTES.search(words)
    return round(float(match[1]) * _BYTE_UNITS[match[2]]) or None if match is not None else None


def context_of(digits: str, unit: str) -> int | None:
    """The tokens of `128` and `K`; here K is 1024."""
    return round(float(digits) * _CONTEXT_UNITS[unit]) or None


def _moment(item: LexborNode) -> datetime | None:
    for node in item.css("[title]"):
        match = _MOMENT.fullmatch(node.attributes.get("title") or "")
        if match is not None:
            try:
                return datetime.strptime(match[1], "%b %d, %Y %I:%M %p").replace(tzinfo=UTC)
            except ValueError:
                return None
    return None


def _rows(page: LexborHTMLParser, model: str, until: float) -> Iterator[tuple[str, LexborNode]]:
    """Tag and the largest node around its link that speaks of this tag alone."""
    seen: set[str] = set()
    for link in page.css(_LINKS)[: 4 * MOST_ROWS]:
        name, tag = _linked(link)
        if name == model and tag is not None and tag not in seen:
            seen.add(tag)
            yield tag, _row_of(link, model, tag, until)


def _linked(link: LexborNode) -> tuple[str | None, str | None]:
    """The model and the tag that a link leads to."""
    match = _LINK.fullmatch((link.attributes.get("href") or "")[:_LONGEST_LINK])
    return (match[1], match[2]) if match is not None else (None, None)


def _row_of(link: LexborNode, model: str, tag: str, until: float) -> LexborNode:
    """The smallest node around a link with a digest and a size, else with a digest.

    It never grows over a link to another tag, nor over the head of the page.
    """
    with_id: LexborNode | None = None
    node: LexborNode | None = link
    while node is not None and not _is_beyond(node, model, tag):
        _in_time(until)
        words = _words(node).replace(f":{tag}", " ")
        if _ID.search(words):
            with_id = with_id or node
            if _BYTES.search(words):
                return node
        node = node.parent
    return with_id or link


def _is_beyond(node: LexborNode, model: str, tag: str) -> bool:
    """Whether a node is more than the row of one tag."""
    if node.tag in _SHELVES or node.css_first("[x-test-pull-count]") is not None:
        return True
    if any(f":{tag}" not in _words(heading) for heading in node.css("h1, h2, h3")):
        return True
    return any(name == model and other != tag for name, other in map(_linked, node.css(_LINKS)))


def _tag(tag: str, row: LexborNode, seen_at: datetime) -> SiteTag | None:
    words = _words(row).replace(f":{tag}", " ")  # a tag may look like a size or a digest
    leaves = _leaves(row)
    found = _ID.search(words)
    if found is None:
        return None
    ago = _AGO.search(words)
    return SiteTag(
        tag=tag,
        manifest_id=found[0],
        size_bytes=bytes_of(words),
        context_length=_context(words, leaves),
        inputs=_inputs(words, leaves),
        updated_on=day_of(ago[0], seen_at) if ago is not None else None,
    )


def _context(words: str, leaves: Iterable[str]) -> int | None:
    match = _CONTEXT_WORDS.search(words)
    if match is None:
        cells = (_CONTEXT.fullmatch(leaf) for leaf in leaves)
        match = next((cell for cell in cells if cell is not None), None)
    return context_of(match[1], match[2]) if match is not None else None


def _inputs(words: str, leaves: Iterable[str]) -> tuple[str, ...]:
    match = _INPUT_WORDS.search(words)
    told = match[1] if match is not None else next(filter(_INPUT.fullmatch, leaves), "")
    return tuple(word for word in _INPUTS if word in told)


def _words(node: LexborNode) -> str:
    """All text of a node with single spaces between."""
    return " ".join(node.text(deep=True, separator=" ").split())


def _leaves(node: LexborNode) -> tuple[str, ...]:
    """The text of each element that holds nothing but text."""
    found = (one for one in node.css("*") if next(iter(one.iter()), None) is None)
    return tuple(words for one in found if (words := _words(one)))


def _marked(item: LexborNode, mark: str) -> str | None:
    node = item.css_first(f"[{mark}]")
    return text(_words(node), 40) if node is not None else None


def _all_marked(item: LexborNode, mark: str) -> tuple[str, ...]:
    found = (text(_words(node), 40) for node in item.css(f"[{mark}]"))
    return tuple(dict.fromkeys(word.lower() for word in found if word is not None))[:40]


def _last(pattern: re.Pattern[str], words: str) -> str | None:
    """The last match: the figures of a card stand below its description."""
    found = pattern.findall(words)
    return found[-1] if found else None
