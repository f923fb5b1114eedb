"""The Makefile and .ci/environment, run with shell scripts in place of Python interpreters."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / ".ci" / "environment"
TOOLS = ["awk", "cat", "chmod", "cksum", "cp", "ln", "mkdir", "rm", "sed", "sh", "sort", "tr"]
# Answers like `python -V`, `-c`, `-m venv --clear .venv`, `-m pip` and `-m uv`, and logs its arguments.
INTERPRETER = """#!/bin/sh
echo "$*" >>"$LOG"
case "$*" in
  *-V) echo "Python {version}" ;;
  *"import ensurepip"*) exit {venv} ;;
  *version_info*) exit {suitable} ;;
  *"-m venv"*) rm -rf .venv && mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  *"-m pip"*) [ ! -e pip-fails ] ;;
  *"-m uv"*) [ ! -e uv-fails ] ;;
esac
"""


class Machine:
    """A folder with a project and its own PATH."""

    def __init__(self, folder: Path) -> None:
        self.project, self.bin, self.log = folder / "project", folder / "bin", folder / "log"
        self.project.mkdir()
        self.bin.mkdir()
        (self.project / "pyproject.toml").write_text("[project]\n[tool.pytest]\n")
        for tool in TOOLS:
            found = next(p for d in os.environ["PATH"].split(":") if (p := Path(d, tool)).exists())
            (self.bin / tool).symlink_to(found)

    def add_python(
        self, name: str, version: str, *, suitable: bool = True, venv: bool = True, folder: str = ""
    ) -> None:
        path = self.bin / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            INTERPRETER.format(version=version, suitable=int(not suitable), venv=int(not (suitable and venv)))
        )
        path.chmod(0o755)

    def make(self, extra: str = "embedded", **environment: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("")
        path = f"{self.bin}:{self.bin / 'second'}"
        return subprocess.run(
            [str(ENVIRONMENT), extra],
            cwd=self.project,
            env={"PATH": path, "LOG": str(self.log)} | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def steps(self) -> list[str]:
        """The steps of the last call in order: `venv` for a new environment, and each installed extra."""
        calls = self.log.read_text().splitlines()
        made = ["venv" for call in calls if "-m venv" in call]
        return made + re.findall(r"--editable \.\[(\w+)\]", self.log.read_text())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_environment_is_made_once(machine: Machine) -> None:
    machine.add_python("python3", "3.12.1")

    assert machine.make().returncode == 0
    assert machine.steps == ["venv", "embedded"]
    assert machine.make().returncode == 0
    assert machine.steps == []


def test_the_checkout_can_be_imported_by_the_name_of_the_package(machine: Machine) -> None:
    machine.add_python("python3", "3.12.1")

    machine.make()

    assert (machine.project / ".venv" / "checkout" / "threadkeep").samefile(machine.project)


def test_larger_extra_covers_the_smaller_ones(machine: Machine) -> None:
    machine.add_python("python3", "3.12.1")

    machine.make("dev")
    machine.make("test")
    assert machine.steps == []
    machine.make("bench")
    assert machine.steps == []
    machine.make("peers")
    assert machine.steps == ["peers"]
    machine.make("embedded")
    assert machine.steps == []


def test_only_the_largest_extra_is_installed_with_uv(machine: Machine) -> None:
    machine.add_python("python3", "3.12.1")

    machine.make("test")
    assert "-m uv" not in machine.log.read_text()
    machine.make("dev")
    assert "-m uv pip install --quiet --python .venv/bin/python --editable .[dev]" in machine.log.read_text()
    assert machine.steps == ["dev"]


def test_pip_installs_what_uv_cannot(machine: Machine) -> None:
    machine.add_python("python3", "3.12.1")
    (machine.project / "uv-fails").touch()

    done = machine.make("dev")

    assert done.returncode == 0
    assert "pip tries it now" in done.stdout
    assert machine.steps == ["venv", "dev", "dev"]
    machine.make("dev")
    assert machine.steps == []


def test_changed_dependencies_are_installed_into_the_same_environment(machine: Machine) -> None:
    machine.add_python("python3", "3.12.1")
    machine.make()
    project = machine.project / "pyproject.toml"

    project.write_text(project.read_text() + "timeout = 60\n")
    machine.make()
    assert machine.steps == []
    project.write_text("dependencies = []\n" + project.read_text())
    machine.make()
    assert machine.steps == ["embedded"]


def test_a_failed_install_is_reported_and_repaired(machine: Machine) -> None:
    machine.add_python("python3", "3.12.1")
    fails = machine.project / "pip-fails"
    fails.touch()

    failed = machine.make()
    assert failed.returncode == 1
    assert failed.stderr == "pip could not install threadkeep[embedded]: the lines above say why.\n"
    fails.unlink()
    assert machine.make().returncode == 0
    assert machine.steps == ["venv", "embedded"]


def test_a_failed_addition_keeps_the_installed_extras(machine: Machine) -> None:
    machine.add_python("python3", "3.12.1")
    machine.make()
    fails = machine.project / "pip-fails"
    fails.touch()

    assert machine.make("test").returncode == 1
    assert machine.make().returncode == 0
    assert machine.steps == []


def test_an_unfinished_environment_is_made_again(machine: Machine) -> None:
    machine.add_python("python3", "3.12.1")
    (machine.project / ".venv" / "bin").mkdir(parents=True)

    done = machine.make()

    assert "unfinished" in done.stdout
    assert machine.steps == ["venv", "embedded"]


def test_moved_checkout_gets_a_new_environment(machine: Machine) -> None:
    machine.add_python("python3", "3.12.1")
    machine.make()

    machine.project = machine.project.rename(machine.project.with_name("elsewhere"))
    machine.make()

    assert machine.steps == ["venv", "embedded"]


def test_other_python_gets_a_new_environment(machine: Machine) -> None:
    machine.add_python("python3", "3.12.1")
    machine.make()

    machine.add_python(str(machine.project / ".venv" / "bin" / "python"), "3.13.0")
    machine.make()

    assert machine.steps == ["venv", "embedded"]


def test_choosing_another_python_gets_a_new_environment(machine: Machine) -> None:
    machine.add_python("python3", "3.12.1")
    machine.add_python("mine", "3.13.0")
    machine.make()

    machine.make(PYTHON=str(machine.bin / "mine"))
    assert machine.steps == ["venv", "embedded"]
    machine.make()
    assert machine.steps == []


def test_an_unsuitable_python3_is_skipped_for_a_suitable_one(machine: Machine) -> None:
    machine.add_python("python3", "3.14.0", suitable=False)
    machine.add_python("python3.13", "", suitable=False)
    machine.add_python("python3.13", "3.13.2", folder="second")

    done = machine.make()

    assert done.returncode == 0
    assert "Making .venv with Python 3.13.2" in done.stdout


def test_no_suitable_python_is_reported_in_one_line(machine: Machine) -> None:
    machine.add_python("python3", "3.9.2", suitable=False)
    machine.add_python("python3.12", "3.8.1", suitable=False)

    done = machine.make()

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "needs Python 3.11, 3.12 or 3.13, and PATH has Python 3.8.1, Python 3.9.2" in done.stderr


def test_no_python_at_all_is_reported_in_one_line(machine: Machine) -> None:
    done = machine.make()

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "PATH has none" in done.stderr


def test_chosen_python_is_the_only_one_tried(machine: Machine) -> None:
    machine.add_python("python3", "3.12.1")
    machine.add_python("mine", "3.10.0", suitable=False)

    done = machine.make(PYTHON=str(machine.bin / "mine"))

    assert done.returncode == 1
    assert f"{machine.bin / 'mine'} has Python 3.10.0" in done.stderr


def test_a_missing_venv_module_is_reported_in_one_line_with_its_fix(machine: Machine) -> None:
    machine.add_python("python3", "3.11.2", venv=False)

    done = machine.make()

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "apt install python3-venv" in done.stderr


def test_help_lists_every_target() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)

    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert re.findall(r"^make ([\w-]+) ", listed, re.MULTILINE) == targets


def test_no_tracked_file_names_a_registry_or_this_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    private = re.compile(rf"{re.escape(str(ROOT))}\b|/root/|/home/\w|/Users/\w|/opt/wheels|\bpypi\.org|pythonhosted")
    this_file = Path(__file__).relative_to(ROOT)

    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and Path(name) != this_file:
            found = private.search(path.read_text(errors="replace"))
            assert not found, f"{name} says {found and found.group()}"
