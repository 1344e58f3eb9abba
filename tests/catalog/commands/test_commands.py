"""The command line on the bundled catalog, as a person or a script calls it."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog import commands
from catalog.records import CatalogStatus, ModelFile, ModelRecord, SourceRun, SourceStatus
from tests.commanded import asked

ROOT = Path(__file__).resolve().parents[3]
FIELDS = [field.name for field in fields(ModelRecord)]

pytestmark = pytest.mark.usefixtures("one_catalog")


def test_find_answers_with_the_documented_json(capsys: pytest.CaptureFixture[str]) -> None:
    query = "task:text-generation license:apache-2.0 params:3B..14B sort:downloads"
    answer = asked(capsys, "find", query, "--json")
    assert list(answer) == ["query", "total", "warnings", "models"]
    assert answer["total"] > 100
    assert len(answer["models"]) == 20
    for model in answer["models"]:
        assert list(model) == FIELDS
        assert model["pipeline_tag"] == "text-generation"
        assert model["license"] == "Apache-2.0"
        assert 3_000_000_000 <= model["parameter_count"] <= 14_000_000_000
    downloads = [model["downloads_30d"] for model in answer["models"]]
    assert downloads == sorted(downloads, reverse=True)


def test_find_by_quantization_answers(capsys: pytest.CaptureFixture[str]) -> None:
    answer = asked(capsys, "find", "params:3B..14B quant:Q4_K_M", "--json", "--limit", "5")
    assert answer["total"] >= len(answer["models"]) == 5
    assert all("Q4_K_M" in model["quantizations"] for model in answer["models"])


def test_find_takes_the_query_in_several_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    apart = asked(capsys, "find", "t5", "task:translation", "--json")
    assert apart == asked(capsys, "find", "t5 task:translation", "--json")


def test_find_names_what_it_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    answer = asked(capsys, "find", "licence:mit task:text-generaton", "--json")
    assert answer["warnings"] == [
        {"term": "licence:mit", "nearest": "license:mit"},
        {"term": "task:text-generaton", "nearest": "task:text-generation"},
    ]


def test_find_says_what_it_took_words_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["find", "qwne3", "--limit", "1"]) == 0
    told = capsys.readouterr().err
    assert "Nothing is called qwne3; these are the results for qwen3." in told
    assert "Did you mean" not in told


def test_find_names_the_nearest_where_nothing_is_called_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert commands.main(["find", "Qwen3-888B", "--limit", "1"]) == 0
    assert "No model is called Qwen3-888B. Did you mean huggingface:" in capsys.readouterr().err


def test_find_prints_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["find", "t5-small", "--csv", "--limit", "3"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert list(rows[0]) == FIELDS
    assert rows[0]["repo_id"] == "google-t5/t5-small"
    assert rows[0]["parameter_count"] == "60506624"


def test_find_prints_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["find", "huggingface:google-t5/t5-small"]) == 0
    shown = capsys.readouterr()
    assert "60.5M" in shown.out
    assert shown.err.endswith("models\n")


def test_facets_answer_with_the_documented_json(capsys: pytest.CaptureFixture[str]) -> None:
    answer = asked(capsys, "facets", "task:text-generation", "--json")
    assert list(answer) == ["query", "total", "warnings", "facets"]
    for key in ("source", "task", "format", "license", "commercial", "quant", "kind", "library"):
        values = answer["facets"][key]
        assert values == sorted(values, key=lambda row: (-row["count"], row["value"]))
    first = answer["facets"]["params"][0]
    assert {"from", "to", "count"} == set(first)
    assert first["from"] < first["to"], "numbers, not texts"
    assert answer["facets"]["updated"][0]["from"].endswith("-01-01")


def test_count_of_a_facet_is_what_the_term_finds(capsys: pytest.CaptureFixture[str]) -> None:
    answer = asked(capsys, "facets", "task:translation", "--json")
    for key in ("license", "commercial", "library"):
        first = answer["facets"][key][0]
        found = asked(capsys, "find", f'task:translation {key}:"{first["value"]}"', "--json")
        assert found["total"] == first["count"]
    first = answer["facets"]["params"][0]
    term = f"params:{first['from']}..{first['to']}"
    assert asked(capsys, "find", f"task:translation {term}", "--json")["total"] == first["count"]


def test_show_brings_one_record_with_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, "find", "quant:Q4_K_M size:..5GB", "--json", "--limit", "1")
    shown = asked(capsys, "show", found["models"][0]["ref"], "--json")
    assert list(shown) == [*FIELDS, "files"]
    assert list(shown["files"][0]) == [field.name for field in fields(ModelFile)]


def test_show_says_not_stated_for_what_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["show", "huggingface:google-t5/t5-small"]) == 0
    assert "active_parameter_count: not stated" in capsys.readouterr().out


def test_unknown_ref_is_one_sentence_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["show", "huggingface:google-t5/t5-smal"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "huggingface:google-t5/t5-small" in told.err


def test_stats_reads_as_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["stats"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("generation ")
    assert "models, " in lines[0]
    hub = lines.index(next(line for line in lines if line.startswith("huggingface: ")))
    assert "of them bundled, facts of 20" in lines[hub]
    assert lines[hub + 1] == "  last sync: never"
    at = next(at for at, line in enumerate(lines) if line.startswith("coverage: "))
    assert lines[at + 1].split() == ["fact", "huggingface", "civitai", "ollama", "all"]
    assert lines[at + 2].split()[0] == "license"
    assert any(line.startswith("no license known here: ") for line in lines)
    assert any(line.startswith("flags: params_disagree ") for line in lines)
    assert "more permissive than their base: 0" in lines


def test_a_failed_sync_is_told_beside_the_last_good_one(capsys: pytest.CaptureFixture[str]) -> None:
    moment = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
    good = SourceRun(
        source="ollama", scope="full", started_at=moment, finished_at=moment, ok=True,
        fetched=1_010, kept=1_000, quarantined=10,
    )  # fmt: skip
    bad = replace(good, ok=False, fetched=0, error="Ollama cannot be reached.\x1b[31m")
    source = SourceStatus(
        source="ollama", models=1_000, starter_models=0, oldest=moment, newest=None,
        last_run=bad, last_ok=good,
    )  # fmt: skip
    commands.printing.status(
        CatalogStatus(generation="g", published_at=None, models=1, files=0, sources=(source,))
    )
    assert capsys.readouterr().out.splitlines() == [
        "generation g: 1 models, 0 files",
        "ollama: 1,000 models, 0 of them bundled, facts of 2026-11-24 to not stated",
        "  last sync: 2026-11-24 08:30 UTC, full, failed. Ollama cannot be reached. [31m",
        "  last good sync: 2026-11-24 08:30 UTC, full, done, 1,000 models kept, 10 rows put aside",
    ]


def test_the_table_names_what_a_ref_does_not_tell(capsys: pytest.CaptureFixture[str]) -> None:
    row = ModelRecord(
        ref="civitai:4384", source="civitai", repo_id="4384", name="DreamShaper",
        downloads_total=1_234_567, commercial_use="conditions",
    )  # fmt: skip
    commands.printing.models([row])
    shown = capsys.readouterr().out.splitlines()[1].split("  ")
    assert shown[0] == "civitai:4384 DreamShaper"
    assert shown[-1] == "1.23M in all"
    assert "conditions" in shown


def test_stats_counts_the_catalog(capsys: pytest.CaptureFixture[str]) -> None:
    stats = asked(capsys, "stats", "--json")
    assert stats["models"] >= 10_000
    assert stats["sources"][0]["source"] == "huggingface"


def test_the_bundled_catalog_is_as_complete_and_sound_as_promised(
    capsys: pytest.CaptureFixture[str],
) -> None:
    coverage = {one["source"]: one for one in asked(capsys, "stats", "--json")["coverage"]}
    assert set(coverage) == {"huggingface", "civitai", "ollama", None}
    for one in coverage.values():
        assert one["license"]["known"] >= 0.95 * one["license"]["of"]
        assert one["parameters"]["known"] >= 0.85 * one["parameters"]["of"]
        assert one["names_wrong"] <= 0.01 * one["names_checked"]
        assert one["beyond_base"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["find"],
        ["nonsense"],
        ["find", "x", "--limit", "many"],
        ["find", "x", "--json", "--csv"],
    ],
)
def test_bad_usage_exits_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        commands.main(wrong)
    assert stopped.value.code == 2


def test_unknown_source_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["sync", "huggingfase"]) == 2
    assert "'huggingfase' is not a source" in capsys.readouterr().err


def test_hostile_name_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    commands.printing.fields({"name": "a\x1b]0;owned\x07b\u202ec"})
    assert capsys.readouterr().out == "name: a ]0;owned b c\n"


def test_reader_that_goes_away_leaves_no_traceback(data_dir: Path) -> None:
    command = f"{sys.executable} -m catalog find '' --limit 5000 --json | head -c 10"
    done = subprocess.run(  # a shell, because the pipe is the point
        ["bash", "-c", command],
        cwd=ROOT,
        env={**os.environ, "CARDEX_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


def test_export_and_import_carry_the_catalog(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = asked(capsys, "stats", "--json")
    packed = tmp_path / "catalog.zip"
    assert commands.main(["snapshot", "export", str(packed)]) == 0
    monkeypatch.setenv("CARDEX_DATA_DIR", str(tmp_path / "other"))
    assert commands.main(["snapshot", "import", str(packed)]) == 0
    capsys.readouterr()
    there = asked(capsys, "stats", "--json")
    runs = ("last_run", "last_ok")
    for before, after in zip(here["sources"], there["sources"], strict=True):
        assert [after[name]["scope"] for name in runs] == ["import", "import"]
        assert {**before, **dict.fromkeys(runs)} == {**after, **dict.fromkeys(runs)}
    assert there["generation"] != here["generation"]
    listed = asked(capsys, "snapshot", "list", "--json")
    assert [row["current"] for row in listed["generations"]].count(True) == 1


def test_import_of_something_else_is_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "x.zip").write_bytes(b"not a catalog")
    assert commands.main(["snapshot", "import", str(tmp_path / "x.zip")]) == 1
    assert "is not a catalog" in capsys.readouterr().err


def test_a_limit_beyond_any_catalog_gives_all_rows(capsys: pytest.CaptureFixture[str]) -> None:
    answer = asked(capsys, "find", "t5-small", "--json", "--limit", "9" * 40)
    assert len(answer["models"]) == answer["total"]


def test_export_without_a_name_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["snapshot", "export", ""]) == 1
    assert "Name a file" in capsys.readouterr().err


def test_a_negated_term_alone_is_a_query(capsys: pytest.CaptureFixture[str]) -> None:
    answer = asked(capsys, "find", "-kind:quantized", "--json", "--limit", "1")
    assert answer["query"] == "-kind:quantized"
    assert asked(capsys, "find", "--limit", "1", "-kind:quantized", "--json") == answer


@pytest.mark.parametrize("wrong", [["find", "x", "--jsom"], ["stats", "-x"]])
def test_an_unknown_option_is_bad_usage(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        commands.main(wrong)
    assert stopped.value.code == 2


def test_a_full_sync_has_no_limit() -> None:
    with pytest.raises(SystemExit) as stopped:
        commands.main(["sync", "--full", "--limit", "5"])
    assert stopped.value.code == 2


def run_command(
    data_dir: Path, *arguments: str, **environ: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "catalog", *arguments],
        cwd=ROOT,
        env={**os.environ, "CARDEX_DATA_DIR": str(data_dir), **environ},
        capture_output=True,
        check=False,
    )


def test_every_script_is_printed_whatever_the_terminal_says(data_dir: Path) -> None:
    done = run_command(data_dir, "find", "模型", "--json", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode("utf-8"))["query"] == "模型"


def test_a_lost_catalog_is_said_and_the_bundled_one_shown(data_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lost"
    assert commands.main(["stats"]) == 0  # now it is there
    shutil.copytree(data_dir, folder)
    (victim,) = (folder / "catalog" / "snapshots").glob("*/models.arrow")
    victim.write_bytes(victim.read_bytes()[:1000])
    done = run_command(folder, "find", "t5-small", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["total"] > 0
    assert b"could be read any more" in done.stderr
    stats = json.loads(run_command(folder, "stats", "--json").stdout)
    assert "could be read any more" in stats["sources"][0]["last_run"]["error"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run_command(tmp_path / "file", "find", "t5-small", "--json")
    assert done.returncode == 0
    assert b"temporary folder" in done.stderr and b"Traceback" not in done.stderr


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_in_the_middle_of_a_start_is_one_word(number: signal.Signals, status: int) -> None:
    script = f"""
import os, runpy, sys
class Ends:
    def find_spec(self, name, *_):
        if name == "catalog.commands":
            os.kill(os.getpid(), {int(number)})
sys.meta_path.insert(0, Ends())
sys.argv = ["catalog", "stats"]
runpy.run_module("catalog", run_name="__main__", alter_sys=True)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", "cardex: stopped\n")
