import io
import tarfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal.common import icons, vendor

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / "static" / "vendor" / "VERSIONS.toml"


def package(**changes: object) -> vendor.Package:
    content = b"body{}\n"
    file = vendor.VendoredFile("static/a.css", "package/a.css", vendor.sha256(content))
    values = {"name": "a", "version": "1.0.0", "licence": "MIT", "sha256": "0" * 64}
    return vendor.Package(**(values | {"files": (file,)} | changes))


def tarball(folder: Path, **members: bytes) -> Path:
    path = folder / "package.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_the_committed_files_are_as_pinned():
    assert vendor.differences(vendor.read_pins(PINS), ROOT) == []


def test_every_file_in_the_folder_is_pinned():
    pinned = {file.path for package in vendor.read_pins(PINS) for file in package.files}
    there = {
        path.relative_to(ROOT).as_posix()
        for folder in ("static/vendor", "tests/browser/axe")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.name not in {"VERSIONS.toml"}
    }

    assert there == pinned


def test_the_sprite_holds_every_icon_of_the_pins_with_a_drawing():
    wanted = next(p for p in vendor.read_pins(PINS) if p.icons).icons
    sprite = (ROOT / "static/vendor/icons.svg").read_text(encoding="utf-8")

    assert icons.names() == set(wanted)
    assert '24 24"></symbol>' not in sprite


def test_a_changed_and_a_missing_file_are_named(tmp_path):
    (tmp_path / "static").mkdir()
    assert vendor.differences([package()], tmp_path) == ["static/a.css is missing"]

    (tmp_path / "static/a.css").write_bytes(b"body{color:red}\n")
    assert vendor.differences([package()], tmp_path) == ["static/a.css is not what a 1.0.0 pins"]

    (tmp_path / "static/a.css").write_bytes(b"body{}\n")
    assert vendor.differences([package()], tmp_path) == []


def test_the_reference_to_a_source_map_is_dropped(tmp_path):
    source = b"body{}\n/*# sourceMappingURL=a.css.map */"
    file = vendor.VendoredFile("static/a.css", "package/a.css", "", "no_source_map")

    built = vendor.build(package(files=(file,)), tarball(tmp_path, **{"package/a.css": source}))

    assert built == {"static/a.css": b"body{}\n"}


def test_a_sprite_is_made_of_the_drawings_alone(tmp_path):
    icon = (
        b'<svg\n  width="24"\n>\n  <path stroke="none" d="M0 0h24v24H0z" fill="none" />\n'
        b'  <path d="M1 1h2" />\n  <circle\n cx="1" cy="2" r="3" />\n</svg>'
    )
    file = vendor.VendoredFile("s.svg", "package/icons", "", "sprite")

    built = vendor.build(
        package(files=(file,), icons=("dot",)), tarball(tmp_path, **{"package/icons/dot.svg": icon})
    )

    assert (
        b'<symbol id="dot" viewBox="0 0 24 24"><path d="M1 1h2"/>'
        b'<circle\n cx="1" cy="2" r="3"/></symbol>'
    ) in built["s.svg"]


def test_what_we_wrote_ourselves_is_not_fetched(tmp_path):
    file = vendor.VendoredFile("licence.txt", "", "")

    assert vendor.build(package(files=(file,)), tarball(tmp_path)) == {}


def test_the_command_checks_without_a_network(capsys):
    call_command("vendor_assets", "--check")

    assert "vendored files are as pinned" in capsys.readouterr().out


def test_the_command_fails_when_a_file_was_changed(tmp_path, settings):
    (tmp_path / "static/vendor").mkdir(parents=True)
    (tmp_path / "static/vendor/VERSIONS.toml").write_bytes(PINS.read_bytes())
    settings.BASE_DIR = tmp_path

    with pytest.raises(CommandError, match=r"tabler\.min\.css is missing"):
        call_command("vendor_assets", "--check")
