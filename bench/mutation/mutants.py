"""Small faults, made one at a time in the syntax tree of a module.

Operators: a comparison turned round or moved by one, `and` for `or`, a condition denied, `any` for `all`, set operators
exchanged, a constant changed, one element left out of a table, a statement left out. Left alone: docstrings, annotations,
texts with blanks (sources of law, for people), imports, and classes' own declarations except their methods.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COMBINED: dict[type[ast.operator], type[ast.operator]] = {
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}
_CODE = re.compile(r"^[A-Za-z][\w.-]*$")
_OTHER_NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault.

    Args:
        line, function: where; the function is empty for tables. what: in words. code: the module with the fault.
    """

    line: int
    function: str
    what: str
    code: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every fault of a module, in the order of its lines."""
    tree = ast.parse(source)
    skipped = _skipped(tree)
    places = [node for node in ast.walk(tree) if id(node) not in skipped]
    for node in sorted(places, key=lambda each: (getattr(each, "lineno", 0), getattr(each, "col_offset", 0))):
        for what, changed in _changes(node):
            line = getattr(node, "lineno", 0)
            yield Mutant(line, _function(tree, line), what, _with(tree, node, changed))


def _function(tree: ast.Module, line: int) -> str:
    """Return the innermost function that a line stands in."""
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or line)
    ]
    return max(found, key=lambda node: node.lineno).name if found else ""


def _skipped(tree: ast.Module) -> set[int]:
    """Return what is no behaviour: docstrings, annotations, imports, declarations of classes, decorators."""
    found: set[int] = set()
    for node in ast.walk(tree):
        for part in _no_behaviour(node):
            found.update(id(each) for each in ast.walk(part))
    return found


def _no_behaviour(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a node that no fault is put into."""
    if isinstance(node, ast.Import | ast.ImportFrom) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ):
        yield node
    elif isinstance(node, ast.AnnAssign):
        yield node.annotation
    elif isinstance(node, ast.FunctionDef):
        yield node.args
        yield from (part for part in (node.returns, *node.decorator_list) if part is not None)
    elif isinstance(node, ast.ClassDef):
        yield from node.decorator_list
        yield from (part for part in node.body if not isinstance(part, ast.FunctionDef))
    elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
        yield node


Change = tuple[str, ast.AST]


def _changes(node: ast.AST) -> Iterator[Change]:
    """Yield what a node may become."""
    for kinds, changes in _OPERATORS:
        if isinstance(node, kinds):
            yield from changes(node)


def _compared(node: ast.Compare) -> Iterator[Change]:
    for place, operator in enumerate(node.ops):
        other = _COMPARED[type(operator)]
        changed = copy.deepcopy(node)
        changed.ops[place] = other()
        yield f"{type(operator).__name__} -> {other.__name__}", changed


def _joined(node: ast.BoolOp) -> Iterator[Change]:
    changed = copy.deepcopy(node)
    changed.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield f"{type(node.op).__name__} -> {type(changed.op).__name__}", changed


def _combined(node: ast.BinOp) -> Iterator[Change]:
    other = _COMBINED.get(type(node.op))
    if other is not None:
        changed = copy.deepcopy(node)
        changed.op = other()
        yield f"{type(node.op).__name__} -> {other.__name__}", changed


def _affirmed(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        yield "not left out", copy.deepcopy(node.operand)


def _denied(node: ast.If | ast.IfExp) -> Iterator[Change]:
    changed = copy.deepcopy(node)
    changed.test = ast.UnaryOp(ast.Not(), changed.test)
    yield "condition denied", changed


def _renamed(node: ast.Name) -> Iterator[Change]:
    other = _OTHER_NAMES.get(node.id)
    if other is not None:
        yield f"{node.id} -> {other}", ast.Name(other, node.ctx)


def _left_out(node: ast.AST) -> Iterator[Change]:
    yield "statement left out", ast.Pass()


def _constants(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield f"{value} -> {not value}", ast.Constant(not value)
    elif isinstance(value, int):
        yield f"{value} -> {value + 1}", ast.Constant(value + 1)
    elif value is None:
        return
    elif isinstance(value, str) and _CODE.match(value):
        yield f"{value!r} changed", ast.Constant("changed." + value)


def _shortened(node: ast.Set | ast.Tuple | ast.List) -> Iterator[Change]:
    if len(node.elts) < 2 or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return
    for place, element in enumerate(node.elts):
        shorter = copy.deepcopy(node)
        del shorter.elts[place]
        yield f"without {ast.unparse(element)[:60]}", shorter


_OPERATORS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Iterator[Change]]], ...] = (
    (ast.Compare, _compared),
    (ast.BoolOp, _joined),
    (ast.BinOp, _combined),
    (ast.UnaryOp, _affirmed),
    ((ast.If, ast.IfExp), _denied),
    (ast.Name, _renamed),
    (ast.Constant, _constants),
    ((ast.Expr, ast.AugAssign), _left_out),
    ((ast.Set, ast.Tuple, ast.List), _shortened),
)


def _with(tree: ast.Module, node: ast.AST, changed: ast.AST) -> ast.Module:
    """Return a copy of the tree with one node replaced."""

    class Replace(ast.NodeTransformer):
        def visit(self, found: ast.AST) -> ast.AST:
            return ast.copy_location(changed, node) if found is node else self.generic_copy(found)

        def generic_copy(self, found: ast.AST) -> ast.AST:
            fresh = copy.copy(found)
            for name, value in ast.iter_fields(found):
                if isinstance(value, ast.AST):
                    setattr(fresh, name, self.visit(value))
                elif isinstance(value, list):
                    setattr(fresh, name, [self.visit(v) if isinstance(v, ast.AST) else v for v in value])
            return fresh

    whole = Replace().visit(tree)
    assert isinstance(whole, ast.Module)
    return ast.fix_missing_locations(whole)
