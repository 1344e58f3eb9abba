"""The Ollama source over the real client against a library and a registry on this machine."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from catalog import settings as settings_module
from catalog.errors import (
    Offline,
    SourceBusy,
    SourceChanged,
    SourceError,
    SourceRefused,
    SourceUnreachable,
)
from catalog.normalize.ollama_row import to_record
from catalog.normalize.ollama_variants import SiteModel, SiteTag, variants_of
from catalog.records import to_json
from catalog.sources import SOURCES, Batch, Selection, http, ollama
from catalog.sources.ollama import registry
from tests.replay import certificates
from tests.replay import server as faults
from tests.replay.ollama import MARKUPS, Handler, Server, fixture_models, tags_page

QUICK = http.Limits(
    connect_seconds=1, read_seconds=0.5, page_seconds=1.5, body_bytes=4_000_000,
    backoff_seconds=(0.1,),
)  # fmt: skip
NOW = datetime(2026, 11, 24, tzinfo=UTC)
TAGS = sum(len(model["tags"]) for model in fixture_models())
MANIFESTS = sum(len(model["manifests"]) for model in fixture_models())
Walk = Callable[..., list[Batch]]


@pytest.fixture
def site() -> Iterator[Server]:
    with Server(fixture_models()) as server:
        yield server


@pytest.fixture
def source_at(sleeper: Any) -> Callable[..., ollama.Ollama]:
    """The source for an address, real client and all."""

    def make(url: str, limits: http.Limits = QUICK, **changes: Any) -> ollama.Ollama:
        given = {"ollama_library": url, "ollama_registry": url, **changes}
        return ollama.make(replace(settings_module.load(), **given), sleeper.clock(), limits)

    return make


@pytest.fixture
def walk(source_at: Callable[..., ollama.Ollama]) -> Walk:
    """All batches of a selection."""

    def fetch(server: Server, cursor: str | None = None, **selection: Any) -> list[Batch]:
        return list(source_at(server.url).fetch(Selection(**selection), cursor))

    return fetch


def refs(batches: list[Batch]) -> list[str]:
    return [record.ref for batch in batches for record, _ in batch.rows]


def tags_in(batches: list[Batch]) -> int:
    """Tags that became part of a row, and those that were put aside."""
    rows = [record for batch in batches for record, _ in batch.rows]
    kept = sum(1 + sum(alias.count(":") == 2 for alias in row.aliases) for row in rows)
    return kept + sum(len(batch.rejected) for batch in batches)


def by_ref(batches: list[Batch]) -> dict[str, Any]:
    return {record.ref: (record, files) for batch in batches for record, files in batch.rows}


def test_it_is_one_of_the_sources() -> None:
    assert SOURCES["ollama"] is ollama.make


@pytest.mark.parametrize("markup", MARKUPS)
def test_every_tag_of_the_fixtures_is_in_a_row(markup: str, walk: Walk) -> None:
    with Server(fixture_models(), markup) as site:
        batches = walk(site)
    assert tags_in(batches) == TAGS
    assert len(refs(batches)) == len(set(refs(batches))) == MANIFESTS
    assert not any(batch.rejected or batch.problem for batch in batches)
    assert len(batches) == 12  # one for each model
    assert [batch.left for batch in batches] == sorted(
        (batch.left for batch in batches if batch.left is not None), reverse=True
    )
    assert batches[-1].left == 0


def test_rows_are_exact_where_the_registry_was_read(site: Server, walk: Walk) -> None:
    rows = by_ref(walk(site))
    row, (weights,) = rows["ollama:llama3.1:8b"]
    assert weights.size_bytes == 4_920_738_944 and len(weights.sha256) == 64
    assert row.revision == site.made["llama3.1", "46e0c10c039e"].digest
    assert row.license == "LicenseRef-llama3.1" and row.commercial_use == "conditions"
    assert row.aliases[0] == "ollama:llama3.1"
    assert row.downloads_total == 118_700_000
    assert rows["ollama:mixtral:8x7b"][0].parameter_count == 46_700_000_000
    assert rows["ollama:gemma3n:e4b"][0].parameter_count == 6_900_000_000
    assert rows["ollama:qwen3:30b"][0].active_parameter_count == 3e9
    assert rows["ollama:gpt-oss:20b"][0].quantizations == ("MXFP4",)
    cloud = rows["ollama:kimi-k2.6:cloud"][0]
    assert cloud.flags == ("license_missing", "cloud_only") and cloud.size_bytes is None
    assert rows["ollama:qwen3.5:27b-mlx"][0].formats == ("mlx",)


def test_no_layer_of_weights_and_nothing_but_known_paths_is_asked_for(
    site: Server, walk: Walk
) -> None:
    walk(site, full=True)
    for path in site.paths:
        kind = path.rsplit("/", 2)[1]
        assert path == "/library" or path.endswith("/tags") or kind in ("manifests", "blobs"), path
        assert kind != "blobs" or path.rsplit("/", 1)[1] in site.blobs  # configs and licenses
    sent = {name for asked in site.asked for name in asked.headers}
    assert not sent & {"authorization", "cookie", "proxy-authorization"}


def test_a_license_text_is_asked_for_once(site: Server, walk: Walk) -> None:
    walk(site)
    blobs = [path.rsplit("/", 1)[1] for path in site.paths if "/blobs/" in path]
    texts = [blob for blob in blobs if b"Apache License" in site.blobs[blob]]
    assert len(texts) == 1


def test_a_limit_takes_the_most_pulled_models(site: Server, walk: Walk) -> None:
    batches = walk(site, limit=2)
    names = {ref.split(":")[1] for ref in refs(batches)}
    assert names == {"llama3.1", "deepseek-r1"}
    assert len(batches) == 2


def manifests_asked(site: Server) -> list[str]:
    return [path for path in site.paths if "/manifests/" in path]


def test_the_default_reads_manifests_of_default_tags_and_of_some_others(
    site: Server, walk: Walk
) -> None:
    batches = walk(site, top=5)
    assert len(manifests_asked(site)) == 12 + 5
    exact = [r for r, files in by_ref(batches).values() if any(file.sha256 for file in files)]
    assert {row.repo_id.split(":")[0] for row in exact} >= {"llama3.1", "mixtral"}
    rounded = by_ref(batches)["ollama:smollm2:135m"]
    assert rounded[0].size_bytes == 271_000_000 and rounded[1][0].sha256 is None


def test_a_full_walk_reads_all_of_them(site: Server, walk: Walk) -> None:
    walk(site, full=True, top=0)
    assert len(manifests_asked(site)) == MANIFESTS


def test_what_the_catalog_has_exactly_is_not_read_again(site: Server, walk: Walk) -> None:
    first = by_ref(walk(site))
    held = {ref: record.revision for ref, (record, files) in first.items() if files}
    site.asked.clear()
    again = by_ref(walk(site, known_revision=held.get))
    assert len(manifests_asked(site)) == 12 + len(first) - len(held) - 1  # kimi is a default
    row, files = again["ollama:llama3.1:70b"]
    assert row.revision == held[row.ref] and row.size_bytes is None and files == ()
    default, files = again["ollama:llama3.1:8b"]
    assert default.size_bytes and files


def test_a_short_revision_keeps_the_size_but_is_worth_reading(site: Server, walk: Walk) -> None:
    short = {ref: record.revision[:12] for ref, (record, _) in by_ref(walk(site)).items()}
    site.asked.clear()
    rows = by_ref(walk(site, known_revision=short.get, top=0))
    assert len(manifests_asked(site)) == 12
    row, files = rows["ollama:llama3.1:70b"]
    assert row.revision == short[row.ref] and row.size_bytes is None and files == ()


def test_a_walk_goes_on_at_the_next_model_from_any_cursor(site: Server, walk: Walk) -> None:
    whole = walk(site)
    for at, batch in enumerate(whole):
        site.asked.clear()
        rest = walk(site, batch.cursor)
        assert refs(rest) == refs(whole[at + 1 :])
        assert sum(path == "/library" for path in site.paths) == 1
        assert sum(path.endswith("/tags") for path in site.paths) == len(rest)


@pytest.mark.parametrize("cursor", ["", "{", "[]", "null", '["a"]', "[" * 5_000, "7"])
def test_a_cursor_that_is_not_ours_starts_anew(cursor: str, site: Server, walk: Walk) -> None:
    assert len(walk(site, cursor, limit=1)) == 1


def test_offline_no_socket_is_opened(site: Server, source_at: Callable[..., Any]) -> None:
    with pytest.raises(Offline):
        list(source_at(site.url, offline=True).fetch(Selection()))
    assert not site.asked


@pytest.mark.parametrize("name", ["ollama_library", "ollama_registry"])
@pytest.mark.parametrize("address", ["file:///etc", "ollama.com", "", "http://"])
def test_an_address_that_is_none_is_named(
    name: str, address: str, site: Server, source_at: Callable[..., Any]
) -> None:
    with pytest.raises(SourceUnreachable, match=f"CARDEX_{name.upper()}"):
        list(source_at(site.url, **{name: address}).fetch(Selection()))
    assert not site.asked


def test_the_endpoint_names_both_addresses_and_no_password(source_at: Callable[..., Any]) -> None:
    source = source_at("https://me:secret@a.example/x", ollama_registry="https://b.example")
    assert source.endpoint == "https://a.example/x https://b.example"


def test_a_page_without_models_is_an_error_unless_it_says_so(walk: Walk) -> None:
    with Server([]) as site:
        assert walk(site) == []
    with Server(fixture_models()) as site:
        site.pages["/library"] = b"<html><body><main>A new design</main></body></html>"
        with pytest.raises(SourceChanged):
            walk(site)


def test_one_page_that_changed_costs_one_model_and_three_end_the_walk(walk: Walk) -> None:
    with Server(fixture_models()) as site:
        site.pages["/library/qwen3/tags"] = b"<html>nothing</html>"
        batches = walk(site)
        assert [batch.problem for batch in batches if batch.problem] == [
            "The Ollama library shows no tag of qwen3 in a way that is known here."
        ]
        assert len(batches) == 12 and len(refs(batches)) == MANIFESTS - 25
    with Server(fixture_models()) as site:
        for model in site.models:
            site.pages[f"/library/{model['name']}/tags"] = b"<html>nothing</html>"
        with pytest.raises(SourceChanged):
            walk(site)


def test_a_page_with_fewer_tags_than_the_listing_counts_is_told(walk: Walk) -> None:
    models = fixture_models()
    with Server(models) as site:
        short = copy.deepcopy(site.model("llama3.1"))
        assert short is not None
        ids = {key: site.shown_id("llama3.1", key) for key in short["manifests"]}
        short["tags"] = short["tags"][:3]
        site.pages["/library/llama3.1/tags"] = tags_page(short, ids, "marked").encode()
        batches = walk(site, limit=1)
    assert batches[0].problem == (
        "The Ollama library counts 20 tags of llama3.1, its page shows 3."
    )
    assert tags_in(batches) == 3


def test_bad_names_of_the_listing_are_put_aside_once(walk: Walk) -> None:
    models = fixture_models()
    models.append({**copy.deepcopy(models[0]), "name": "Bad Name"})
    with Server(models) as site:
        batches = walk(site)
        assert [one.id for batch in batches for one in batch.rejected] == ["Bad Name"]
        assert not any(one.rejected for one in walk(site, batches[2].cursor))
        assert not any("Bad" in path for path in site.paths)


def rounded(batches: list[Batch]) -> bool:
    files = [file for _, files in by_ref(batches).values() for file in files]
    return bool(files) and all(file.sha256 is None for file in files)


@pytest.mark.parametrize(
    "fault",
    [faults.status(500), faults.status(403), faults.stall(3), faults.raw(b"<html>", "text/html"),
     faults.raw(b"{}"), faults.status(404), faults.bomb(50), faults.drip(0.1),
     faults.raw(b"\x00" * 5_000_000), faults.status(302, {"Location": "http://127.0.0.1:1/x"})],
)  # fmt: skip
def test_without_the_registry_rows_come_with_rounded_sizes_and_one_sentence(
    fault: faults.Fault, site: Server, walk: Walk
) -> None:
    site.at["/v2/"] = fault
    batches = walk(site)
    assert tags_in(batches) == TAGS and rounded(batches)
    problems = [batch.problem for batch in batches if batch.problem]
    assert len(problems) == 1
    assert "registry" in problems[0] and problems[0].endswith(
        "Sizes stay as rounded by the library, and licenses as they were."
    )
    assert len(manifests_asked(site)) <= 6  # it is not asked for ever


def test_a_registry_that_is_not_there_at_all(site: Server, source_at: Callable[..., Any]) -> None:
    source = source_at(site.url, ollama_registry="http://127.0.0.1:1")
    batches = list(source.fetch(Selection()))
    assert rounded(batches) and tags_in(batches) == TAGS
    assert sum(batch.problem is not None for batch in batches) == 1


def test_one_bad_manifest_costs_one_exact_size(site: Server, walk: Walk) -> None:
    site.at["/v2/library/llama3.1/manifests/8b"] = faults.status(404)
    batches = walk(site)
    assert not any(batch.problem for batch in batches)
    row, (weights,) = by_ref(batches)["ollama:llama3.1:8b"]
    assert weights.sha256 is None and row.size_bytes == 4_900_000_000


def other_blob(handler: Handler) -> None:
    if "/blobs/" in handler.path:
        handler.send_raw(200, b'{"model_type": "1.0B"}', {})
    else:
        handler.answer(handler.path)


def other_manifest(handler: Handler) -> None:
    if "/manifests/" in handler.path:
        first = next(iter(handler.site.made.values()))
        handler.send_raw(200, first.body, {})
    else:
        handler.answer(handler.path)


@pytest.mark.parametrize("fault", [other_blob, other_manifest])
def test_what_has_another_digest_is_not_believed(
    fault: faults.Fault, site: Server, walk: Walk
) -> None:
    site.at["/v2/"] = fault
    batches = walk(site, limit=4)
    exact = [r for r, files in by_ref(batches).values() if any(file.sha256 for file in files)]
    assert all(row.revision == site.made["llama3.1", "46e0c10c039e"].digest for row in exact)
    assert not any(row.parameter_count == 1_000_000_000 for row in exact)
    assert sum(batch.problem is not None for batch in batches) == 1


def test_license_texts_of_a_size_that_no_text_has_are_not_asked_for(walk: Walk) -> None:
    models = fixture_models()[:1]
    models[0]["license"] = ["x" * (registry.LICENSE_BYTES + 1)]
    with Server(models) as site:
        batches = walk(site)
        texts = [blob for blob, body in site.blobs.items() if len(body) > registry.LICENSE_BYTES]
        assert not any(path.endswith(texts[0]) for path in site.paths)
        assert rounded(batches) and "no manifest" in str(batches[0].problem)


def test_a_manifest_cannot_send_a_sync_after_thousands_of_texts(walk: Walk) -> None:
    models = fixture_models()[:1]
    models[0]["license"] = [f"Text {number}" for number in range(1_000)]
    with Server(models) as site:
        assert rounded(walk(site, limit=1))
        assert len([path for path in site.paths if "/blobs/" in path]) <= 3


def test_a_tag_that_got_a_shorter_name_leaves_its_old_row(site: Server, walk: Walk) -> None:
    (batch,) = walk(site, limit=1)
    assert "ollama:llama3.1:8b-instruct-q4_K_M" in batch.withdrawn
    assert not {record.ref for record, _ in batch.rows} & set(batch.withdrawn)
    assert "ollama:llama3.1" not in batch.withdrawn  # never was a row


def test_the_strictest_of_several_licenses_stands_and_memory_is_bounded(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "MOST_KEPT", 1)
    models = fixture_models()[:1]
    models[0]["license"] = ["Apache License", "Qwen RESEARCH LICENSE AGREEMENT"]
    with Server(models) as site:
        rows = by_ref(walk(site))
    assert rows["ollama:llama3.1:8b"][0].license == "LicenseRef-qwen-research"


@pytest.mark.parametrize(
    ("url", "target", "followed"),
    [
        ("https://r.example/a", "https://r.example/b", True),
        ("https://r.example/a", "https://cdn.example/b?sig=1", True),
        ("http://r.example/a", "http://r.example/b", True),
        ("http://r.example/a", "https://cdn.example/b", True),
        ("https://r.example/a", "http://r.example/b", False),
        ("https://r.example/a", "http://cdn.example/b", False),
        ("https://r.example/a", "ftp://cdn.example/b", False),
        ("https://r.example/a", "file:///etc/passwd", False),
        ("https://r.example/a", "https://me:pw@cdn.example/b", False),
        ("https://r.example/a", "https:///b", False),
        ("https://r.example/a", "https://[/b", False),
        ("https://r.example/a", "", False),
    ],
)
def test_blobs_may_come_from_elsewhere_over_https_alone(
    url: str, target: str, followed: bool
) -> None:
    assert registry.may_follow(url, target) is followed


def test_redirects_on_the_same_host_are_followed_and_circles_end(walk: Walk) -> None:
    def moved(handler: Handler) -> None:
        handler.send(307, {}, {"Location": handler.path.replace("/v2/", "/v3/")})

    def arrived(handler: Handler) -> None:
        handler.answer(handler.path.replace("/v3/", "/v2/"))

    with Server(fixture_models()) as site:
        site.at["/v2/"], site.at["/v3/"] = moved, arrived
        assert not any(batch.problem for batch in walk(site, limit=2))
    with Server(fixture_models()) as site:
        site.at["/v2/"] = lambda handler: handler.send(307, {}, {"Location": handler.path})
        batches = walk(site, limit=2)
        assert rounded(batches) and "circle" in str(batches[0].problem)


def test_blobs_are_taken_from_the_https_host_that_the_registry_names(
    site: Server, source_at: Callable[..., Any], tmp_path: Path
) -> None:
    """As the real one does: 307 to a store elsewhere, whose answer has the digest or is nothing."""
    own = certificates.authority(tmp_path / "authority")
    shown = own.issue("IP:127.0.0.1", starts=-timedelta(days=1), ends=timedelta(days=1))
    sent: list[dict[str, str]] = []

    def store(handler: BaseHTTPRequestHandler) -> None:
        sent.append({name.lower(): value for name, value in handler.headers.items()})
        body = site.blobs[handler.path.rpartition("/")[2]]
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with certificates.tls_server(shown, answer=store) as port:

        def moved(handler: Handler) -> None:
            if "/blobs/" in handler.path:
                handler.send(307, {}, {"Location": f"https://127.0.0.1:{port}{handler.path}"})
            else:
                handler.answer(handler.path)

        site.at["/v2/"] = moved
        login = site.url.replace("//", "//me:secret@")  # of a mirror; nobody else's business
        source = source_at(site.url, ollama_registry=login, ca_bundle=str(own.bundle))
        batches = list(source.fetch(Selection(limit=1, top=0)))
    assert not batches[0].problem
    row, (weights,) = by_ref(batches)["ollama:llama3.1:8b"]
    assert weights.sha256 and row.license == "LicenseRef-llama3.1"
    assert len(sent) == 2  # config and license
    assert not any({"authorization", "cookie"} & set(headers) for headers in sent)
    asked = [one for one in site.asked if "/manifests/" in one.path]
    assert all("authorization" in one.headers for one in asked)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.status(500), SourceBusy),
        (faults.status(403), SourceRefused),
        (faults.status(404), SourceChanged),
        (faults.status(302, {"Location": "https://evil.example/library"}), SourceError),
        (faults.stall(3), SourceError),
        (faults.bomb(50), SourceError),
        (faults.drip(0.1), SourceError),
        (faults.cut, SourceError),
    ],
)
def test_a_library_that_fails_is_named(
    fault: faults.Fault, error: type[SourceError], site: Server, walk: Walk
) -> None:
    site.always = fault
    with pytest.raises(error) as raised:
        walk(site)
    assert "Ollama library" in str(raised.value)


def test_a_refusal_asks_for_no_token(site: Server, walk: Walk) -> None:
    site.always = faults.status(403)
    with pytest.raises(SourceRefused, match=r"\(403\).*CARDEX_OLLAMA_LIBRARY") as raised:
        walk(site)
    assert "token" not in str(raised.value)


def test_a_fault_that_passes_is_waited_for(site: Server, walk: Walk) -> None:
    site.faults = {0: faults.status(503), 2: faults.status(502), 5: faults.status(500)}
    assert tags_in(walk(site)) == TAGS


ODD: list[Any] = [
    None, -1, 10**30, "x", [], {}, [None], True, 1.5, [[[]]], {"size": "1"}, "\ud800", "8.0B",
]  # fmt: skip


def mangled(body: bytes, luck: random.Random) -> bytes:
    """The body as a broken store, a newer format or an enemy may have it."""
    what = luck.randrange(6)
    at = luck.randrange(len(body) + 1)
    if what == 0:
        return body[:at]
    if what == 1:
        return body[:at] + bytes(luck.randrange(256) for _ in range(4)) + body[at:]
    try:
        value = json.loads(body)
    except ValueError:
        return body[::-1]
    value[luck.choice([*value, "extra"])] = luck.choice(ODD)
    if what > 3 and isinstance(value.get("layers"), list) and value["layers"]:
        layer = luck.choice(value["layers"])
        if isinstance(layer, dict):
            layer[luck.choice(["digest", "size", "mediaType"])] = luck.choice(ODD)
    return json.dumps(value).encode()


class Mangler:
    """A registry whose digests are right and whose contents are not."""

    def __init__(self, site: Server) -> None:
        self.luck = random.Random(20260822)
        self.blobs: dict[str, bytes] = {}
        self.made = list(site.made.values())

    def __call__(self, handler: Handler) -> None:
        *_, kind, key = handler.path.split("/")
        if kind == "blobs":
            handler.send_raw(200, self.blobs.get(key, b""), {})
            return
        made = self.luck.choice(self.made)
        body = made.body
        for digest, blob in made.blobs.items():
            other = mangled(blob, self.luck)
            name = f"sha256:{hashlib.sha256(other).hexdigest()}"
            self.blobs[name] = other
            body = body.replace(digest.encode(), name.encode())
        handler.send_raw(200, mangled(body, self.luck) if self.luck.random() < 0.5 else body, {})


def fuzz(number: int, source: ollama.Ollama, site: Server) -> None:
    site.at["/v2/"] = Mangler(site)
    model = SiteModel(name="llama3.1")
    (variant,) = variants_of(model, [SiteTag(tag="8b", manifest_id="46e0c10c039e")])
    read = 0
    for _ in range(number):
        source.registry.problem, source.registry._failures = None, 0
        manifest = source.registry.manifest("llama3.1", "8b", "")
        assert (manifest is None) is (source.registry._failures == 1)
        assert source.registry.problem is None
        record, files = to_record(variant, manifest, fetched_at=NOW)
        read += manifest is not None
        json.dumps([to_json(record), *map(to_json, files)], ensure_ascii=False).encode()
    assert read > number // 10  # not all of them were beyond reading


def test_a_thousand_mangled_manifests_are_read_or_left_out(
    site: Server, source_at: Callable[..., Any]
) -> None:
    fuzz(1_000, source_at(site.url), site)


@pytest.mark.nightly
def test_ten_thousand_mangled_manifests_are_read_or_left_out(
    site: Server, source_at: Callable[..., Any]
) -> None:
    fuzz(10_000, source_at(site.url), site)


def test_pauses_are_kept_between_requests(site: Server, sleeper: Any) -> None:
    settings = replace(settings_module.load(), ollama_library=site.url, ollama_registry=site.url)
    list(ollama.make(settings, sleeper.clock()).fetch(Selection(limit=1, top=0)))
    assert len(sleeper.slept) >= len(site.asked) - 2
    assert all(0 < pause <= 0.2 for pause in sleeper.slept)
