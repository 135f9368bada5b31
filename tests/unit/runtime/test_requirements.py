"""Which lines of a requirements.txt go to pip, and what is said about the others."""

from pathlib import Path

import pytest

from salesforce_functions import __version__
from salesforce_functions._internal.requirements import Requirements, RequirementsError
from salesforce_functions._internal.runtime_versions import RuntimeVersions

PIN = f", whatever version it asks for: the runtime is {__version__}"
PLAIN = ": the runtime is there already"


def read(path: Path, text: str | bytes, **others: str) -> Requirements:
    """Read a requirements.txt of a project with other files; ``__`` in a name is a slash."""
    content = text.encode() if isinstance(text, str) else text
    path.joinpath("requirements.txt").write_bytes(content)
    for name, other in others.items():
        file = path / f"{name.replace('__', '/')}.txt"
        file.parent.mkdir(exist_ok=True)
        file.write_text(other)
    return Requirements(path)


@pytest.mark.parametrize(
    "line",
    [
        "salesforce-functions",
        "  salesforce-functions  ",
        "Salesforce_Functions",
        "SALESFORCE.FUNCTIONS",
        "salesforce__functions",
        "salesforce-functions # the runtime",
        "salesforce-functions;python_version < '3.12'",
        "salesforce-functions ; python_version < '3.12'",
        "salesforce-functions[all]",
    ],
)
def test_the_runtime_is_left_out_with_a_notice(tmp_path: Path, line: str) -> None:
    """However it is written; the notice says where it stood."""
    result = read(tmp_path, f"requests\n{line}\nboto3>=1\n")

    assert result.lines == ["requests", "boto3>=1"]
    (notice,) = result.notices
    assert notice.startswith(f"Notice: {tmp_path}/requirements.txt:2: left out ")
    assert notice.endswith(PLAIN)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("salesforce-functions==0.6.0", "salesforce-functions==0.6.0"),
        ("salesforce-functions ~= 0.6", "salesforce-functions ~= 0.6"),
        ("salesforce-functions>=0.4,<1 # x", "salesforce-functions>=0.4,<1"),
        (
            "salesforce-functions[all] == 0.6.0 ; python_version < '3.12'",
            "salesforce-functions[all] == 0.6.0 ; python_version < '3.12'",
        ),
        ("salesforce-functions!=0.1", "salesforce-functions!=0.1"),
        ("salesforce-functions --hash=sha256:00", "salesforce-functions"),
        (
            "salesforce-functions==0.6.0 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11",
            "salesforce-functions==0.6.0",
        ),
        ("salesforce-functions\\\n==0.6.0", "salesforce-functions==0.6.0"),
        (
            "salesforce-functions @ https://me:secret@example.com/x.whl",
            "salesforce-functions @ https://***@example.com/x.whl",
        ),
        (
            "git+https://github.com/heroku/sf-functions-python@v0.6.0",
            "git+https://github.com/heroku/sf-functions-python@v0.6.0",
        ),
        (
            "-e git+https://example.com/fork.git#egg=salesforce_functions",
            "-e git+https://example.com/fork.git#egg=salesforce_functions",
        ),
        (
            "./vendor/salesforce_functions-0.6.0-py3-none-any.whl",
            "./vendor/salesforce_functions-0.6.0-py3-none-any.whl",
        ),
        ("salesforce-functions-0.6.0.tar.gz", "salesforce-functions-0.6.0.tar.gz"),
    ],
)
def test_a_pin_that_is_left_out_is_a_warning(tmp_path: Path, line: str, shown: str) -> None:
    """Who asked for one version, or for one file, gets this one; passwords are not shown."""
    result = read(tmp_path, f"requests\n{line}\nboto3\n")

    assert result.lines == ["requests", "boto3"]
    place = f"{tmp_path}/requirements.txt:2"
    assert result.notices == [f"Warning: {place}: left out {shown!r}{PIN}"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "requests==2.0 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11",
        "salesforce-functions-extras==1.0",
        "salesforce-functionsx",
        "my-salesforce-functions",
        "simple-salesforce",
        "# salesforce-functions",
        "requests # like salesforce-functions",
        "# ends in a backslash \\\nrequests",
        "--index-url https://example.com/simple",
        "--require-hashes",
        "./local",
        "./local/wheel-1.0.whl",
        "-c constraints-that-are-missing.txt",
        "--find-links https://example.com/wheels",
        "-c 'an open quotation mark",
        "requests \\",
    ],
)
def test_other_lines_are_left_alone(tmp_path: Path, text: str) -> None:
    """To the byte: what they mean is pip's business."""
    result = read(tmp_path, text)

    assert "\n".join(result.lines) == text
    assert result.notices == []


