"""The files that an image adds to its base, read from its layers."""

import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

from docker.models.images import Image


@dataclass(frozen=True, kw_only=True)
class Layers:
    """Everything in the layers, also what a later one hides."""

    files: dict[str, tarfile.TarInfo]
    """By absolute path."""

    archives: list[Path]
    """One uncompressed tar for each layer."""

    @classmethod
    def of(cls, image: Image, base: Image, folder: Path) -> "Layers":
        """Read the layers of ``image`` that ``base`` does not have; ``folder`` holds them."""
        saved = folder / "image.tar"
        with saved.open("wb") as file:
            file.writelines(image.save())
        with tarfile.open(saved) as archive:
            manifest = archive.extractfile("manifest.json")
            assert manifest is not None
            names = json.load(manifest)[0]["Layers"][len(base.attrs["RootFS"]["Layers"]) :]
            archive.extractall(folder, [archive.getmember(name) for name in names], filter="data")
        saved.unlink()
        archives = [folder / name for name in names]
        files = {}
        for path in archives:
            with tarfile.open(path) as layer:
                files.update({f"/{member.name}": member for member in layer})
        return cls(files=files, archives=archives)

    def hold(self, text: bytes) -> bool:
        """Tell whether the bytes are anywhere in them."""
        return any(text in path.read_bytes() for path in self.archives)
