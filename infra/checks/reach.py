"""Which functions of the code a handler can come to, by the syntax trees of core/ and handlers/.

The code is typed throughout, so most receivers of a method have a known class: a parameter's
annotation, a field's, what a function returns. Where the class is not known, every class that has
been named on the way and has a method of that name counts. So the answer errs on the side of more.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path

from infra.staging import ROOT

FOLDERS = ("core", "handlers")

COMMON = {name for kind in (dict, list, str, bytes, set, int, float) for name in dir(kind)}
COMMON |= {"head", "close", "write", "read", "put"}
"""Methods of Python's own types, of tables and of files: without a known class they are theirs."""


@dataclass
class Class:
    name: str
    module: str
    node: ast.ClassDef
    methods: dict[str, ast.FunctionDef] = field(default_factory=dict)
    fields: dict[str, ast.expr] = field(default_factory=dict)
    """Annotations, of the class and of what `__init__` keeps of its parameters."""

    @property
    def is_protocol(self) -> bool:
        return any(ast.unparse(base).startswith("Protocol") for base in self.node.bases)


_Kind = Class | str | None
"""A class of ours; '' for anything else that is known; None for what is not known."""


class Code:
    """All modules, and what their names mean."""

    def __init__(self, root: Path = ROOT) -> None:
        self.names: dict[str, dict[str, str]] = {}
        """Module → name in it → full name of what it means."""
        self.functions: dict[str, tuple[str, ast.FunctionDef]] = {}
        self.classes: dict[str, Class] = {}
        self.values: dict[str, tuple[str, ast.expr]] = {}
        """Constants of modules."""
        for folder in FOLDERS:
            for path in sorted((root / folder).rglob("*.py")):
                relative = path.relative_to(root).with_suffix("").as_posix().replace("/", ".")
                self._read(relative.removesuffix(".__init__"), ast.parse(path.read_text("utf-8")))

    def bases(self, made: Class) -> list[str]:
        """Full names of its base classes."""
        written = [b.value if isinstance(b, ast.Subscript) else b for b in made.node.bases]
        return [name for name in (self.meaning(made.module, base) for base in written) if name]

    def _read(self, module: str, tree: ast.Module) -> None:
        names = self.names.setdefault(module, {})
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {(a.asname or a.name): a.name for a in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {(a.asname or a.name): f"{node.module}.{a.name}" for a in node.names}
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                names[node.name] = f"{module}.{node.name}"
                self.functions[f"{module}.{node.name}"] = (module, node)
            elif isinstance(node, ast.ClassDef):
                names[node.name] = f"{module}.{node.name}"
                self.classes[f"{module}.{node.name}"] = _class_of(module, node)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        names[target.id] = f"{module}.{target.id}"
                        self.values[f"{module}.{target.id}"] = (module, node.value)

    def meaning(self, module: str, node: ast.expr) -> str:
        """The full name of a dotted name, through re-exports of packages; '' when it has none."""
        if isinstance(node, ast.Name):
            return self._resolved(self.names.get(module, {}).get(node.id, ""))
        if isinstance(node, ast.Attribute):
            base = self.meaning(module, node.value)
            if base in self.names:
                return self._resolved(self.names[base].get(node.attr, f"{base}.{node.attr}"))
        return ""

    def _resolved(self, name: str) -> str:
        for _ in range(5):
            package, _, last = name.rpartition(".")
            further = self.names.get(package, {}).get(last, name)
            if further == name:
                break
            name = further
        return name

    def annotated(self, module: str, node: ast.expr | None) -> _Kind:
        """The class that an annotation names; '' for one that is not ours; None for none."""
        if node is None:
            return None
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node = ast.parse(node.value, mode="eval").body
        if isinstance(node, ast.BinOp):  # X | None
            sides = [self.annotated(module, side) for side in (node.left, node.right)]
            return next((side for side in sides if isinstance(side, Class)), "")
        if isinstance(node, ast.Subscript):  # a generic class of ours; list[X] is none
            node = node.value
        if isinstance(node, ast.Name | ast.Attribute):
            if ast.unparse(node) in ("Any", "object"):
                return None
            return self.classes.get(self.meaning(module, node), "")
        return ""


def _class_of(module: str, node: ast.ClassDef) -> Class:
    made = Class(node.name, module, node)
    for item in node.body:
        if isinstance(item, ast.FunctionDef):
            made.methods[item.name] = item
        elif isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            made.fields[item.target.id] = item.annotation
    start = made.methods.get("__init__")
    if start is not None:
        kept = {a.arg: a.annotation for a in _parameters(start) if a.annotation is not None}
        for statement in ast.walk(start):
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name):
                for target in statement.targets:
                    if isinstance(target, ast.Attribute) and statement.value.id in kept:
                        made.fields[target.attr] = kept[statement.value.id]
    return made


