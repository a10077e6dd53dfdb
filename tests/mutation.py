"""Faults to plant in a module, one at a time, by its syntax tree.

Compared with ready tools this one also reaches properties, class bodies and
module constants, where most of the rules on limits stand.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
# In any order of arguments they give the same.
_SYMMETRIC = ("min", "max")
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}
# What runs nothing of its own: types, decorators, imports, how a number is printed.
_SKIPPED = {"annotation", "returns", "decorator_list", "bases", "format_spec"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault. `key` names it by its place and text, so that it stays the same
    when lines move; `code` is the whole module with the fault in it."""

    key: str
    code: CodeType


def mutants(source: str, filename: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its source."""
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    for parent, field, index, node, where in _nodes(tree, ""):
        for new in _variants(node, field):
            name = f"{where}: {_text(node)} -> {_text(new)}"
            seen[name] += 1
            key = name if seen[name] == 1 else f"{name} #{seen[name]}"
            _put(parent, field, index, new)
            try:
                fixed = ast.fix_missing_locations(tree)
                yield Mutant(key, compile(fixed, filename, "exec"))
            finally:
                _put(parent, field, index, node)


_Place = tuple[ast.AST, str, int | None, ast.AST, str]


def _nodes(node: ast.AST, where: str) -> Iterator[_Place]:
    for field, value in ast.iter_fields(node):
        if field in _SKIPPED:
            continue
        items = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, child in items:
            if not isinstance(child, ast.AST) or _is_plain(child):
                continue
            inside = _named(child, where)
            yield node, field, index, child, inside
            yield from _nodes(child, inside)


def _is_plain(node: ast.AST) -> bool:
    """An import or a text that stands alone, such as a docstring."""
    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return text or isinstance(node, ast.Import | ast.ImportFrom)


def _named(node: ast.AST, where: str) -> str:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return f"{where}.{node.name}".lstrip(".")
    return where


def _put(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.keyword | ast.comprehension):
        return " ".join(ast.unparse(child) for child in ast.iter_child_nodes(node))
    return " ".join(ast.unparse(node).split())


def _variants(node: ast.AST, field: str) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    match node:
        case ast.Compare():
            yield from _compare(node)
        case ast.BoolOp():
            yield from _bool(node)
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _COMPUTED:
            yield ast.BinOp(left, _COMPUTED[type(op)](), right)
        case ast.AugAssign(target=target, op=op, value=value):
            yield ast.AugAssign(target, _COMPUTED[type(op)](), value)
            yield ast.Pass()
        case ast.Constant():
            yield from _constant(node.value)
        case ast.IfExp(test=test, body=body, orelse=other):
            yield ast.IfExp(test, other, body)
        case ast.If(body=body, orelse=other):
            yield ast.If(ast.Constant(True), body, other)
            yield ast.If(ast.Constant(False), body, other)
        case ast.Return(value=value) if value is not None:
            yield from _return(value)
        case ast.Raise() | ast.Continue():
            yield ast.Pass()
        case ast.Expr():
            yield ast.Expr(ast.Constant(None))
        case ast.Call():
            yield from _call(node)
        case ast.comprehension(ifs=ifs) if ifs:
            yield ast.comprehension(node.target, node.iter, [], 0)


def _compare(node: ast.Compare) -> Iterator[ast.AST]:
    for place, op in enumerate(node.ops):
        for other in _COMPARED[type(op)]:
            ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            yield ast.Compare(node.left, ops, node.comparators)


def _bool(node: ast.BoolOp) -> Iterator[ast.AST]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield ast.BoolOp(other, node.values)
    for place in range(len(node.values)):
        rest = [*node.values[:place], *node.values[place + 1 :]]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _constant(value: object) -> Iterator[ast.AST]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
        if value > 0:
            yield ast.Constant(value - 1)
    elif isinstance(value, str):
        yield ast.Constant(f"{value}?")


def _return(value: ast.expr) -> Iterator[ast.AST]:
    if isinstance(value, ast.Compare | ast.BoolOp):
        yield ast.Return(ast.UnaryOp(ast.Not(), value))
    elif not isinstance(value, ast.Constant):
        yield ast.Return(ast.Constant(None))


def _call(node: ast.Call) -> Iterator[ast.AST]:
    """Swapped neighbours, a keyword left out, min for max."""
    function, args, keywords = node.func, node.args, node.keywords
    name = function.id if isinstance(function, ast.Name) else ""
    for place in range(len(args) - 1 if name not in _SYMMETRIC else 0):
        swapped = [*args]
        swapped[place : place + 2] = args[place + 1], args[place]
        yield ast.Call(function, swapped, keywords)
    for place in range(len(keywords)):
        rest = [*keywords[:place], *keywords[place + 1 :]]
        yield ast.Call(function, args, rest)
    if name in _CALLED:
        yield ast.Call(ast.Name(_CALLED[name], ast.Load()), args, keywords)
