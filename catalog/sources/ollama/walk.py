"""The Ollama library as a source: one batch for each model, exact where the registry was read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from catalog.errors import Offline, SourceChanged, SourceUnreachable
from catalog.normalize import ollama_row
from catalog.normalize.ollama_manifest import Manifest
from catalog.normalize.ollama_variants import Variant, variants_of
from catalog.records import ModelRecord
from catalog.settings import Settings
from catalog.sources import http, routes, wires
from catalog.sources.base import Batch, Clock, Selection
from catalog.sources.ollama import library, registry
from catalog.sources.ollama.registry import Registry

NAME = "ollama"
PAGE_BYTES = 20_000_000  # the whole library was 0.6 MB in August 2025
ANSWER_BYTES = 8_000_000  # of the registry: a manifest of 20,000 tensors has 5 MB
GAP_SECONDS = 0.2
FAILED_PAGES = 3  # one after another, then it is the site and not a model
LEAST_TAGS = 0.8  # of those that the listing counts; fewer on the page are worth a word
WHOLE_DIGEST = 64


@dataclass(slots=True, kw_only=True)
class _Place:
    """Where a walk stands: the models that are done, and how many manifests were read for it."""

    done: list[str] = field(default_factory=list)
    manifests: int = 0

    def __str__(self) -> str:
        return json.dumps([self.manifests, *self.done])


@dataclass(slots=True, kw_only=True)
class Ollama:
    """The library and its registry, or mirrors of them."""

    library_url: str
    fetcher: http.Fetcher
    registry: Registry
    clock: Clock = field(default_factory=Clock)
    offline: bool = False
    name: str = NAME

    @property
    def endpoint(self) -> str:
        """Both addresses; no user name or password."""
        return f"{_bare(self.library_url)} {_bare(self.registry.endpoint)}"

    def fetch(self, selection: Selection, cursor: str | None = None) -> Iterator[Batch]:
        """One batch for each model, the most pulled first.

        `selection.since` changes nothing: only the pages tell what changed, and they are few.
        """
        self._may_go_out()
        listing = library.read_listing(self._page("library"))
        models = listing.models[: selection.limit]
        place = _place(cursor)
        done = frozenset(place.done)
        if listing.rejected and not done:
            yield Batch(cursor=str(place), rejected=listing.rejected)
        failed = 0
        for at, listed in enumerate(models):
            if listed.model.name in done:
                continue
            place.done.append(listed.model.name)
            left = sum(one.tag_count or 1 for one in models[at + 1 :])
            try:
                batch = self._model(listed, selection, place, left)
            except SourceChanged as error:
                failed += 1
                if failed >= FAILED_PAGES:
                    raise
                batch = Batch(cursor=str(place), problem=str(error), left=left)
            else:
                failed = 0
            yield batch

    def _may_go_out(self) -> None:
        if self.offline:
            raise Offline("The Ollama library was not asked: CARDEX_OFFLINE forbids going out.")
        for setting, address in (
            (library.SETTING, self.library_url),
            (registry.SETTING, self.registry.endpoint),
        ):
            scheme, host, _ = http.origin(address)
            if scheme not in {"http", "https"} or not host:
                raise SourceUnreachable(f"{setting} is not an http or https address.")

    def _model(
        self, listed: library.Listed, selection: Selection, place: _Place, left: int
    ) -> Batch:
        model = listed.model
        fetched_at = self.clock.now()
        page = library.read_tags(self._page(f"library/{model.name}/tags"), model.name, fetched_at)
        variants = variants_of(model, page.tags)
        was_fine = self.registry.problem is None
        manifests = self._manifests(variants, selection, place)
        rows = tuple(
            ollama_row.to_record(
                variant,
                manifests.get(variant.ref),
                fetched_at=fetched_at,
                held=_held(variant, selection) if variant.ref not in manifests else None,
            )
            for variant in variants
        )
        problem = _few(listed, len(page.tags) + len(page.rejected))
        if was_fine and self.registry.problem is not None:
            problem = self.registry.problem
        return Batch(
            cursor=str(place),
            rows=rows,
            rejected=page.rejected,
            left=left,
            problem=problem,
            withdrawn=_by_another_name(rows),
            quota=self.registry.fetcher.quota or self.fetcher.quota,
        )

    def _manifests(
        self, variants: tuple[Variant, ...], selection: Selection, place: _Place
    ) -> Mapping[str, Manifest]:
        """The manifests that are worth a request, by ref."""
        found: dict[str, Manifest] = {}
        for variant in variants:
            if not variant.default and not selection.full:
                held = _held(variant, selection) or ""
                if len(held) == WHOLE_DIGEST or place.manifests >= selection.top:
                    continue
                place.manifests += 1
            tag, site = variant.tags[0], variant.site
            manifest = self.registry.manifest(variant.model.name, tag, site.manifest_id)
            if manifest is not None:
                found[variant.ref] = manifest
        return found

    def _page(self, path: str) -> bytes:
        # `path` is of names that library.MODEL allows: it cannot leave the folder.
        headers = {"accept": "text/html", "user-agent": registry.AGENT}
        answer = self.fetcher.get(f"{self.library_url}/{path}", headers)
        registry.check(answer, library.WHO, library.SETTING)
        return answer.body


def make(settings: Settings, clock: Clock, limits: http.Limits | None = None) -> Ollama:
    """The source as the settings describe it; neither address is ever sent a token."""
    wire = wires.RequestsWire(settings.ca_bundle)

    def fetcher(who: str, setting: str, most: int, follow: http.Follow) -> http.Fetcher:
        own = limits or http.Limits(gap_seconds=GAP_SECONDS, body_bytes=most)
        return http.Fetcher(wire, who=who, clock=clock, limits=own, follow=follow, setting=setting)

    return Ollama(
        library_url=settings.ollama_library,
        fetcher=fetcher(library.WHO, library.SETTING, PAGE_BYTES, http.same_origin),
        registry=Registry(
            endpoint=settings.ollama_registry,
            fetcher=fetcher(registry.WHO, registry.SETTING, ANSWER_BYTES, registry.may_follow),
        ),
        clock=clock,
        offline=settings.offline,
    )


def _held(variant: Variant, selection: Selection) -> str | None:
    """The revision under which the catalog has exact files of this very manifest."""
    known = selection.known_revision(variant.ref)
    return known if known is not None and known.startswith(variant.site.manifest_id) else None


def _by_another_name(rows: Iterable[tuple[ModelRecord, object]]) -> tuple[str, ...]:
    """Tags that may have been rows of their own, before a shorter tag was given to them."""
    aliases = (alias for record, _ in rows for alias in record.aliases)
    return tuple(alias for alias in aliases if alias.count(":") == 2)


def _few(listed: library.Listed, seen: int) -> str | None:
    counted = listed.tag_count or 0
    if seen >= LEAST_TAGS * counted:
        return None
    return f"{library.WHO} counts {counted} tags of {listed.model.name}, its page shows {seen}."


def _place(cursor: str | None) -> _Place:
    """The place that a cursor names; the start for anything that is none of ours."""
    try:
        read = json.loads(cursor or "")
    except (ValueError, RecursionError):
        return _Place()
    if not isinstance(read, list) or not read or not isinstance(read[0], int):
        return _Place()
    return _Place(manifests=read[0], done=[name for name in read[1:] if isinstance(name, str)])


def _bare(address: str) -> str:
    return routes.without_login(address)
