"""What the skill's page says of checkouts that test each other's code is so."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.sampling import sampled
from tests.support import Repo

CODE = "import lib; print(lib.__file__)"


def _editable(code: Path, venv: Path) -> Path:
    """Make a venv in which a folder's package is installed as ``pip install -e`` does it.

    Return its Python, which finds this environment's pytest as well.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / "bin" / "python"
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    there = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True).stdout
    paths = f"{code}\n{sysconfig.get_path('purelib')}\n"
    (Path(there.strip()) / "editable.pth").write_text(paths)
    return python


@pytest.mark.thorough
@sampled(
    ("layout", "path", "tested"),
    (("src", "", "home"), ("src", "src", "stage"), (".", "", "stage")),
    one_in=3,
)
def test_an_editable_install_of_home_is_home_s_code_unless_the_path_says_otherwise(
    repo: Repo, tmp_path: Path, layout: str, path: str, tested: str
) -> None:
    repo.write(f"{layout}/lib/__init__.py", "")
    repo.write("tests/test_it.py", "import lib\n\ndef test_it():\n    print(lib.__file__)\n")
    repo.commit()
    stage = tmp_path / "a stage"
    repo.git("worktree", "add", "-b", "stage", str(stage))
    python = _editable((repo.path / layout).resolve(), tmp_path / "venv")
    said = subprocess.run(
        [python, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider"],
        cwd=stage,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": path},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    place = stage if tested == "stage" else repo.path
    assert str((place / layout / "lib" / "__init__.py").resolve()) in said


@pytest.mark.thorough
@pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")
def test_npm_ci_wants_the_lock_file_that_git_ignores(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "lib", "version": "1.0.0"}')
    done = subprocess.run(["npm", "ci"], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert "EUSAGE" in done.stderr


@pytest.mark.skipif(shutil.which("cmake") is None, reason="needs cmake")
def test_cmake_refuses_a_build_folder_that_was_copied(tmp_path: Path) -> None:
    here, there = tmp_path / "home", tmp_path / "stage"
    here.mkdir()
    (here / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.10...3.30)\nproject(lib NONE)\n"
    )
    subprocess.run(["cmake", "-B", "build"], cwd=here, check=True, capture_output=True)
    shutil.copytree(here, there)
    again = subprocess.run(
        ["cmake", "-B", "build"], cwd=there, check=False, capture_output=True, text=True
    )
    assert again.returncode != 0
    assert "is different than the directory" in " ".join(again.stderr.split())
