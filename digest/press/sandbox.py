"""Jinja2's sandbox with a budget (abuse C17): what can make a small value large is asked first how large.

The sandbox itself keeps a template away from what lies behind its values; it does not keep it from running
for ever or filling the memory. Here every turn of a loop, call, filter and include is a step of a budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from types import BuiltinFunctionType
from typing import Any

from jinja2 import Environment, Template, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import _PassArg

from digest.press import bounds
from digest.press.bounds import Budget, Excess, weigh

#: methods that make text large out of little; the filters `join`, `replace` and `format` are bounded
WIDENING = frozenset({"format", "format_map", "join", "replace", "expandtabs", "translate"})
#: filters whose result may be as large as the product of what they are given
GROWING = frozenset({"replace", "indent", "join", "urlize", "wordwrap", "tojson", "pprint", "xmlattr"})


def bounded(template: Template, values: Mapping[str, object], room: int) -> str:
    """The template's text. `room`: what the values bring beside what they hold. Raises Excess, where it
    happens, beside what templates raise."""
    budget = Budget(room + bounds.held(values))
    outer = bounds.under_way.set(budget)
    try:
        found: list[str] = []
        stream = template.generate(values)
        for piece in stream:
            found.append(piece)
            budget.output -= len(piece)
            if budget.output < 0:
                # Raised inside the template, so that the traceback knows the line.
                stream.throw(Excess("the template puts out too much text."))  # type: ignore[attr-defined]
        return "".join(found)
    finally:
        bounds.under_way.reset(outer)


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox with a budget."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, finalize=_finalize)
        self.filters = {name: _guarded(name, each) for name, each in self.filters.items()}
        # Names that no template can write: it would pay itself back.
        self.filters |= {"(turns)": _turns, "(spend)": _spend}
        # Makes any amount of text of nothing.
        del self.globals["lipsum"]

    def add_filters(self, filters: Mapping[str, Callable[..., Any]]) -> None:
        self.filters |= {name: _guarded(name, each) for name, each in filters.items()}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        bounds.check_operation(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        bounds.remaining().step()
        if isinstance(called, BuiltinFunctionType):
            bounds.check_numbers((*args, *kwargs.values()))
        return super().call(context, called, *args, **kwargs)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str | bytes) and attr in WIDENING:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """`format` is no attribute of a text here: see WIDENING."""

    def get_template(self, *args: Any, **kwargs: Any) -> Template:
        bounds.remaining().step()
        return super().get_template(*args, **kwargs)

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        _meter(source, self)
        return super()._generate(source, *args, **kwargs)


def _meter(source: nodes.Template, environment: Environment) -> None:
    """Every turn of a loop and every call of a macro is paid for, with the constant text inside."""

    def filtered(name: str, node: Any, cost: int, lineno: int) -> nodes.Filter:
        given = [nodes.Const(cost, lineno=lineno)]
        return nodes.Filter(node, name, given, [], None, None, lineno=lineno)

    for loop in source.find_all(nodes.For):
        loop.iter = filtered("(turns)", loop.iter, _cost(loop), loop.lineno)
    macro: Any
    for macro in source.find_all((nodes.Macro, nodes.CallBlock)):
        nothing = nodes.Const(None, lineno=macro.lineno)
        paid = filtered("(spend)", nothing, _cost(macro), macro.lineno)
        macro.body.insert(0, nodes.ExprStmt(paid, lineno=macro.lineno))
    for concat in source.find_all(nodes.Concat):
        concat.nodes = [filtered("(spend)", each, 0, concat.lineno) for each in concat.nodes]
    source.set_environment(environment)


def _cost(node: nodes.Node) -> int:
    return 1 + sum(len(each.data) for each in node.find_all(nodes.TemplateData)) // bounds.TEXT_OF_A_STEP


# With the context as an argument, the compiler does not work these out beforehand.
@pass_context
def _turns(_: Context, values: Iterable[Any], cost: int) -> Iterator[Any]:
    for value in values:
        bounds.remaining().step(cost)
        yield value


@pass_context
def _spend(_: Context, value: Any, cost: int) -> Any:
    bounds.remaining().step(cost)
    weigh(value)
    return value


def _finalize(value: Any) -> Any:
    """Everything that is put out passes here."""
    size = len(value) if isinstance(value, str) else weigh(value)
    bounds.remaining().put(size)
    return value


def _guarded(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, asked for no more than it may make."""
    first = 0 if _PassArg.from_obj(work) is None else 1

    @wraps(work)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        bounds.remaining().step()
        passed, (value, *rest) = args[:first], args[first:]
        given = (*rest, *kwargs.values())
        if isinstance(value, Iterator):
            value = bounds.weighed(value)
        if name == "format":
            bounds.check_format(value, given)
        else:
            bounds.check_numbers(given)
        if name in GROWING:
            value = list(value) if isinstance(value, Iterator) else value
            times = max((each if isinstance(each, int) else weigh(each) for each in given), default=1)
            weigh(value, bounds.remaining().growth // max(1, times))
        weigh((value, given))
        return work(*passed, value, *rest, **kwargs)

    return guarded
