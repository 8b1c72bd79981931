"""Says what in the given files Python 3.8 would not take: grammar, modules, and names that are newer. One line each."""

import ast
import os
import sys

NEWER_MODULES = {"graphlib", "tomllib", "zoneinfo"}
NEWER_NAMES = {
    "removeprefix", "removesuffix", "bit_count", "is_relative_to", "with_stem", "hardlink_to", "add_note", "randbytes",
    "to_thread", "TaskGroup", "eager_task_factory", "shutdown_default_executor", "cancelling", "uncancel",
    "ExceptionGroup", "BaseExceptionGroup", "aiter", "anext", "waitstatus_to_exitcode", "pidfd_open", "orig_argv",
    "stdlib_module_names", "get_annotations", "pairwise", "batched", "aclosing", "StrEnum", "KW_ONLY",
    "functools.cache", "contextlib.chdir", "asyncio.timeout", "asyncio.Runner", "sys.exception", "math.lcm",
}  # fmt: skip
GENERICS = {"list", "dict", "set", "frozenset", "tuple", "type", "deque", "defaultdict", "Future", "Queue"}


def problems(path):
    with open(path, encoding="utf-8") as file:
        source = file.read()
    try:
        tree = ast.parse(source, path, feature_version=(3, 8))
    except SyntaxError as error:
        yield error.lineno, error.msg
        return
    folder = os.path.dirname(path)
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for module in modules(node):
            own = os.path.exists(os.path.join(folder, module + ".py"))
            if module in NEWER_MODULES or not (own or module in sys.stdlib_module_names):
                yield line, "module " + module
        for name in names(node):
            if name in NEWER_NAMES:
                yield line, "name " + name
        if isinstance(node, ast.Subscript) and getattr(node.value, "id", None) in GENERICS:
            yield line, "subscript of " + node.value.id
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and any_dict(node):
            yield line, "union of dicts"
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "zip" and node.keywords:
            yield line, "zip with strict"
        if isinstance(node, ast.FunctionDef) and any(not plain(one) for one in node.decorator_list):
            yield line, "decorator"


def modules(node):
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module.split(".")[0]]
    return []


def names(node):
    """The names that it uses, alone and behind what they are looked up in."""
    if isinstance(node, ast.Attribute):
        return [node.attr, "%s.%s" % (getattr(node.value, "id", ""), node.attr)]
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.ImportFrom):
        return [one for alias in node.names for one in (alias.name, "%s.%s" % (node.module, alias.name))]
    return []


def any_dict(node):
    return any(isinstance(side, (ast.Dict, ast.DictComp)) for side in (node.left, node.right))


def plain(decorator):
    """Before 3.9 a decorator was a dotted name, called or not."""
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    while isinstance(decorator, ast.Attribute):
        decorator = decorator.value
    return isinstance(decorator, ast.Name)


for path in sys.argv[1:]:
    for line, problem in problems(path):
        print("%s:%s: %s" % (os.path.basename(path), line, problem))
