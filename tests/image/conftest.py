"""The engine and the image: made once for all tests of a file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from docker import DockerClient
from docker.errors import BuildError
from docker.models.images import Image

from tests.image.base import base_name
from tests.image.context import new_context
from tests.image.engine import Engine, running_engine
from tests.image.targets import PYTHON, Target


@dataclass(frozen=True, kw_only=True)
class Built:
    """The image, and what it was built on."""

    image: Image
    base: Image


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[Engine]:
    """The engine, ours or that of DOCKER_HOST."""
    with running_engine() as engine:
        yield engine


@pytest.fixture(scope="session")
def engine(docker_engine: Engine) -> DockerClient:
    """Its client."""
    return docker_engine.client


def build(engine: DockerClient, context: Path, tag: str, **options: Any) -> Image:  # noqa: ANN401 - what the engine takes
    """Build the image from a copy of the project.

    Raises:
        BuildError: a step failed; `build_log` has what it printed.
    """
    options |= {"path": str(context), "tag": tag, "network_mode": "host", "rm": True}
    image, _ = engine.images.build(**options)
    return image


def build_log(error: BuildError) -> str:
    """Return what the steps of a build printed."""
    return "".join(str(line.get("stream", line)) for line in error.build_log)


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, with things that must stay out."""
    return new_context(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="session")
def built_for(engine: DockerClient, context: Path) -> Callable[[Target], Built]:
    """What returns the image of a target, which is built once."""

    @cache
    def built_for(target: Target) -> Built:
        # Python's is what is built when nobody names a target.
        options = {"target": target.name, "buildargs": {"FUNCTION_DIR": target.folder}}
        try:
            image = build(engine, context, target.tag, **({} if target is PYTHON else options))
        except BuildError as error:
            pytest.fail(f"the image for {target.name} can't be built:\n{build_log(error)}")
        return Built(image=image, base=engine.images.get(base_name()))

    return built_for


@pytest.fixture(scope="session")
def built(built_for: Callable[[Target], Built]) -> Built:
    """The image with the sample function."""
    return built_for(PYTHON)
