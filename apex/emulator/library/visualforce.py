"""ApexPages and PageReference: what controllers of pages use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apex.emulator.registry import constructor, enum, method, platform_type, static
from apex.emulator.values import (
    STRING,
    ApexList,
    ApexMap,
    ApexType,
    Element,
    EnumValue,
    NotNull,
    Value,
    apex_list,
)

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.records import Record

enum("ApexPages.Severity", "CONFIRM", "ERROR", "FATAL", "INFO", "WARNING")


@dataclass(eq=False)
class Message(Element):
    """``ApexPages.Message``."""

    severity: EnumValue
    summary: str | None
    detail: str | None = ""
    apex_name = "ApexPages.Message"


@dataclass(eq=False)
class PageReference(Element):
    """``System.PageReference``."""

    url: str
    parameters: ApexMap = field(default_factory=lambda: ApexMap(STRING, STRING))
    redirect: bool = False
    apex_name = "PageReference"


@dataclass(eq=False)
class StandardController(Element):
    """``ApexPages.StandardController``."""

    record: Record
    apex_name = "ApexPages.StandardController"


@dataclass(eq=False)
class StandardSetController(Element):
    """``ApexPages.StandardSetController``."""

    records: ApexList
    selected: ApexList | None = None
    apex_name = "ApexPages.StandardSetController"


platform_type("PageReference")
constructor("PageReference", takes=1)(PageReference)
constructor("ApexPages.StandardController", takes=1)(StandardController)
constructor("ApexPages.StandardSetController")(
    lambda records: StandardSetController(getattr(records, "rows", records))
)
constructor("ApexPages.Message", takes=2)(Message)
constructor("ApexPages.Message", takes=3)(Message)


@static("ApexPages.addMessage")
def _add_message(m: Machine, message: Message) -> None:
    m.transaction.messages.append(message)


@static("ApexPages.addMessages")
def _add_messages(m: Machine, error: NotNull) -> None:
    severity = EnumValue("ApexPages.Severity", "ERROR", 1)
    m.transaction.messages.append(
        Message(severity, str(error.fields.get("message") or "Script-thrown exception"))
    )


@static("ApexPages.getMessages")
def _get_messages(m: Machine) -> ApexList:
    return apex_list(ApexType("ApexPages.Message"), m.transaction.messages)


@static("ApexPages.hasMessages")
def _has_messages(m: Machine, severity: EnumValue | None = None) -> bool:
    return any(
        severity is None or each.severity.name == severity.name for each in m.transaction.messages
    )


@static("ApexPages.currentPage")
def _current_page(m: Machine) -> Value:
    return m.test.page if m.test is not None else None


@method("ApexPages.Message.getSummary")
def _summary(message: Message) -> str | None:
    return message.summary


@method("ApexPages.Message.getDetail")
def _detail(message: Message) -> str | None:
    return message.detail


@method("ApexPages.Message.getSeverity")
def _severity(message: Message) -> EnumValue:
    return message.severity


@method("ApexPages.StandardController.getRecord")
def _get_record(controller: StandardController) -> Record:
    return controller.record


@method("ApexPages.StandardController.getId")
def _get_id(controller: StandardController) -> Value:
    return controller.record.values.get("id")


@method("ApexPages.StandardSetController.getSelected")
def _get_selected(controller: StandardSetController) -> ApexList:
    return controller.selected or apex_list(controller.records.of)


@method("ApexPages.StandardSetController.setSelected")
def _set_selected(controller: StandardSetController, selected: ApexList | None) -> None:
    controller.selected = selected


@method("ApexPages.StandardSetController.getRecords")
def _get_records(controller: StandardSetController) -> ApexList:
    return controller.records


@method("PageReference.getParameters")
def _get_parameters(page: PageReference) -> ApexMap:
    return page.parameters


@method("PageReference.getUrl")
def _get_url(page: PageReference) -> str:
    return page.url


@method("PageReference.setRedirect")
def _set_redirect(page: PageReference, flag: bool) -> PageReference:
    page.redirect = flag
    return page
