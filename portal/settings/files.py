"""Where files lie, and what becomes of those that people attach."""

from pathlib import Path

import environ

from portal import embedded
from portal.settings.delivery import PREPARED_STORAGE
from portal.settings.storing import storage_of
from portal.settings.trail import AUDIT_ARCHIVE_STORAGE

env = environ.Env()
PORTAL_DATA_DIR = embedded.data_dir()
ATTACHMENT_DIR = Path(env.str("ATTACHMENT_DIR", default=str(PORTAL_DATA_DIR / "attachments")))
SOURCE_UPLOAD_DIR = Path(env.str("SOURCE_UPLOAD_DIR", default=str(PORTAL_DATA_DIR / "uploads")))
# Files that are shared as they are: on the local disk, or in a bucket that speaks S3, then with its
# access in the environment. And how large one may be.
SHARED_FILE_MOST_BYTES = env.int("SHARED_FILE_MOST_BYTES", default=100 * 1024 * 1024)
SHARED_STORAGE = storage_of(
    "SHARED",
    folder=PORTAL_DATA_DIR / "shared",
    folder_variable="SHARED_FILE_DIR",
    overwrites=True,
)
ATTACHMENT_MOST_BYTES = env.int("ATTACHMENT_MOST_BYTES", default=10 * 1024 * 1024)
# A program that reads a file on its standard input and exits with 0 for clean, 1 for infected, as
# `clamdscan --fdpass -` does. Empty: files are not scanned, and their pages say so.
ATTACHMENT_SCAN_COMMAND = env.list("ATTACHMENT_SCAN_COMMAND", default=[])
ATTACHMENT_SCAN_SECONDS = env.int("ATTACHMENT_SCAN_SECONDS", default=60)

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Reached through pages that ask who may see the file, never by an address of their own.
    "attachments": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": ATTACHMENT_DIR, "base_url": None},
    },
    "prepared": PREPARED_STORAGE,
    "shared": SHARED_STORAGE,
    # Months of the audit trail, each with its signed text: read by the portal alone.
    "audit": AUDIT_ARCHIVE_STORAGE,
    # Files with rows that stewards upload: read by runs alone, never served.
    "uploads": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": SOURCE_UPLOAD_DIR, "base_url": None},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
