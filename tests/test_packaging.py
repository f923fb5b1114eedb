import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import threadkeep
from threadkeep.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NOT_SHIPPED = {"tests", "benchmarks", "build"}


def test_every_folder_of_the_package_is_shipped() -> None:
    tops = [path for path in ROOT.iterdir() if path.name not in NOT_SHIPPED and not path.name.startswith(".")]
    folders = [file.parent.relative_to(ROOT) for top in tops for file in top.rglob("__init__.py")]
    packages = {".".join(("threadkeep", *folder.parts)) for folder in folders}

    assert PROJECT["tool"]["setuptools"]["packages"] == sorted({"threadkeep"} | packages)


def test_no_module_has_the_name_of_a_standard_module() -> None:
    names = {path.stem for path in ROOT.iterdir() if path.is_dir() or path.suffix == ".py"}

    assert not names & sys.stdlib_module_names


def test_the_version_has_one_source() -> None:
    assert "version" in PROJECT["project"]["dynamic"]
    assert threadkeep.__version__ == version("threadkeep")


def test_the_changelog_has_a_section_for_the_version() -> None:
    assert f"\n## {version('threadkeep')}\n" in (ROOT / "CHANGELOG.md").read_text()


def test_environment_example_names_every_setting_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line.removeprefix("# ") for line in (ROOT / ".env.example").read_text().splitlines()]
    example = dict(line.split("=", 1) for line in lines if line.startswith(PREFIX))
    secrets = {f"{PREFIX}MONGODB_URL", f"{PREFIX}ADMIN_KEY"}

    assert set(example) == {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    defaults = Settings.model_construct()
    for name in example.keys() - secrets:
        monkeypatch.setenv(name, example[name])
    assert Settings(_env_file=None) == defaults
