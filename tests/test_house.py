"""Rules of the house that no other tool checks; each names the file and line that breaks it."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("app.py", "server.py", "pages", "ui", "web", "catalog", "components", "bench", "tools")
PAGES = sorted(path for path in (ROOT / "pages").glob("*.py") if path.name != "__init__.py")
# Each would put untrusted text where it is run, or run what was downloaded.
BANNED_ARGUMENTS = {"unsafe_allow_html", "unsafe_allow_javascript", "trust_remote_code"}
BANNED_IMPORTS = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"}
BANNED_STREAMLIT = {"html", "iframe"}
MEDIA = {"image", "audio", "video", "logo"}


def sources(*parts: str) -> Iterator[Path]:
    for part in parts:
        path = ROOT / part
        files = [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))
        for file in files:
            if not {"build", "node_modules", ".venv"} & set(file.relative_to(ROOT).parts):
                yield file


def nodes(*parts: str) -> Iterator[tuple[str, ast.AST]]:
    for file in sources(*parts):
        if file.exists():
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                yield f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", node


def of_streamlit(node: ast.AST, names: set[str]) -> bool:
    """Whether this is `st.<name>` or `streamlit.<name>`."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr in names
        and isinstance(node.value, ast.Name)
        and node.value.id in {"st", "streamlit"}
    )


def tracked() -> list[Path]:
    """The files of the repository; all that are there where it is not a clone."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is not a clone, so there is no list of its files")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_imports_go_down_only() -> None:
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command, "import-linter is not installed"
    done = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_enters_the_frame_before_anything_else(page: Path) -> None:
    body = ast.parse(page.read_text(encoding="utf-8")).body
    passive = (ast.Import, ast.ImportFrom)
    first = next(
        node
        for node in body
        if not isinstance(node, passive)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    )
    assert ast.unparse(first) == "frame.enter()"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_has_a_plain_name_and_stays_short(page: Path) -> None:
    assert re.fullmatch(r"[a-z][a-z_]*", page.stem)
    assert len(page.read_text(encoding="utf-8").splitlines()) <= 160


def test_nothing_hands_text_to_the_browser_as_html() -> None:
    found = [
        f"{where} {node.arg}"
        for where, node in nodes(*OURS)
        if isinstance(node, ast.keyword) and node.arg in BANNED_ARGUMENTS
    ]
    found += [
        f"{where} st.{node.attr}"
        for where, node in nodes(*OURS)
        if of_streamlit(node, BANNED_STREAMLIT)
    ]
    assert found == []


def test_media_are_files_of_our_own() -> None:
    found = [
        where
        for where, node in nodes("app.py", "pages", "ui")
        if isinstance(node, ast.Call)
        and of_streamlit(node.func, MEDIA)
        and node.args
        and any(isinstance(part, ast.Attribute | ast.JoinedStr) for part in ast.walk(node.args[0]))
    ]
    assert found == [], "st.image and its like open addresses and local files"


def test_nothing_unpickles_or_evaluates() -> None:
    found = []
    for where, node in nodes(*OURS):
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {(node.module or "").split(".")[0]}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in {"eval", "exec"}:
                found.append(f"{where} {node.func.id}")
            continue
        else:
            continue
        found += [f"{where} {name}" for name in names & BANNED_IMPORTS]
    assert found == []


def test_only_state_touches_the_url_and_the_session() -> None:
    names = {"query_params", "session_state"}
    found = [
        f"{where} st.{node.attr}"
        for where, node in nodes("app.py", "pages", "ui", "web")
        if of_streamlit(node, names) and not where.startswith("ui/state.py:")
    ]
    assert found == []


def test_only_settings_reads_the_environment() -> None:
    found = [
        where
        for where, node in nodes("app.py", "server.py", "pages", "ui", "web", "catalog")
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        # the server sets variables for itself; CI is a convention of terminals, not a setting
        and not where.startswith(
            ("catalog/settings.py:", "web/__main__.py:", "catalog/refresh/progress.py:")
        )
    ]
    assert found == []


def test_the_catalog_knows_no_streamlit() -> None:
    for file in sources("catalog"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(import|from) (streamlit|plotly)\b", text, re.MULTILINE), file


def test_no_file_names_a_folder_of_one_machine() -> None:
    home = re.compile(rb"/(?:home|Users|root|work|workspace)/[A-Za-z0-9._-]+/")
    allowed = {"tests/test_house.py"}
    found = []
    for file in tracked():
        name = file.relative_to(ROOT).as_posix()
        if name in allowed or file.suffix in {".png", ".parquet", ".mo"}:
            continue
        for number, line in enumerate(file.read_bytes().splitlines(), 1):
            if home.search(line):
                found.append(f"{name}:{number}")
    assert found == []


def test_no_large_file_is_kept() -> None:
    too_large = {
        file.relative_to(ROOT).as_posix(): file.stat().st_size
        for file in tracked()
        if file.stat().st_size > 8_000_000
    }
    assert too_large == {}


def test_versions_are_bounded_above() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            requirement = line.split("#")[0].strip()
            if not requirement or requirement.startswith(("-r ", "./")):
                continue
            assert re.fullmatch(r"[A-Za-z0-9_.\[\]-]+>=[\d.]+,<[\d.]+(;.*)?", requirement), line


def test_light_install_stays_light() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for heavy in ("torch", "transformers", "polars", "duckdb", "playwright", "pytest"):
        assert not re.search(rf"^{heavy}\b", text, re.MULTILINE), heavy
    assert "streamlit>=1.67,<1.68" in text


def test_shipped_options_keep_the_visitor_private() -> None:
    import tomllib

    options = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert options["browser"]["gatherUsageStats"] is False
    assert options["client"]["showErrorDetails"] in ("none", False)
    assert options["server"]["enableXsrfProtection"] is True
    assert options["server"]["enableCORS"] is True
    assert options["server"]["enableStaticServing"] is False
    assert "address" not in options["server"], "the address belongs to the place, not to the app"


def test_every_test_file_mirrors_a_file_or_a_folder() -> None:
    free = {"e2e", "fixtures", "bench", "replay", "tools", "starter", "web"}
    strays = []
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        parts = file.relative_to(ROOT / "tests").parts
        if len(parts) == 1 or parts[0] in free:
            continue
        folder = ROOT.joinpath(*parts[:-1])
        if not folder.is_dir() and not folder.with_suffix(".py").is_file():
            strays.append("/".join(parts))
    assert strays == []
