import importlib.util
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def gate():
    spec = importlib.util.spec_from_file_location("coverage_gate", ROOT / "tools/coverage_gate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def report(folder: Path, **shares: tuple[int, int]) -> Path:
    files = {
        name.replace("__", "/") + ".py": {
            "summary": {
                "covered_lines": run,
                "num_statements": whole,
                "covered_branches": 0,
                "num_branches": 0,
            },
            "missing_lines": list(range(run, whole)),
            "missing_branches": [[1, -1]],
        }
        for name, (run, whole) in shares.items()
    }
    path = folder / "report.json"
    path.write_text(json.dumps({"files": files}))
    return path


def test_all_gates_reached(gate, tmp_path: Path, capsys) -> None:
    path = report(tmp_path, catalog__query__text=(10, 10), catalog__a=(95, 100), ui__b=(9, 10))
    assert gate.main(path) == 0
    assert "LOW" not in capsys.readouterr().out


def test_one_line_of_the_query_missing_is_too_much(gate, tmp_path: Path, capsys) -> None:
    path = report(tmp_path, catalog__query__text=(999, 1000), ui__b=(10, 10))
    assert gate.main(path) == 1
    out = capsys.readouterr().out
    assert "LOW query and normalize: 99.90 %" in out
    assert "catalog/query/text.py: lines 999, 1->-1" in out


def test_pages_and_ui_count_together(gate, tmp_path: Path) -> None:
    assert gate.main(report(tmp_path, ui__a=(80, 100), pages__b=(90, 100))) == 0
    assert gate.main(report(tmp_path, ui__a=(80, 100), pages__b=(80, 100))) == 1


def test_worst_file_comes_first_and_long_lists_are_cut(gate, tmp_path: Path, capsys) -> None:
    path = report(tmp_path, ui__a=(0, 5), ui__b=(0, 50))
    assert gate.main(path) == 1
    lines = [line.strip() for line in capsys.readouterr().out.splitlines() if "lines" in line]
    assert lines[0].startswith("ui/b.py")
    assert lines[0].endswith("...")
