"""What the environment may say about serving a function."""

import pytest

from salesforce_functions._internal.settings import Settings, SettingsError, load_settings

NAMES = ["FUNCTION_TIMEOUT_S", "ASYNC_FUNCTION_TIMEOUT_S", "BLOCKED_WARNING_S"]


def test_settings_are_read() -> None:
    """In seconds; a fraction is one, too, and spaces do not matter."""
    env = dict(zip(NAMES, ["27", " 0.5 ", "2e1"], strict=True))

    assert load_settings(env) == Settings(
        sync_timeout_s=27, async_timeout_s=0.5, blocked_warning_s=20
    )


@pytest.mark.parametrize("env", [{}, dict.fromkeys(NAMES, ""), dict.fromkeys(NAMES, " ")])
def test_nothing_is_limited_unless_it_is_set(env: dict[str, str]) -> None:
    """The withdrawn runtime knew no limits. Only the warning is there by itself."""
    assert load_settings(env) == Settings()
    assert Settings() == Settings(sync_timeout_s=None, async_timeout_s=None, blocked_warning_s=1)


def test_zero_turns_a_setting_off() -> None:
    """A limit of no time would be of no use."""
    assert load_settings(dict.fromkeys(NAMES, "0")) == Settings(blocked_warning_s=None)


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf", "86401", "1,5", "0x1"])
def test_a_value_that_makes_no_sense_is_told(text: str) -> None:
    """All of them at once, each by its name."""
    with pytest.raises(SettingsError) as caught:
        load_settings(dict.fromkeys(NAMES, text))

    assert str(caught.value).splitlines() == [
        f"{name} must be a number of seconds from 0 to 86400, not '{text}'" for name in NAMES
    ]
