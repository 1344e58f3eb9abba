"""The pages of the Ollama library: as they are, as they were, and as they may become."""

from __future__ import annotations

import csv
import gzip
import random
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import SourceChanged
from catalog.sources.ollama import library
from catalog.sources.ollama.library import (
    MODEL,
    TAG,
    bytes_of,
    number_of,
    read_listing,
    read_tags,
)
from tests.replay.ollama import MARKUPS, fixture_models, listing_page, tags_page

SEEN = datetime(2026, 8, 21, 3, tzinfo=UTC)
MODELS = fixture_models()


def ids_of(model: dict) -> dict[str, str]:  # type: ignore[type-arg]
    return {key: key for key in model["manifests"]}


@pytest.mark.parametrize("markup", MARKUPS)
def test_the_listing_is_read_by_its_marks_or_by_what_it_must_show(markup: str) -> None:
    listing = read_listing(listing_page(MODELS, markup).encode())
    assert not listing.rejected
    found = {one.model.name: one for one in listing.models}
    assert len(found) == len(MODELS) == 12
    for model in MODELS:
        one = found[model["name"]]
        assert one.model.pulls == number_of(model["pulls"])
        assert one.tag_count == len(model["tags"])
        assert one.model.capabilities == tuple(model["capabilities"])
        assert one.model.sizes == tuple(model["sizes"])
    assert found["llama3.1"].model.updated_at == datetime(2024, 11, 30, 22, 34, tzinfo=UTC)
    assert found["kimi-k2.6"].model.updated_at is None  # "3 weeks ago" is no moment
    pulls = [one.model.pulls for one in listing.models]
    assert pulls == sorted(pulls, key=lambda number: -(number or 0))


@pytest.mark.parametrize("markup", MARKUPS)
@pytest.mark.parametrize("name", [model["name"] for model in MODELS])
def test_the_tags_of_a_model_are_read_with_id_size_context_and_input(
    markup: str, name: str
) -> None:
    model = next(one for one in MODELS if one["name"] == name)
    page = read_tags(tags_page(model, ids_of(model), markup).encode(), name, SEEN)
    assert not page.rejected
    assert [tag.tag for tag in page.tags] == [tag["tag"] for tag in model["tags"]]
    for read, told in zip(page.tags, model["tags"], strict=True):
        assert read.manifest_id == told["id"]
        assert read.size_bytes == (bytes_of(told["size"]) if told["size"] else None)
        assert read.inputs == tuple(told["inputs"])
        assert read.context_length is not None
    context = {"llama3.1": 131_072, "gemma3n": 32_768, "kimi-k2.6": 262_144}
    if name in context:
        assert page.tags[0].context_length == context[name]


def test_no_models_is_an_answer_and_an_empty_page_is_none() -> None:
    assert read_listing(listing_page([], "marked").encode()).models == ()
    for page in ("", "<html>", "No models", "<ul x-test-repos></ul>", "<p>Just a moment...</p>"):
        with pytest.raises(SourceChanged, match="no model"):
            read_listing(page.encode())


def test_rows_without_any_figure_are_a_changed_page() -> None:
    bare = "".join(f'<li><a href="/library/{name}">{name}</a></li>' for name in "abc")
    with pytest.raises(SourceChanged, match="neither pulls nor tags"):
        read_listing(bare.encode())
    rows = "".join(f'<p><a href="/library/a:{tag}">a:{tag}</a> 4.9GB</p>' for tag in ("7b", "8b"))
    with pytest.raises(SourceChanged, match="no tag of a"):
        read_tags(rows.encode(), "a", SEEN)
    sized = "".join(f'<p><a href="/library/a:{t}">a:{t}</a> 46e0c10c039e</p>' for t in ("7b", "8b"))
    with pytest.raises(SourceChanged, match="no size"):
        read_tags(sized.encode(), "a", SEEN)


def test_a_page_that_costs_too_much_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "READ_SECONDS", 0.05)
    cards = "".join(
        f'<ul><li x-test-model><a href="/library/m{at}">m</a><b x-test-pull-count>9</b>'
        for at in range(500)
    )
    with pytest.raises(SourceChanged, match="could not be read within"):
        read_listing(cards.encode())
    link = '<a href="/library/a:t{0}">a:t{0}</a> 46e0c10c039e 4.9GB'
    rows = "<div>" * 200 + "".join(map(link.format, range(4_000)))
    with pytest.raises(SourceChanged, match="could not be read within"):
        read_tags(rows.encode(), "a", SEEN)


def test_a_model_that_is_only_in_the_cloud_needs_no_size() -> None:
    row = '<p><a href="/library/a:cloud">a:cloud</a> 46e0c10c039e <b>256K</b></p>'
    (tag,) = read_tags(row.encode(), "a", SEEN).tags
    assert tag.size_bytes is None and tag.context_length == 262_144 and tag.inputs == ()


