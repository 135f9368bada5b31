"""What can end a piece of Apex, and what the emulator refuses to guess."""


class NotEmulated(Exception):
    """The source uses something this emulator does not know. Never caught by Apex."""


class IllegalApex(Exception):
    """The source does what the Apex compiler would refuse: a wrong type, an unknown name."""


class LostLock(IllegalApex):
    """The source locks rows before a callout, which gives them free: what was meant never holds."""


class NoId(Exception):
    """A text is no Id; Apex sees a ``StringException``."""


class Uncatchable(Exception):
    """A governor limit was exceeded: Apex cannot catch a ``LimitException``."""