@pytest.mark.parametrize(
    "option",
    ["-r base.txt", "-rbase.txt", "--requirement base.txt", "--requirement=base.txt",
     "-r 'base.txt' # x", "  -r ./base.txt", "-r deep/../base.txt"],
)  # fmt: skip
def test_files_that_are_included_are_put_in_their_place(tmp_path: Path, option: str) -> None:
    """The runtime may be named in any of them."""
    result = read(
        tmp_path,
        f"first\n{option}\nlast",
        base="one\nsalesforce-functions\n-r deep/more.txt",
        deep__more="two",
    )

    assert result.lines == ["first", "one", "two", "last"]
    assert result.notices == [
        f"Notice: {tmp_path}/base.txt:2: left out 'salesforce-functions'{PLAIN}"
    ]


def test_paths_in_included_files_stay_what_they_are(tmp_path: Path) -> None:
    """Pip looks these up beside the file in which they stand."""
    result = read(
        tmp_path,
        "-r deep/more.txt\n-c deep/limits.txt",
        deep__more="-c limits.txt\n--find-links=.\n-r ../base.txt",
        deep__limits="",
        base="one",
    )

    deep = tmp_path / "deep"
    assert result.lines == [
        f"-c {deep}/limits.txt", f"--find-links {deep}", "one", f"-c {deep}/limits.txt"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "ordinary"),
    [
        ("-e ./mylib", "./mylib"),
        ("-e mylib", "./mylib"),
        ("-emylib", "./mylib"),
        ("--editable=.", "."),
        ("--editable ../mylib[extra]  # mine", "../mylib[extra]"),
        ("-e file:mylib", "file:mylib"),
        ("-e git+https://example.com/x.git#egg=x", "git+https://example.com/x.git#egg=x"),
    ],
)
def test_an_editable_project_is_an_ordinary_one(tmp_path: Path, line: str, ordinary: str) -> None:
    """With a notice: nobody edits it in an image, and it would not be found there."""
    result = read(tmp_path, f"requests\n{line}\n")

    assert result.lines == ["requests", ordinary]
    shown = line.partition("  #")[0]
    assert result.notices == [
        f"Notice: {tmp_path}/requirements.txt:2: {shown!r} is installed as it is now"
    ]


@pytest.mark.parametrize("tail", ["", " ; python_version > '3'", "  # mine"])
def test_a_file_of_the_project_is_found_from_anywhere(tmp_path: Path, tail: str) -> None:
    """Older pips take no other form of this."""
    result = read(tmp_path, f"mylib @ file:my/lib{tail}")

    assert result.lines == [f"mylib @ file://{tmp_path}/my/lib{tail}"]


NEEDED = RuntimeVersions("aiohttp==3.14.5\ntyping-extensions==4.16.0 ; python_version < '3.13'\n")


@pytest.mark.parametrize(
    ("line", "unbound", "needed"),
    [
        ("aiohttp==3.8.5", "aiohttp", "aiohttp 3.14.5"),
        ("AIOHTTP [speedups] ~= 3.8.0", "AIOHTTP[speedups]", "aiohttp 3.14.5"),
        ("aiohttp>=3,<3.9 # old", "aiohttp", "aiohttp 3.14.5"),
        ("aiohttp==3.8.*", "aiohttp", "aiohttp 3.14.5"),
        ("aiohttp!=3.14.5", "aiohttp", "aiohttp 3.14.5"),
        ("aiohttp==3.14.5rc1", "aiohttp", "aiohttp 3.14.5"),
        ("aiohttp (<4.0a0)", "aiohttp", "aiohttp 3.14.5"),
        ("aiohttp>4", "aiohttp", "aiohttp 3.14.5"),
        (
            "typing_extensions==4.7.1 ; python_version < '3.12'",
            "typing_extensions ; python_version < '3.12'",
            "typing-extensions 4.16.0",
        ),
    ],
)
def test_a_version_that_the_runtime_cannot_live_with_gives_way(
    tmp_path: Path, line: str, unbound: str, needed: str
) -> None:
    """The warning says which line, in whose favour, and what to do; pip hears of no conflict."""
    tmp_path.joinpath("requirements.txt").write_text(f"requests\n{line}\n")
    result = Requirements(tmp_path, NEEDED)

    assert result.lines == ["requests", unbound]
    (notice,) = result.notices
    assert notice.startswith(f"Warning: {tmp_path}/requirements.txt:2: ")
    assert notice.endswith(
        f" gives way to {needed}, which the runtime needs: take the version out of this line"
    )


