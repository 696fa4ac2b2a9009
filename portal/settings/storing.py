"""Where a kind of file lies: on a disk of this machine, or in a bucket that speaks S3."""

from pathlib import Path
from typing import Any

import environ

env = environ.Env()


def storage_of(prefix: str, *, folder: Path, folder_variable: str, overwrites: bool) -> Any:
    """As Django's `STORAGES` wants it. `{prefix}_S3_BUCKET` in the environment chooses the bucket, whose
    access is in its siblings; without it `folder_variable` names a folder other than the usual one.
    """
    bucket = env.str(f"{prefix}_S3_BUCKET", default="")
    if not bucket:
        location = Path(env.str(folder_variable, default=str(folder)))
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": location, "base_url": None},
        }
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": env.str(f"{prefix}_S3_ENDPOINT", default="") or None,
            "region_name": env.str(f"{prefix}_S3_REGION", default="") or None,
            "access_key": env.str(f"{prefix}_S3_ACCESS_KEY", default="") or None,
            "secret_key": env.str(f"{prefix}_S3_SECRET_KEY", default="") or None,
            "addressing_style": env.str(f"{prefix}_S3_ADDRESSING", default="auto"),
            "default_acl": None,
            "file_overwrite": overwrites,
        },
    }
