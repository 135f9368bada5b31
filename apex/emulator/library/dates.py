"""Date, Datetime, Time, TimeZone. Datetimes are kept in UTC and shown in the user's zone."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from apex.emulator.operations.text_form import user_zone
from apex.emulator.registry import method, static
from apex.emulator.values import Element, Long, NotNull, Value

if TYPE_CHECKING:
    from apex.emulator.machine import Machine


def whole_milliseconds(moment: datetime) -> datetime:
    """Cut a time to milliseconds, the finest that Apex knows."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@static("Datetime.now")
def _now(m: Machine) -> datetime:
    return whole_milliseconds(m.org.now())


@static("System.now")
def _system_now(m: Machine) -> datetime:
    return whole_milliseconds(m.org.now())


@static("System.currentTimeMillis")
def _current_time_millis(m: Machine) -> Long:
    return _get_time(m.org.now())


@static("System.today")
def _system_today(m: Machine) -> date:
    return m.org.now().astimezone(user_zone(m)).date()


@static("Date.today")
def _today(m: Machine) -> date:
    return m.org.now().astimezone(user_zone(m)).date()


@static("Date.newInstance")
def _new_date(year: int, month: int, day: int) -> date:
    return date(year, month, day)


@static("Date.valueOf")
def _date_value_of(m: Machine, value: NotNull) -> date:
    if isinstance(value, datetime):
        return value.astimezone(user_zone(m)).date()
    return date.fromisoformat(str(value)[:10])


@method("Date.addDays")
def _date_add_days(value: date, days: int) -> date:
    return value + timedelta(days=days)


@method("Date.addMonths")
def _date_add_months(value: date, months: int) -> date:
    return _moved_months(value, months)


@method("Date.daysBetween")
def _days_between(value: date, other: date) -> int:
    return (other - value).days


@method("Date.year")
def _date_year(value: date) -> int:
    return value.year


@method("Date.month")
def _date_month(value: date) -> int:
    return value.month


@method("Date.day")
def _date_day(value: date) -> int:
    return value.day


def _moved_months(value: date, months: int) -> date:
    index = value.year * 12 + value.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return value.replace(
        year=year, month=month, day=min(value.day, calendar.monthrange(year, month)[1])
    )


@static("Datetime.newInstance")
def _new_datetime(m: Machine, *parts: NotNull) -> datetime:
    if len(parts) == 1:
        return datetime.fromtimestamp(int(parts[0]) / 1000, UTC)
    if len(parts) == 2 and isinstance(parts[0], date):
        return datetime.combine(parts[0], parts[1], user_zone(m)).astimezone(UTC)
    return _whole_seconds(parts).replace(tzinfo=user_zone(m)).astimezone(UTC)


@static("Datetime.newInstanceGmt")
def _new_datetime_gmt(*parts: NotNull) -> datetime:
    if isinstance(parts[0], date):
        return datetime.combine(parts[0], parts[1], UTC)
    return _whole_seconds(parts)


def _whole_seconds(parts: tuple[Value, ...]) -> datetime:
    """Return the UTC time of year, month, day and, when given, hour, minute, second."""
    year, month, day, hour, minute, second = (*parts, 0, 0, 0)[:6]
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


@static("Datetime.valueOf")
def _datetime_value_of(m: Machine, value: Value) -> datetime:
    if isinstance(value, datetime):
        return value
    return _parsed(m, str(value), user_zone(m))


@static("Datetime.valueOfGmt")
def _datetime_value_of_gmt(m: Machine, value: str) -> datetime:
    return _parsed(m, value, UTC)


def _parsed(m: Machine, text: str, zone: tzinfo) -> datetime:
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - the zone follows
    except ValueError as error:
        raise m.throw("TypeException", f"Invalid date/time: {text}") from error
    return moment.replace(tzinfo=zone).astimezone(UTC)


def _adding(name: str, unit: str) -> None:
    @method(f"Datetime.{name}")
    def _add(value: datetime, count: int) -> datetime:
        return value + timedelta(**{unit: count})


for _name, _unit in (
    ("addDays", "days"),
    ("addHours", "hours"),
    ("addMinutes", "minutes"),
    ("addSeconds", "seconds"),
):
    _adding(_name, _unit)


@method("Datetime.addMonths")
def _datetime_add_months(value: datetime, months: int) -> datetime:
    return datetime.combine(_moved_months(value.date(), months), value.timetz())


@method("Datetime.getTime")
def _get_time(value: datetime) -> Long:
    return Long(round(value.timestamp() * 1000))


@method("Datetime.date")
def _datetime_date(m: Machine, value: datetime) -> date:
    return value.astimezone(user_zone(m)).date()


@method("Datetime.dateGmt")
def _datetime_date_gmt(value: datetime) -> date:
    return value.date()


@method("Datetime.millisecondGmt")
def _millisecond_gmt(value: datetime) -> int:
    return value.microsecond // 1000


def _part(name: str) -> None:
    @method(f"Datetime.{name}")
    def _local(m: Machine, value: datetime) -> int:
        return int(getattr(value.astimezone(user_zone(m)), name))

    @method(f"Datetime.{name}Gmt")
    def _gmt(value: datetime) -> int:
        return int(getattr(value, name))


for _name in ("year", "month", "day", "hour", "minute", "second"):
    _part(_name)

_WORDS: Final = {
    "yyyy": "%Y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S",
    "a": "%p",
    "EEE": "%a",
    "MMM": "%b",
    "Z": "%z",
    "yy": "%y",
}


@method("Datetime.formatGmt")
def _format_gmt(m: Machine, value: datetime, pattern: str) -> str:
    return _formatted(m, value, pattern)


@method("Datetime.format")
def _format(
    m: Machine, value: datetime, pattern: str | None = None, zone: str | None = None
) -> str:
    moment = value.astimezone(ZoneInfo(zone) if zone else user_zone(m))
    if pattern is None:
        return f"{moment.month}/{moment.day}/{moment.year}, {moment.hour % 12 or 12}:{moment:%M %p}"
    return _formatted(m, moment, pattern)


def _formatted(m: Machine, moment: datetime, pattern: str) -> str:
    """Format by a pattern of Java's SimpleDateFormat, as far as its letters are known here."""
    made = ""
    for part in re.finditer(r"'[^']*'|([A-Za-z])\1*|[^A-Za-z']+", pattern):
        word = part[0]
        if word.startswith("'"):
            made += word[1:-1] or "'"
        elif word == "SSS":
            made += f"{moment.microsecond // 1000:03d}"
        elif word in ("XXX", "X"):
            made += _offset(moment) if word == "XXX" else _offset(moment)[:3]
        elif word in _WORDS:
            made += moment.strftime(_WORDS[word])
        elif word[0].isalpha():
            raise m.not_emulated(f"{word!r} in a date's pattern")
        else:
            made += word
    return made


def _offset(moment: datetime) -> str:
    text = moment.strftime("%z")
    return "Z" if text == "+0000" else f"{text[:3]}:{text[3:]}"


@static("Time.newInstance")
def _new_time(hour: int, minute: int, second: int, millisecond: int) -> time:
    return time(hour, minute, second, millisecond * 1000)


@dataclass(eq=False)
class TimeZone(Element):
    """``System.TimeZone``."""

    name: str
    apex_name = "TimeZone"


@static("UserInfo.getTimeZone")
def _get_time_zone(m: Machine) -> TimeZone:
    return TimeZone(user_zone(m).key)


@method("TimeZone.getId")
def _time_zone_id(zone: TimeZone) -> str:
    return zone.name
