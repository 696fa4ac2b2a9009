"""Who calls whom in the portal, read from its source: enough to say what a function comes to in the end.

A call is followed when its name can be told without running anything: a function of the same module, a
name or a module that was imported, a method of the same class or of a class of the same module. What
cannot be told is not followed, so a function is never taken to do what it does not.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("portal", "catalog", "sharing", "audit")


@dataclass
class Function:
    name: str
    node: ast.FunctionDef
    calls: set[str] = field(default_factory=set)


@dataclass
class Module:
    name: str
    tree: ast.Module
    imported: dict[str, str] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    methods: dict[str, set[str]] = field(default_factory=dict)


def modules() -> dict[str, Module]:
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" in path.parts or "__pycache__" in path.parts:
                continue
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = _read(name, path)
    for module in found.values():
        for function in module.functions.values():
            function.calls = set(_calls(module, function.node, found))
    return found


def reaching(all_modules: dict[str, Module], ends: frozenset[str]) -> set[str]:
    """The full names of all functions that call one of `ends`, or call one that does."""
    graph = {
        f"{module.name}.{name}": function.calls
        for module in all_modules.values()
        for name, function in module.functions.items()
    }
    reached = set(ends)
    while new := {name for name, calls in graph.items() if calls & reached} - reached:
        reached |= new
    return reached - ends


def _read(name: str, path: Path) -> Module:
    module = Module(name, ast.parse(path.read_text(encoding="utf-8")))
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                module.imported[one.asname or one.name.partition(".")[0]] = (
                    one.name if one.asname else one.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            for one in node.names:
                module.imported[one.asname or one.name] = f"{base}.{one.name}"
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef):
            module.functions[node.name] = Function(node.name, node)
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    full = f"{node.name}.{inner.name}"
                    module.functions[full] = Function(full, inner)
                    module.methods.setdefault(inner.name, set()).add(full)
    return module


def _base(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, node.module] if node.module else parts)


def _calls(module: Module, node: ast.AST, found: dict[str, Module]) -> Iterator[str]:
    """What is called, or handed on to be called, in the body."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            if inner.id in module.functions:
                yield f"{module.name}.{inner.id}"
            elif inner.id in module.imported:
                yield _defined(module.imported[inner.id], found)
        elif isinstance(inner, ast.Attribute):
            dotted = _dotted(inner)
            head, _dot, rest = dotted.partition(".")
            if head in module.imported and rest:
                yield _defined(f"{module.imported[head]}.{rest}", found)
            else:
                yield from (f"{module.name}.{full}" for full in module.methods.get(inner.attr, ()))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def _defined(full: str, found: dict[str, Module]) -> str:
    """Where a name that a package hands on is defined."""
    for _ in range(5):
        owner, _dot, name = full.rpartition(".")
        if owner in found and name not in found[owner].functions and name in found[owner].imported:
            full = found[owner].imported[name]
        else:
            break
    return full
