"""The house stands: every module imports only from the floors below it."""

import ast
from pathlib import Path

import pytest

import radiograph

ROOT = Path(radiograph.__file__).parent

# ARCHITECTURE.md shows the same list. A package may always import from itself.
FLOORS = {
    "cli": 7,
    "server": 6,
    "relay": 6,
    "doors": 5,
    "integrations": 4,
    "insights": 4,
    "sampling": 4,
    "query": 3,
    "access": 3,
    "store": 2,
    "trace": 1,
    "errors": 0,
    "settings": 1,
}
# The language everyone speaks does no input or output.
IMPURE = {
    "asyncio",
    "duckdb",
    "http",
    "os",
    "pathlib",
    "random",
    "socket",
    "subprocess",
    "time",
    "urllib",
    "pyarrow",
}


def package_of(module: str) -> str:
    """`radiograph.store.lake` belongs to `store`, `radiograph` itself to nothing."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports, also inside functions and for types only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide which floor they lead to"
            found.add(node.module or "")
            if node.module == "radiograph":
                found |= {f"radiograph.{alias.name}" for alias in node.names}
    return found


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def test_every_package_has_its_floor() -> None:
    packages = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in modules()} - {"__init__", "__main__"}
    assert packages <= set(FLOORS)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_from_floors_below(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0].removesuffix(".py")
    if own in ("__init__", "__main__"):
        return
    for module in imports_of(path):
        if not module.startswith("radiograph."):
            continue
        other = package_of(module)
        if other in (own, "", "__version__"):
            continue
        assert FLOORS[other] < FLOORS[own], f"{path} ({own}, floor {FLOORS[own]}) imports {module}"


@pytest.mark.parametrize("path", sorted((ROOT / "trace").glob("*.py")), ids=lambda path: path.name)
def test_the_trace_language_is_pure(path: Path) -> None:
    assert not {module.split(".")[0] for module in imports_of(path)} & IMPURE
