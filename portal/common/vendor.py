"""The files of others that we carry, made from npm tarballs: see `static/vendor/VERSIONS.toml`.

Nothing is loaded from elsewhere at run time; these files are part of the repository. A package is
fetched with `npm pack`, its tarball must have the pinned sum, and so must every file made from it.
"""

import hashlib
import re
import subprocess
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from shutil import which

SOURCE_MAP = re.compile(rb"\n?/\*# sourceMappingURL=[^*]*\*/\s*$")
SHAPE = re.compile(r"<(?:path|circle|rect|line|polyline|ellipse)\b[^>]*/>")
BLANK_SHAPE = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'


class VendorError(Exception):
    """A file or tarball is not what the pins say."""


@dataclass(frozen=True, slots=True)
class VendoredFile:
    """One committed file: where it lies, from which member of the tarball it is made, and its sum.

    `change` is "" (as it is), "no_source_map" or "sprite" (`member` is then a folder of icons).
    """

    path: str
    member: str
    sha256: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    licence: str
    sha256: str
    files: tuple[VendoredFile, ...]
    icons: tuple[str, ...] = ()


def read_pins(path: Path) -> list[Package]:
    """The packages of `VERSIONS.toml`."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return [
        Package(
            name=entry["name"],
            version=entry["version"],
            licence=entry["licence"],
            sha256=entry["sha256"],
            files=tuple(VendoredFile(**file) for file in entry["file"]),
            icons=tuple(entry.get("icons", ())),
        )
        for entry in found["package"]
    ]


def differences(packages: list[Package], root: Path) -> list[str]:
    """What of the committed files is missing or not as pinned, in words; needs no network."""
    wrong = []
    for package in packages:
        for file in package.files:
            path = root / file.path
            if not path.is_file():
                wrong.append(f"{file.path} is missing")
            elif sha256(path.read_bytes()) != file.sha256:
                wrong.append(f"{file.path} is not what {package.name} {package.version} pins")
    return wrong


def fetch(package: Package) -> bytes:
    """The package's tarball, by npm, which knows the registry; raises when its sum is another."""
    npm = which("npm")
    if npm is None:
        raise VendorError("npm is not on this machine; it is needed to fetch, not to check")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(  # noqa: S603 - the arguments are our own pins
            [npm, "pack", "--silent", f"{package.name}@{package.version}"],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        tarball = next(Path(folder).glob("*.tgz")).read_bytes()
    if sha256(tarball) != package.sha256:
        raise VendorError(f"the tarball of {package.name} {package.version} has another sum")
    return tarball


def build(package: Package, tarball: Path) -> dict[str, bytes]:
    """The package's files, by path, made from its tarball."""
    built = {}
    with tarfile.open(tarball) as archive:
        for file in package.files:
            if not file.member:
                continue
            if file.change == "sprite":
                built[file.path] = _sprite(package, archive, file.member)
            else:
                content = _member(archive, file.member)
                if file.change == "no_source_map":
                    content = SOURCE_MAP.sub(b"\n", content)
                built[file.path] = content
    return built


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    stream = archive.extractfile(name)
    if stream is None:
        raise VendorError(f"{name} is not a file of the tarball")
    return stream.read()


def _sprite(package: Package, archive: tarfile.TarFile, folder: str) -> bytes:
    """One SVG with a <symbol> an icon: its drawing only, since size and colour are the page's."""
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg">',
        f"<!-- {package.name} {package.version}, {package.licence} licence -->",
    ]
    for name in sorted(package.icons):
        drawing = _member(archive, f"{folder}/{name}.svg").decode()
        shapes = [shape for shape in SHAPE.findall(drawing) if shape != BLANK_SHAPE]
        body = "".join(shape.replace(" />", "/>") for shape in shapes)
        lines.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    lines.append("</svg>\n")
    return "\n".join(lines).encode()