def test_a_version_with_hashes_cannot_give_way(tmp_path: Path) -> None:
    """Pip would refuse all other lines for that: better one clear reason."""
    lines = "requests==2.0 --hash=sha256:11\naiohttp==3.8.5 \\\n  --hash=sha256:00"
    tmp_path.joinpath("requirements.txt").write_text(lines)

    with pytest.raises(RequirementsError) as caught:
        Requirements(tmp_path, NEEDED)

    assert str(caught.value) == (
        f"{tmp_path}/requirements.txt:2: 'aiohttp==3.8.5' stands against aiohttp 3.14.5, which the"
        " runtime needs: pin that version here"
    )


@pytest.mark.parametrize(
    "line",
    [
        *(f"aiohttp{clauses}" for clauses in ("", "==3.14.5", "==3.14.5.0", "==3.*", "!=3.14")),
        *(f"aiohttp{clauses}" for clauses in (">=3.8", ">3", "~=3.8", "~=3.14.1", "<=3.14.5")),
        "aiohttp[speedups]>=3.8,<4 ; python_version > '3'",
        "aiohttp==3.14.5 --hash=sha256:00",
        *("aiohttp-retry==2.8", "./aiohttp==3.8.5", "# aiohttp==3", "aiohttp @ https://x.y/z.whl"),
    ],
)
def test_what_the_runtime_can_live_with_stays(tmp_path: Path, line: str) -> None:
    """To the byte, and without a word."""
    tmp_path.joinpath("requirements.txt").write_text(line)
    result = Requirements(tmp_path, NEEDED)

    assert (result.lines, result.notices) == ([line], [])


@pytest.mark.parametrize("place", ["https://me:secret@example.com/r.txt", "${HOME}/r.txt"])
def test_what_only_pip_can_find_is_not_looked_into(tmp_path: Path, place: str) -> None:
    """A warning says so: the runtime might be named there."""
    result = read(tmp_path, f"-r {place}")

    assert result.lines == [f"-r {place}"]
    shown = place.replace("me:secret", "***")
    assert result.notices == [
        f"Warning: {tmp_path}/requirements.txt:1: {shown!r} is not looked into"
    ]


def test_a_project_without_requirements_has_none(tmp_path: Path) -> None:
    """That is no error."""
    result = Requirements(tmp_path)

    assert result.lines == []
    assert result.notices == [f"Notice: there is no {tmp_path}/requirements.txt"]


def test_a_project_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A typing error in a build must not install nothing."""
    with pytest.raises(RequirementsError, match=r"there is no directory .*/nowhere"):
        Requirements(tmp_path / "nowhere")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_of_windows_programs_are_read(tmp_path: Path, encoding: str) -> None:
    """With a mark at the beginning and other line ends."""
    result = read(tmp_path, "salesforce-functions\r\nrequests\r\n".encode(encoding))

    assert result.lines == ["requests"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-r nowhere.txt", "{tmp}/requirements.txt:1: there is no file {tmp}/nowhere.txt"),
        ("-r", "{tmp}/requirements.txt:1: there is no file {tmp}"),
        ("-r base.txt", "{tmp}/base.txt:1: {tmp}/requirements.txt includes itself"),
        (b"\xff", "{tmp}/requirements.txt cannot be read: UnicodeDecodeError: "),
    ],
)
def test_what_cannot_be_read_is_an_error(tmp_path: Path, text: str | bytes, reason: str) -> None:
    """Half of the requirements would be a riddle at run time."""
    with pytest.raises(RequirementsError) as caught:
        read(tmp_path, text, base="-r requirements.txt")

    assert str(caught.value).startswith(reason.format(tmp=tmp_path))
