"""The scripts behind `make run` and `make test`, on machines that lack something."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHELL = "/bin/sh"

pytestmark = pytest.mark.skipif(not Path(SHELL).exists(), reason="there is no /bin/sh here")


def program(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.write_text(f"#!{SHELL}\n{text}\n")
    file.chmod(0o755)


def run(script: str, *arguments: str, path: Path, **environ: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [SHELL, str(ROOT / "tools" / script), *arguments],
        env={"PATH": str(path), **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_python_is_one_sentence(tmp_path: Path) -> None:
    done = run("make_venv.sh", str(tmp_path / "venv"), path=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("Cardex needs Python 3.11 to 3.14")
    assert done.stderr.count("\n") == 1


def test_python_without_venv_is_told_apart(tmp_path: Path) -> None:
    program(tmp_path, "python3", 'case "$2" in *ensurepip*) exit 1;; esac')
    done = run("make_venv.sh", str(tmp_path / "venv"), path=tmp_path)
    assert done.returncode == 1
    assert "python3-venv" in done.stderr


def test_too_old_or_broken_python_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path, "python3", "exit 1")
    made = tmp_path / "made"
    program(tmp_path, "python3.12", f'case "$1" in -m) echo "$*" > "{made}";; esac')
    assert run("make_venv.sh", "there", path=tmp_path).returncode == 0
    assert made.read_text() == "-m venv --clear there\n"


def test_working_environment_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "venv/bin").mkdir(parents=True)
    program(tmp_path / "venv/bin", "python", "exit 0")
    assert run("make_venv.sh", str(tmp_path / "venv"), path=tmp_path).returncode == 0


def test_chromium_that_is_there_is_enough(tmp_path: Path) -> None:
    program(tmp_path, "chromium", "")
    done = run("chromium.sh", path=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("manager", "how"),
    [
        ("apt-get", "sudo apt-get install chromium"),
        ("dnf", "sudo dnf install chromium"),
        ("pacman", "sudo pacman -S chromium"),
        ("brew", "brew install --cask chromium"),
        ("nothing", "from your system's packages"),
    ],
)
def test_chromium_that_may_not_be_installed_is_said(tmp_path: Path, manager: str, how: str) -> None:
    program(tmp_path, "id", "echo 1000")
    program(tmp_path, manager, "exit 1")
    done = run("chromium.sh", path=tmp_path)
    assert done.returncode == 0
    assert "the browser tests will be skipped" in done.stdout
    assert how in done.stdout


@pytest.mark.parametrize(("status", "said"), [(0, "Installing"), (1, "could not install")])
def test_root_installs_chromium_with_apt(tmp_path: Path, status: int, said: str) -> None:
    program(tmp_path, "id", "echo 0")
    program(tmp_path, "env", 'shift; "$@"')
    program(tmp_path, "apt-get", f"exit {status}")
    done = run("chromium.sh", path=tmp_path)
    assert done.returncode == 0
    assert said in done.stdout


def test_nginx_that_cannot_be_had_is_said(tmp_path: Path) -> None:
    program(tmp_path, "id", "echo 1000")
    text = (ROOT / "tools" / "nginx.sh").read_text("utf-8")
    assert "[ -x /usr/sbin/nginx ]" in text
    script = text.replace("/usr/sbin/nginx", str(tmp_path / "absent"))
    command = [SHELL, "-c", script]
    done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode == 0 and "will be skipped" in done.stdout
    program(tmp_path, "nginx", "")
    done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
