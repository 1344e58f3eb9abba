"""The machines of a team: saved, changed, removed, brought back, and nothing lost on the way."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import QueryError, StoreUnwritable
from catalog.fit import hardware
from catalog.services import machines
from catalog.services.machines import LONGEST, MOST, TeamMachines, named
from catalog.services.this_machine import Seen

GIB = 1 << 30


@pytest.fixture
def team(tmp_path: Path) -> TeamMachines:
    return TeamMachines(
        tmp_path / "catalog", look=lambda: Seen(processor="A processor", main_bytes=8 * GIB)
    )


def file(team: TeamMachines) -> Path:
    return team._root / machines.FILE


def test_a_machine_is_saved_and_found_by_slug_and_name(team: TeamMachines) -> None:
    assert team.all() == ()
    saved = team.save(named("Lab server", "2x-rtx-4090", host_bytes=128 * GIB))
    assert (saved.slug, saved.name, saved.saved) == ("lab-server", "Lab server", True)
    assert (saved.cards, saved.memory_bytes, saved.host_bytes) == (2, 48 * GIB, 128 * GIB)
    assert saved.bandwidth == hardware.machine("rtx-4090").bandwidth
    assert team.all() == (saved,)
    for text in ("lab-server", " LAB-SERVER ", "Lab server", "lab SERVER"):
        assert team.resolve(text) == saved
    assert TeamMachines(team._root).all() == (saved,)


def test_what_is_not_saved_is_a_device_or_this_machine(team: TeamMachines) -> None:
    assert team.resolve("rtx-4090") == hardware.machine("rtx-4090")
    assert team.resolve("24GiB").memory_bytes == 24 * GIB
    this = team.resolve("This machine")
    assert (this.slug, this.name, this.saved) == ("this-machine", "A processor", False)
    assert team.resolve("this-machine") is this
    with pytest.raises(QueryError, match="Did you mean rtx-4090"):
        team.resolve("rtx-4091")


def test_machines_are_listed_by_name(team: TeamMachines) -> None:
    for name in ("beta", "Alpha", "gamma"):
        team.save(named(name, "rtx-4090"))
    assert [one.name for one in team.all()] == ["Alpha", "beta", "gamma"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("RTX 4090", "team-rtx-4090"),
        ("a100", "team-a100"),  # means one of two devices
        ("2x RTX 4090", "team-2x-rtx-4090"),
        ("24 GiB", "24-gib"),
        ("24GiB", "team-24gib"),
        ("This machine", "team-this-machine"),
        ("机房 1 号", "1"),
        ("机房", "machine"),
        ("../../etc/passwd", "etc-passwd"),
        ("x" * LONGEST, "x" * LONGEST),
    ],
)
def test_a_slug_never_hides_a_device(team: TeamMachines, name: str, slug: str) -> None:
    saved = team.save(named(name, "rtx-3090"))
    assert saved.slug == slug
    assert not hardware.taken(slug)
    assert team.resolve(slug) == saved


def test_two_names_of_one_slug_get_two_slugs(team: TeamMachines) -> None:
    names = ("Lab!", "Lab?", "机房", "实验室")
    assert [team.save(named(name, "rtx-4090")).slug for name in names] == [
        "lab",
        "lab-2",
        "machine",
        "machine-2",
    ]


def test_a_name_is_taken_in_any_case(team: TeamMachines) -> None:
    team.save(named("Lab", "rtx-4090"))
    with pytest.raises(QueryError, match="called LAB already"):
        team.save(named("LAB", "rtx-3090"))
    assert len(team.all()) == 1


def test_a_saved_machine_is_never_replaced_unasked(team: TeamMachines) -> None:
    saved = team.save(named("Lab", "rtx-4090"))
    with pytest.raises(QueryError, match="called Lab already"):
        team.save(replace(saved, host_bytes=64 * GIB))
    assert team.all() == (saved,)


def test_a_removed_machine_comes_back_as_it_was(team: TeamMachines) -> None:
    first = team.save(named("Lab!", "rtx-4090"))
    second = team.save(named("Lab?", "a100-80gb", host_bytes=GIB))
    assert team.remove("lab-2") == second
    assert team.all() == (first,)
    assert team.save(second) == second
    assert set(team.all()) == {first, second}
    team.remove("Lab!")
    with pytest.raises(QueryError, match="No saved machine is called 'lab'"):
        team.remove("lab")


def test_a_processor_has_the_memory_that_was_said(team: TeamMachines) -> None:
    name = "amd-epyc-4th-generation-zen-4-genoa"
    saved = team.save(named("Big iron", name, host_bytes=768 * GIB))
    assert (saved.memory_bytes, saved.host_bytes) == (768 * GIB, None)
    assert saved.bandwidth == 460_800_000_000
    with pytest.raises(QueryError, match="say how much main memory"):
        team.save(named("Small iron", name))


@pytest.mark.parametrize("name", ["", "   ", "\u200b\n", "x" * (LONGEST + 1)])
def test_a_name_that_is_none_is_refused(team: TeamMachines, name: str) -> None:
    with pytest.raises(QueryError, match="a name of 1 to 60 characters"):
        team.save(named(name, "rtx-4090"))
    assert team.all() == ()


def test_a_name_steers_no_terminal(team: TeamMachines) -> None:
    saved = team.save(named("Lab\x1b[31m\u202e\nserver", "rtx-4090"))
    assert saved.name == "Lab [31m server"


@given(st.text(max_size=80))
def test_any_name_is_saved_found_and_read_again_or_refused(text: str) -> None:
    one = named(text, "rtx-4090")
    try:
        name = machines._name(text)
    except QueryError:
        return
    held = machines._sorted_out([machines._row(replace(one, slug="x", name=name))])
    assert [each.name for each in held.machines] == [name]
    slug = machines._free(one, set())
    assert slug and not hardware.taken(slug)
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@pytest.mark.parametrize(
    "facts",
    [
        {"cards": 0},
        {"cards": 17},
        {"kind": "toaster"},
        {"memory_bytes": -1},
        {"host_bytes": -1},
        {"watts": 1 << 64},
        {"kind": "unified", "cards": 2},
        {"tflops": float("nan")},
    ],
)
def test_figures_of_no_machine_are_refused(team: TeamMachines, facts: dict[str, object]) -> None:
    with pytest.raises(QueryError, match="of no machine"):
        team.save(replace(named("Lab", "rtx-4090"), **facts))  # type: ignore[arg-type]
    assert not file(team).exists()


def test_there_is_a_most(team: TeamMachines) -> None:
    rows = [machines._row(replace(named(f"m{n}", "rtx-4090"), slug=f"m{n}")) for n in range(MOST)]
    team._root.mkdir()
    file(team).write_text(json.dumps({"format": 1, "machines": rows}))
    with pytest.raises(QueryError, match="There are 200 saved machines"):
        team.save(named("one more", "rtx-4090"))
    team.remove("m0")
    assert team.save(named("one more", "rtx-4090")).slug == "one-more"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "damaged"),
        (b"{", "damaged"),
        (b"\xff\xfe", "damaged"),
        (b"[]", "damaged"),
        (b'{"format": 1}', "damaged"),
        (b'{"format": 1, "machines": 7}', "damaged"),
        (b'{"format": 2, "machines": []}', "another version"),
        (b"[" * 100_000, "damaged"),
        (b" " * 4_000_001, "too long"),
    ],
)
def test_a_bad_file_is_said_and_kept_aside(team: TeamMachines, content: bytes, why: str) -> None:
    team._root.mkdir()
    file(team).write_bytes(content)
    assert team.all() == ()
    problem = team.problem()
    assert problem is not None and why in problem
    assert team.resolve("rtx-4090").slug == "rtx-4090"
    assert file(team).read_bytes() == content  # to look is no change
    saved = team.save(named("Lab", "rtx-4090"))
    assert team.all() == (saved,)
    assert team.problem() is None
    assert (team._root / "machines-bad-1.json").read_bytes() == content
    file(team).write_bytes(content)
    team.save(named("Other", "rtx-4090"))
    assert (team._root / "machines-bad-2.json").read_bytes() == content


def test_a_question_about_a_bad_file_puts_nothing_aside(team: TeamMachines) -> None:
    team._root.mkdir()
    file(team).write_text("{")
    with pytest.raises(QueryError):
        team.remove("lab")
    assert file(team).read_text() == "{"


def test_entries_that_make_no_sense_stay_in_the_file(team: TeamMachines) -> None:
    saved = team.save(named("Lab", "rtx-4090"))
    document = json.loads(file(team).read_text())
    good = document["machines"][0]
    odd = [
        7,
        "text",
        {},
        {"name": "half"},
        good | {"slug": "lab"},  # twice
        good | {"slug": "Not A Slug"},
        good | {"slug": "other", "cards": 99},
        good | {"slug": "other", "memory_bytes": "24"},
        good | {"slug": "other", "name": ""},
        good | {"slug": "other", "name": 7},
    ]
    document["machines"] += odd
    file(team).write_text(json.dumps(document))
    assert team.all() == (saved,)
    problem = team.problem()
    assert problem is not None and problem.startswith(f"{len(odd)} of the saved machines")
    team.save(named("Other", "rtx-3090"))
    assert json.loads(file(team).read_text())["machines"][2:] == odd


def test_a_name_from_the_file_is_made_plain(team: TeamMachines) -> None:
    team.save(named("Lab", "rtx-4090"))
    text = file(team).read_text().replace('"Lab"', '"La\\u202eb"')
    file(team).write_text(text)
    assert [one.name for one in team.all()] == ["La b"]


def test_machines_that_are_saved_at_once_are_all_there(team: TeamMachines) -> None:
    others = [TeamMachines(team._root) for _ in range(4)]

    def save(number: int) -> None:
        others[number % 4].save(named(f"m{number}", "rtx-4090"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(save, range(24)))
    assert len(team.all()) == 24
    assert len({one.slug for one in team.all()}) == 24


def test_the_stamp_changes_with_the_file(team: TeamMachines) -> None:
    assert team.stamp() == (0, 0)
    team.save(named("Lab", "rtx-4090"))
    before = team.stamp()
    team.save(named("Other server", "rtx-4090"))
    assert team.stamp() != before != (0, 0)


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "catalog").write_text("a file")
    team = TeamMachines(tmp_path / "catalog")
    with pytest.raises(StoreUnwritable, match="The machines could not be saved in"):
        team.save(named("Lab", "rtx-4090"))
    assert team.problem() is not None


def test_a_held_lock_is_said(team: TeamMachines, monkeypatch: pytest.MonkeyPatch) -> None:
    team.save(named("Lab", "rtx-4090"))
    monkeypatch.setattr(machines, "_WAIT_SECONDS", 0.05)
    with (
        FileLock(team._root / machines.LOCK),
        pytest.raises(StoreUnwritable, match="another process holds it"),
    ):
        TeamMachines(team._root).save(named("Other", "rtx-4090"))
    assert len(team.all()) == 1


def test_this_machine_is_looked_at_once(tmp_path: Path) -> None:
    looks = []

    def look() -> Seen:
        looks.append(1)
        return Seen(processor="A processor", main_bytes=8 * GIB)

    team = TeamMachines(tmp_path, look=look)
    assert team.detect() is team.detect() is team.resolve("this-machine")
    assert len(looks) == 1
