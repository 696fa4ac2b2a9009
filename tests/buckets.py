"""A small real server that speaks S3, on loopback, with one bucket."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

KEY, SECRET, REGION = "test", "test", "us-east-1"


@contextmanager
def bucket(name: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A client of the bucket, and what Django's `STORAGES` names so as to keep files in it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name=REGION,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
    )
    client.create_bucket(Bucket=name)
    options = {
        "bucket_name": name,
        "endpoint_url": address,
        "region_name": REGION,
        "access_key": KEY,
        "secret_key": SECRET,
        "addressing_style": "path",
        "default_acl": None,
    }
    try:
        yield client, {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    finally:
        client.close()
        server.stop()
