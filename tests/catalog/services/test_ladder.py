"""The ladder of a model: sums of files, estimates marked, nothing invented."""

from __future__ import annotations

from typing import Any

from catalog.services.ladder import ladder


def test_sets_are_added_up_and_stand_by_size(a_model: Any, a_file: Any) -> None:
    def weights(group: str, size: int | None, **facts: Any) -> Any:
        common = {"group": group, "role": "weights", "format": "gguf", "size_bytes": size}
        return a_file(path=f"{group}-{size}", **{**common, **facts})

    files = [
        weights("Q8_0", 5, bits_per_weight=8.5, scan="clean"),
        weights("Q8_0", 4, scan="clean"),
        weights("Q4_0", 3),
        weights("F16", 9),
        weights("F16", None),
        a_file(path="mmproj", group="Q8_0", role="projector", size_bytes=100),
        a_file(path="README.md", role="other"),
    ]
    rungs = ladder(a_model(quantizations=("Q2_K",)), files)
    assert [(one.name, one.size_bytes, one.files) for one in rungs] == [
        ("Q4_0", 3, 1),
        ("Q8_0", 9, 2),
        ("F16", None, 2),
    ]
    assert rungs[1].bits_per_weight == 8.5
    assert rungs[1].scans == ("clean",)
    assert not any(one.estimated or one.pickle for one in rungs)


def test_a_set_of_a_version_loses_the_version_in_its_name(a_model: Any, a_file: Any) -> None:
    file = a_file(group="99 F16", version_id="99", format="pickle", size_bytes=1)
    (rung,) = ladder(a_model(), [file])
    assert (rung.name, rung.version_id, rung.pickle) == ("F16", "99", True)


def test_without_a_list_sizes_are_estimates(a_model: Any) -> None:
    model = a_model(
        parameter_count=8 * 10**9, quantizations=("BF16", "Q8_0", "ODD"), formats=("gguf",)
    )
    rungs = ladder(model, ())
    assert [one.name for one in rungs] == ["Q8_0", "BF16", "ODD"]
    assert (rungs[1].size_bytes, rungs[1].estimated) == (16 * 10**9, True)
    assert (rungs[2].size_bytes, rungs[2].estimated) == (None, False)


def test_a_lone_quantization_has_the_size_that_the_row_states(a_model: Any) -> None:
    (rung,) = ladder(a_model(quantizations=("BF16",), size_bytes=7, bits_per_weight=16.0), ())
    assert (rung.size_bytes, rung.estimated, rung.bits_per_weight) == (7, False, 16.0)
    assert ladder(a_model(), ()) == ()