def test_a_row_may_have_its_tag_as_a_heading_and_no_other() -> None:
    row = '<div><h3><a href="/library/a:7b">a:7b</a></h3><i>46e0c10c039e</i> <b>4.9GB</b></div>'
    page = f"<div><h2>A model of 70GB, deadbeefcafe</h2>{row}</div>"
    (tag,) = read_tags(page.encode(), "a", SEEN).tags
    assert (tag.manifest_id, tag.size_bytes) == ("46e0c10c039e", 4_900_000_000)


def test_one_row_without_an_id_is_put_aside_and_the_others_stay() -> None:
    rows = (
        '<p><a href="/library/a:7b">a:7b</a> 46e0c10c039e 4.9GB 2 days ago</p>'
        '<p><a href="/library/a:8b">a:8b</a> 5.9GB</p>'
        '<p><a href="/library/b:8b">b:8b</a> 711a9e8463af 5.9GB</p>'
        '<p><a href="/library/a:%2e%2e%2fx">a</a> 711a9e8463af 5.9GB</p>'
    )
    page = read_tags(rows.encode(), "a", SEEN)
    assert [tag.tag for tag in page.tags] == ["7b"]
    assert page.tags[0].updated_on is not None and page.tags[0].updated_on.day == 19
    assert [(one.id, one.reason) for one in page.rejected] == [
        ("a:8b", "its row shows no manifest id"),
        ("a:%2e%2e%2fx", "not a name of a tag"),
    ]


@pytest.mark.parametrize("front", ["https://ollama.com", "/mirror", "http://a.example:80/b/c", ""])
def test_links_of_a_mirror_are_read_and_never_followed(front: str) -> None:
    model = MODELS[0]
    page = listing_page(MODELS, "bare").replace('href="/library/', f'href="{front}/library/')
    assert len(read_listing(page.encode()).models) == 12
    rows = tags_page(model, ids_of(model), "marked").replace("/library/", f"{front}/library/")
    assert len(read_tags(rows.encode(), model["name"], SEEN).tags) == 20


HOSTILE = ["..", ".", "../../etc", "a b", "A", "a%2f", "a\nb", "-a", "é", "", "a" * 81, "a\x00b",
           "a?x=1", "a#b", "a@b", "a\\b"]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_could_lead_elsewhere_are_none(name: str) -> None:
    assert MODEL.fullmatch(name) is None
    assert name in ("A", "a" * 81) or TAG.fullmatch(name) is None


def test_hostile_names_on_the_page_are_put_aside() -> None:
    items = [
        f'<li x-test-model><a href="/library/{name}"><b x-test-pull-count>1</b></a></li>'
        for name in ("good", "A", "..", "a b")
    ]
    items.append('<li x-test-model><h2 x-test-model-title title="../x">x</h2></li>')
    items.append("<li x-test-model><a href>nothing</a></li>")
    items.append("<li x-test-model><a x-test-model-title>titled</a></li>")
    listing = read_listing("".join(items).encode())
    assert [one.model.name for one in listing.models] == ["good", "titled"]
    assert sorted(one.id for one in listing.rejected) == ["", "..", "../x", "A", "a b"]


@pytest.mark.parametrize(
    ("words", "number"),
    [("118.7M", 118_700_000), ("1,234", 1_234), ("1,5K", 1_500), ("37", 37), ("1B", 10**9),
     ("118,712,345", 118_712_345), ("1,234,567K", None), ("1,23,456", None),
     ("", None), ("many", None), ("1.2.3M", None), ("999999T", 999_999 * 10**12)],
)  # fmt: skip
def test_pulls_are_decimal(words: str, number: int | None) -> None:
    assert number_of(words) == number


def test_a_moment_that_cannot_be_is_none() -> None:
    item = '<li x-test-model title="Foo 99, 2025 6:09 AM UTC"><a href="/library/a">7 Pulls</a></li>'
    (one,) = read_listing(item.encode()).models
    assert one.model.updated_at is None and one.model.pulls == 7


def test_sizes_are_decimal() -> None:
    assert bytes_of("4.9GB") == 4_900_000_000 and bytes_of("292MB") == 292_000_000
    assert bytes_of("1.6 TB") == 1_600_000_000_000 and bytes_of("46KB") == 46_000
    assert bytes_of("0GB") is None and bytes_of("GB") is None and bytes_of("4.9GiB") is None


@given(st.binary(max_size=2_000))
def test_any_bytes_are_a_page_or_a_changed_one(body: bytes) -> None:
    for read in (read_listing, lambda page: read_tags(page, "llama3.1", SEEN)):
        with pytest.raises(SourceChanged):
            read(body)


