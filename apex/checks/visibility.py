"""Private members stay within their class: apex-ls lets another class call them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apex.checks.declarations import Member, Type, declared, local_types
from apex.parser.tree import Node, find, kind, line, optional

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.finding import Finding
    from apex.checks.project import Project

_CONSTRUCTOR = "<init>"


def check_visibility(project: Project) -> Iterator[Finding]:
    """Methods, constructors and fields of another class are used only where they may be."""
    types = declared(project)
    for user in types.values():
        for member in user.members:
            if member.parameters is not None:
                yield from _Scope(types, user, local_types(member.node)).check(member.node)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What names mean within one method."""

    types: dict[str, Type]
    user: Type
    locals: dict[str, str]

    def check(self, method: Node) -> Iterator[Finding]:
        for node in find(method, "Expr$MethodCallExpr", "Expr$VariableExpr"):
            owner = self._receiver(node)
            if owner is not None:
                yield from self._allowed(owner, node["names"][-1]["value"], node)
        for node in find(method, "NewObject$NewStandard"):
            owner = self._type(".".join(each["value"] for each in node["type"]["names"]))
            if owner is not None:
                yield from self._allowed(owner, _CONSTRUCTOR, node)

    def _receiver(self, node: Node) -> Type | None:
        """Return the class of ours that a call or a variable belongs to, when it is plain."""
        inner, names = optional(node, "dottedExpr"), [each["value"] for each in node["names"]]
        if inner is not None:
            return self._result(inner) if len(names) == 1 else None
        if len(names) == 1:
            return None  # its own, or inherited
        before = names[:-1]
        if len(before) == 1 and (known := self._variable(before[0])) is not None:
            return self._type(known)
        return self._type(".".join(before))

    def _result(self, node: Node) -> Type | None:
        if kind(node) == "Expr$NewExpr":
            created = node["creator"].get("type", {}).get("names", ())
            return self._type(".".join(each["value"] for each in created))
        if kind(node) == "Expr$VariableExpr" and len(node["names"]) == 1:
            return self._type(self._variable(node["names"][0]["value"]) or "")
        if kind(node) == "Expr$MethodCallExpr":
            receiver = self._receiver(node) or self.user
            returned = {each.type for each in receiver.named(node["names"][-1]["value"])}
            return self._type(returned.pop()) if len(returned) == 1 else None
        return None

    def _variable(self, name: str) -> str | None:
        if (local := self.locals.get(name.lower())) is not None:
            return local
        return next((each.type for each in self.user.named(name) if each.parameters is None), None)

    def _type(self, name: str) -> Type | None:
        inner = f"{self.user.outermost}.{name}".lower()
        return self.types.get(inner) or self.types.get(name.lower())

    def _allowed(self, owner: Type, name: str, node: Node) -> Iterator[Finding]:
        members = owner.named(name)
        if not members or owner.is_interface or owner.outermost == self.user.outermost:
            return
        if not any(self._may_use(owner, each) for each in members):
            shown = f"the constructor of {owner.name}" if name == _CONSTRUCTOR else ""
            shown = shown or f"{owner.name}.{name}"
            text = "is private: make it public, or @TestVisible if only tests need it"
            yield self.user.source.at(line(node), f"{shown} {text}")

    def _may_use(self, owner: Type, member: Member) -> bool:
        if member.marks.is_public or "webservice" in member.marks.words:
            return True
        if "testvisible" in member.marks.annotations:
            outer = self.types.get(self.user.outermost)
            return outer is not None and "istest" in outer.marks.annotations
        return "protected" in member.marks.words and self._inherits(owner)

    def _inherits(self, owner: Type) -> bool:
        seen: Type | None = self.user
        for _ in self.types:
            if seen is None or seen is owner:
                break
            seen = self.types.get(seen.extends.lower())
        return seen is owner
