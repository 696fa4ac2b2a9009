import pytest

from tests.catalog.conftest import *  # noqa: F403 - the cast of the catalogue


@pytest.fixture(autouse=True)
def _files_in_a_directory_of_their_own(settings, tmp_path):
    if tmp_path != settings.MEDIA_ROOT:
        settings.MEDIA_ROOT = tmp_path / "files"