def mangled(page: bytes, luck: random.Random) -> bytes:
    """The page as a bad proxy, a new template or an enemy may send it."""
    for _ in range(luck.randint(1, 6)):
        at = luck.randrange(len(page))
        what = luck.randrange(7)
        if what == 0:
            page = page[:at]
        elif what == 1:
            page = page[:at] + bytes(luck.randrange(256) for _ in range(9)) + page[at:]
        elif what == 2:
            page = page[:at] + page[at + luck.randrange(2_000) :]
        elif what == 3:
            page = page.replace(
                luck.choice([b"x-test-", b"</a>", b"library/", b"GB", b"span"]), b""
            )
        elif what == 4:
            page = page[:at] + b"<div>" * luck.randrange(300) + page[at:]
        elif what == 5:
            page = page.replace(b'"', luck.choice([b"'", b"", b'"<']), luck.randrange(500))
        else:
            page = page[at:] + page[:at]
        page = page or b"x"
    return page


def fuzz(number: int) -> None:
    luck = random.Random(20260821)
    model = MODELS[0]
    pages = [listing_page(MODELS, markup).encode() for markup in MARKUPS]
    tags = [tags_page(model, ids_of(model), markup).encode() for markup in MARKUPS]
    read = 0
    for _ in range(number // 2):
        try:
            listing = read_listing(mangled(luck.choice(pages), luck))
            assert all(MODEL.fullmatch(one.model.name) for one in listing.models)
            read += 1
        except SourceChanged as error:
            assert str(error)
        try:
            page = read_tags(mangled(luck.choice(tags), luck), model["name"], SEEN)
            assert all(TAG.fullmatch(tag.tag) for tag in page.tags)
            assert all(len(tag.manifest_id) == 12 for tag in page.tags)
            read += 1
        except SourceChanged as error:
            assert str(error)
    assert read > number // 10  # not all of them were beyond reading


def test_a_thousand_mangled_pages_are_read_or_named() -> None:
    fuzz(1_000)


@pytest.mark.nightly
def test_ten_thousand_mangled_pages_are_read_or_named() -> None:
    fuzz(10_000)


@pytest.fixture
def real_page(shared_data: Path):  # type: ignore[no-untyped-def]
    return lambda name: gzip.decompress(
        (shared_data / "ollama" / "html" / f"{name}.html.gz").read_bytes()
    )


@pytest.mark.shared
def test_the_real_listings_are_read_whole(real_page) -> None:  # type: ignore[no-untyped-def]
    popular = read_listing(real_page("library__listing-popular"))
    assert len(popular.models) == 176 and not popular.rejected
    for one in popular.models:
        assert one.model.pulls and one.tag_count and one.model.updated_at
    assert popular.models[0].model.name == "llama3.1" and popular.models[0].tag_count == 93
    assert popular.models[0].model.capabilities == ("tools",)
    wizard = read_listing(real_page("library__listing-search-wizard"))
    assert len(wizard.models) == 7
    assert read_listing(real_page("library__listing-search-no-results")).models == ()


@pytest.mark.shared
def test_the_real_listing_is_read_alike_without_its_marks(real_page) -> None:  # type: ignore[no-untyped-def]
    page = real_page("library__listing-popular")
    plain = re.sub(rb" x-test-[a-z-]+", b"", page)
    assert plain.count(b"x-test") == 0
    assert read_listing(plain) == read_listing(page)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("model", "tags", "manifests"),
    [("magistral", 5, 3), ("wizard-math", 64, 60), ("wizard-vicuna-uncensored", 49, 45)],
)
def test_the_real_tags_pages_are_read_whole(  # type: ignore[no-untyped-def]
    model: str, tags: int, manifests: int, real_page
) -> None:
    page = read_tags(real_page(f"models__{model}__tags"), model, SEEN)
    assert len(page.tags) == tags and not page.rejected
    assert len({tag.manifest_id for tag in page.tags}) == manifests
    assert all(tag.size_bytes and tag.context_length and tag.inputs for tag in page.tags)


@pytest.mark.shared
def test_pages_of_other_kinds_are_named_as_changed_ones(shared_data: Path) -> None:
    others = [
        path
        for path in sorted((shared_data / "ollama" / "html").glob("models__*.html.gz"))
        if not path.name.endswith("__tags.html.gz")
    ]
    assert len(others) == 6
    for path in others:
        with pytest.raises(SourceChanged):
            read_tags(gzip.decompress(path.read_bytes()), path.name.split("__")[1], SEEN)


@pytest.mark.shared
def test_sizes_of_the_pages_are_near_the_exact_ones_when_read_as_decimal(
    shared_data: Path,
) -> None:
    path = shared_data / "ollama" / "ollama_library_tags_2026-08-21.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["size_bytes_exact"]]
    assert len(rows) == 1_010
    errors = [
        abs((bytes_of(row["size_text"]) or 0) / int(row["size_bytes_exact"]) - 1) for row in rows
    ]
    assert max(errors) < 0.042 and sum(errors) / len(errors) < 0.008
