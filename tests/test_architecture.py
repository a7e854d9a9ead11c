"""The shape of the code: sizes, names, floors and locks (docs/architecture.md)."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.words import ACTS

ROOT = Path(__file__).resolve().parent.parent
ACT = re.compile(r"[a-z_]+\.[a-z_]+")
APPS = ("accounts", "audit", "billing", "merchants", "payments", "support")
CODE = ("config", *APPS, "tests")
MONEY_CODE = ("billing", "merchants", "payments")
# Where stores are on the earth; no amount comes by there.
DEGREES = {"merchants/directory.py", "merchants/api/stores.py", "merchants/serializers/stores.py", "merchants/models/store.py"}
RECORDING = {"record", "_record", "note", "_change_status"}  # what writes the trail, and what hands it the act's name
LONGEST_FILE = 500
LONGEST_FUNCTION = 70
NAMES_THAT_SAY_NOTHING = {"common", "handlers", "helpers", "managers", "misc", "services", "signals", "utils"}


def sources(*folders: str, suffixes: frozenset[str] = frozenset({".py"})) -> Iterator[Path]:
    """The project's own files of these kinds, without migrations."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and "migrations" not in path.parts:
                yield path


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_keeps_files_short() -> None:
    kinds = frozenset({".py", ".html", ".css", ".js", ".sql", ".txt"})
    lines = {named(path): len(path.read_text().splitlines()) for path in sources(*CODE, "templates", suffixes=kinds)}
    assert {name: count for name, count in lines.items() if count > LONGEST_FILE} == {}


def test_keeps_functions_short() -> None:
    too_long = {
        f"{named(path)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in sources(*CODE)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    }
    assert too_long == {}


def test_names_modules_by_what_they_are_about() -> None:
    assert [named(path) for path in sources(*CODE) if {path.stem, path.parent.name} & NAMES_THAT_SAY_NOTHING] == []


def test_keeps_float_out_of_money_code() -> None:
    found = [
        f"{named(path)}:{node.lineno}"
        for path in sources(*MONEY_CODE)
        if named(path) not in DEGREES
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Attribute) and node.attr in {"FloatField", "true_divide"})
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
    ]
    assert found == []


def test_puts_every_config_module_on_a_floor() -> None:
    """import-linter sees only the modules that its contract names."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    floors = {module.strip() for layer in contract["layers"] for module in re.split("[:|]", layer)}
    modules = {
        f"config.{path.stem}" for path in (ROOT / "config").iterdir() if path.suffix == ".py" and path.stem != "__init__"
    }
    packages = {f"config.{path.parent.name}" for path in (ROOT / "config").glob("*/__init__.py")} - {"config.migrations"}
    assert floors - set(APPS) == modules | packages
    assert set(APPS) <= floors


def test_has_words_for_every_act() -> None:
    """People read what was done on their account: a new act of the trail needs its line in audit/words.py."""
    acts = {
        constant.value
        for path in sources(*APPS)
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in RECORDING
        for argument in call.args
        for constant in ast.walk(argument)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str) and ACT.fullmatch(constant.value)
    }
    assert len(acts) > 20
    assert acts - set(ACTS) == set()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_every_package_by_hash_and_by_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pins = re.split(r"\n(?=\S)", text.strip())
    assert len(pins) > 50
    assert [
        pin.splitlines()[0] for pin in pins if not re.match(r"[\w.-]+==[^\s;]+.*\\\n +--hash=sha256:[0-9a-f]{64}", pin)
    ] == []
    assert "//" not in text


def test_ships_no_package_that_the_tests_did_not_run_with() -> None:
    versions = [
        set(re.findall(r"^([\w.-]+==[^\s;]+)", (ROOT / lock).read_text(), re.MULTILINE))
        for lock in ("requirements.lock", "requirements-dev.lock")
    ]
    assert versions[0] - versions[1] == set()