def _parameters(function: ast.FunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


@dataclass(frozen=True, slots=True)
class Body:
    """What the text of one function, constant or class refers to."""

    named: tuple[str, ...]
    """Full names."""
    methods: tuple[str, ...]
    """Of receivers whose class is not known."""
    protocol_methods: tuple[str, ...]
    """Of receivers that are a protocol, whichever class that is."""


class References:
    """The bodies of all functions, each read once."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self._bodies: dict[str, Body] = {}

    def of(self, name: str) -> Body:
        if name not in self._bodies:
            self._bodies[name] = self._read_by_name(name)
        return self._bodies[name]

    def _read_by_name(self, name: str) -> Body:
        code = self.code
        if name in code.classes:
            return Body(tuple(code.bases(code.classes[name])), (), ())
        if name in code.functions:
            return self._read(*code.functions[name], None)
        if name in code.values:
            return self._read(*code.values[name], None)
        owner, _, method = name.rpartition(".")
        if owner in code.classes and method in code.classes[owner].methods:
            made = code.classes[owner]
            return self._read(made.module, made.methods[method], made)
        if owner in code.classes:
            inherited = [f"{base}.{method}" for base in code.bases(code.classes[owner])]
            return Body(tuple(inherited), (), ())
        return Body((), (), ())

    def _read(self, module: str, node: ast.AST, owner: Class | None) -> Body:
        known = self._locals(module, node, owner)
        annotations = {
            id(part)
            for item in ast.walk(node)
            for annotation in (getattr(item, "annotation", None), getattr(item, "returns", None))
            if annotation is not None
            for part in ast.walk(annotation)
        }
        named: list[str] = []
        methods: list[str] = []
        of_protocols: list[str] = []
        for part in ast.walk(node):
            if id(part) in annotations or not isinstance(part, ast.Name | ast.Attribute):
                continue
            meaning = self.code.meaning(module, part)
            if meaning:
                named.append(meaning)
            elif isinstance(part, ast.Attribute):
                kind = self._type(module, part.value, known)
                if kind is None:
                    methods.append(part.attr)
                elif isinstance(kind, Class) and kind.is_protocol:
                    of_protocols.append(part.attr)
                elif isinstance(kind, Class):
                    named.append(f"{kind.module}.{kind.name}.{part.attr}")
        return Body(tuple(named), tuple(methods), tuple(of_protocols))

    def _locals(self, module: str, node: ast.AST, owner: Class | None) -> dict[str, _Kind]:
        known: dict[str, _Kind] = {}
        for function in ast.walk(node):
            if isinstance(function, ast.FunctionDef):
                for parameter in _parameters(function):
                    known[parameter.arg] = self.code.annotated(module, parameter.annotation)
        if owner is not None:
            known["self"] = owner
        for statement in ast.walk(node):
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                kind = self._type(module, statement.value, known)
                known.setdefault(statement.targets[0].id, kind)
        return known

    def _type(self, module: str, node: ast.expr, known: dict[str, _Kind]) -> _Kind:
        code = self.code
        if isinstance(node, ast.Name):
            return known.get(node.id)
        if isinstance(node, ast.Attribute):
            of = self._type(module, node.value, known)
            if isinstance(of, Class) and node.attr in of.fields:
                return code.annotated(of.module, of.fields[node.attr])
            return "" if of == "" else None
        if isinstance(node, ast.Call):
            return self._type_of_answer(module, node, known)
        if isinstance(node, ast.Constant | ast.Dict | ast.List | ast.JoinedStr | ast.Set):
            return ""
        return None

    def _type_of_answer(self, module: str, call: ast.Call, known: dict[str, _Kind]) -> _Kind:
        code = self.code
        meaning = code.meaning(module, call.func)
        if meaning in code.classes:
            return code.classes[meaning]
        if meaning in code.functions:
            where, function = code.functions[meaning]
            return code.annotated(where, function.returns)
        if isinstance(call.func, ast.Attribute):
            of = self._type(module, call.func.value, known)
            if isinstance(of, Class) and call.func.attr in of.methods:
                return code.annotated(of.module, of.methods[call.func.attr].returns)
            return "" if of == "" else None
        return None


def reach(references: References, handler: str) -> set[str]:
    """Full names of what can be come to from a handler, and from the routes of its module."""
    code = references.code
    module = handler.rpartition(".")[0]
    routes = [n for n, (m, f) in code.functions.items() if m == module and f.decorator_list]
    reached: set[str] = set()
    classes: set[str] = set()
    called: set[str] = set()
    ahead = [handler, *routes]
    while ahead:
        while ahead:
            name = ahead.pop()
            if name in reached:
                continue
            reached.add(name)
            body = references.of(name)
            ahead += body.named
            called |= set(body.protocol_methods) | (set(body.methods) - COMMON)
            if name in code.classes:
                classes.add(name)
        ahead = [
            f"{name}.{method}"
            for name in classes
            for method in code.classes[name].methods
            if (method in called or method.startswith("__")) and f"{name}.{method}" not in reached
        ]
    return reached
