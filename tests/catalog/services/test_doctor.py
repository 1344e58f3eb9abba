"""What doctor examines: the addresses in use, the disk, nothing where going out is forbidden."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog import settings as settings_module
from catalog.records import Hop
from catalog.services import doctor, room
from catalog.settings import Settings
from tests import nobody
from tests.replay import server as replay
from tests.replay.server import Server

TOKEN = "hf_CanaryCanaryCanaryCanary"


@pytest.fixture
def upstream() -> Iterator[Server]:
    """One server that stands for every upstream."""
    with Server([], always=replay.raw(b"[]")) as server:
        yield server


@pytest.fixture
def settings(upstream: Server) -> Settings:
    return replace(
        settings_module.load(),
        hf_endpoint=upstream.url,
        civitai_endpoint=upstream.url,
        ollama_library=upstream.url,
        ollama_registry=upstream.url,
        ollama_host=upstream.url,
    )


def failed(hops: tuple[Hop, ...]) -> list[tuple[str, str]]:
    return [(hop.target, hop.hop) for hop in hops if hop.ok is False]


def test_every_address_in_use_is_walked_to_and_the_disk_looked_at(
    settings: Settings, upstream: Server
) -> None:
    hops = doctor.examine(settings)
    assert failed(hops) == []
    assert list(dict.fromkeys(hop.target for hop in hops)) == [
        "disk",
        "huggingface",
        "civitai",
        "ollama library",
        "ollama registry",
        "ollama runtime",
    ]
    assert sorted(asked.path for asked in upstream.asked) == [
        "/api/models",
        "/api/v1/models",
        "/api/version",
        "/library",
        "/v2/library/all-minilm/manifests/latest",
    ]


def test_only_the_sources_that_are_named_are_asked(settings: Settings, upstream: Server) -> None:
    hops = doctor.examine(settings, ["civitai"])
    assert {hop.target for hop in hops} == {"disk", "civitai"}
    assert [asked.path for asked in upstream.asked] == ["/api/v1/models"]


def test_tokens_go_to_no_mirror(settings: Settings, upstream: Server) -> None:
    hops = doctor.examine(replace(settings, hf_token=TOKEN, civitai_token=TOKEN))
    assert TOKEN not in str(upstream.asked) and TOKEN not in str(hops)


@pytest.mark.parametrize(
    ("change", "resting"),
    [
        ({"offline": True}, 5),
        ({"hf_offline": True}, 1),
    ],
)
def test_what_must_not_go_out_says_so_and_opens_no_socket(
    change: dict[str, Any], resting: int, settings: Settings, upstream: Server
) -> None:
    hops = doctor.examine(replace(settings, **change))
    assert sum(hop.hop == "offline" for hop in hops) == resting
    assert failed(hops) == []
    assert len(upstream.asked) == 5 - resting


def test_a_runtime_that_is_not_there_is_no_fault(settings: Settings) -> None:
    for host in ("127.0.0.1:9", "ftp://nonsense"):
        hops = doctor.examine(replace(settings, ollama_host=host), ["ollama"])
        assert failed(hops) == []


def test_a_bundle_that_cannot_be_read_fails_at_tls(settings: Settings, tmp_path: Path) -> None:
    hops = doctor.examine(replace(settings, ca_bundle=str(tmp_path / "gone.pem")), ["huggingface"])
    assert failed(hops) == [("huggingface", "tls")]


def test_each_fault_is_told_of_its_own_source(settings: Settings, upstream: Server) -> None:
    with Server([], always=replay.status(503)) as down:
        hops = doctor.examine(replace(settings, civitai_endpoint=down.url))
    assert failed(hops) == [("civitai", "upstream")]


def test_a_disk_with_room_is_well_and_nothing_stays_on_it(tmp_path: Path) -> None:
    hop = room.examine(tmp_path, tmp_path / "catalog")
    assert hop.ok and "is writable" in hop.words
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    hop = room.examine(folder, folder / "catalog")
    assert hop.ok and "made when it is first needed" in hop.words
    assert not folder.exists()


def test_a_generation_larger_than_half_of_what_is_free_is_told(tmp_path: Path) -> None:
    generation = tmp_path / "catalog" / "snapshots" / "g1"
    generation.mkdir(parents=True)
    with (generation / "models.arrow").open("wb") as file:
        file.truncate(8 << 40)  # takes no room: nothing is written into it
    hop = room.examine(tmp_path, tmp_path / "catalog")
    assert hop.ok is False and "a sync needs about 17592.3 GB" in hop.words


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    hop = room.examine(tmp_path / "file", tmp_path / "file" / "catalog")
    assert hop.ok is False and "is a file" in hop.words


def test_a_folder_of_somebody_else_is_told() -> None:
    with nobody.folder() as folder:
        assert room.examine(folder, folder / "catalog").ok
        folder.chmod(0o555)
        with nobody.rights():
            hop = room.examine(folder, folder / "catalog")
        folder.chmod(0o755)
    assert hop.ok is False and "may not be written by this account" in hop.words


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_known_by_its_error() -> None:
    with pytest.raises(OSError) as caught, Path("/dev/full").open("wb", 0) as device:
        device.write(b"x")
    assert room.advice(caught.value).startswith("is full.")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EROFS, "is read-only"),
        (errno.EDQUOT, "its quota"),
        (errno.EFBIG, "limit on the size of files"),
        (errno.EIO, "cannot be written (Input/output error)"),
    ],
)
def test_each_fault_of_a_disk_has_its_words(number: int, said: str) -> None:
    assert said in room.advice(OSError(number, os.strerror(number)))
