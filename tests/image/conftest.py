"""The engine and the image: made once for all tests of a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from docker import DockerClient
from docker.errors import BuildError
from docker.models.images import Image

from tests.image.base import base_name
from tests.image.context import new_context
from tests.image.engine import Engine, running_engine

TAG = "salesforce-functions:test"


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


def build(engine: DockerClient, context: Path, tag: str) -> Image:
    """Build the image from a copy of the project.

    Raises:
        BuildError: a step failed; `build_log` has what it printed.
    """
    image, _ = engine.images.build(path=str(context), tag=tag, network_mode="host", rm=True)
    return image


def build_log(error: BuildError) -> str:
    """Return what the steps of a build printed."""
    return "".join(str(line.get("stream", line)) for line in error.build_log)


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, with things that must stay out."""
    return new_context(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="session")
def built(engine: DockerClient, context: Path) -> Built:
    """The image."""
    try:
        image = build(engine, context, TAG)
    except BuildError as error:
        pytest.fail(f"the image can't be built:\n{build_log(error)}")
    return Built(image=image, base=engine.images.get(base_name()))
