"""Programs of another user than ours, which only root can start."""


def as_user(uid: int | None) -> list[str]:
    """Return the command that starts another one as ``uid``; None: as who we are.

    It may read whatever root may (Python itself can lie in root's home), but write nothing.
    """
    if uid is None:
        return []
    read_all = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", *read_all]
