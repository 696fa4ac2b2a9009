"""An object in S3, or in what speaks its protocol: by its key, or the newest under a prefix.

boto3 signs the addresses and nothing more: the calls go through `web`, so that they reach checked
addresses alone and are held to its limits.
"""

from typing import IO, Any
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError

import boto3
from botocore.client import Config
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.conf import settings

from . import web
from .failures import SourceFailure
from .fetched import FetchedFile, keep, shown_size
from .files.glimpse import Piece
from .http_file import piece_of
from .versions import unless, versions_of

SECONDS = 3600
LIST_BYTES = 4 * 1024 * 1024
MOST_PAGES = 100


class S3File(FetchedFile):
    """`database` is the bucket, `username` the access key's name."""

    def check(self) -> str:
        key = self._key()
        with web.get(self._signed("get_object", Key=key)) as answer:
            return " · ".join(part for part in ("S3", key, shown_size(answer.headers)) if part)

    def fetch(self, into: IO[bytes]) -> None:
        url = self._signed("get_object", Key=self._key())
        with web.get(url, unless(self.place.seen)) as answer:
            self.shown = versions_of(answer, self.place.seen)
            keep(answer.blocks(most=settings.SOURCE_FILE_MOST_BYTES), into)

    def piece(self, first: int, count: int) -> Piece:
        return piece_of(self._signed("get_object", Key=self._key()), {}, first, count)

    def _key(self) -> str:
        given = self.place.settings["key"]
        return self._newest(given) if self.place.settings["which"] == "newest" else given

    def _newest(self, prefix: str) -> str:
        found: list[tuple[str, str]] = []
        after: dict[str, str] = {}
        for _page in range(MOST_PAGES):
            listed = self._list(prefix, after)
            for one in listed.iter():
                if _name(one) == "Contents":
                    found.append((_text(one, "LastModified"), _text(one, "Key")))
            token = _text(listed, "NextContinuationToken")
            if not token:
                break
            after = {"ContinuationToken": token}
        found = [one for one in found if not one[1].endswith("/")]
        if not found:
            raise SourceFailure("file_missing", file=f"{prefix}*")
        return max(found)[1]

    def _list(self, prefix: str, after: dict[str, str]) -> Element:
        url = self._signed("list_objects_v2", Prefix=prefix, **after)
        with web.get(url) as answer:
            body = answer.body(most=LIST_BYTES)
        try:
            listed: Element = fromstring(body)
        except (ParseError, DefusedXmlException):
            raise SourceFailure("s3_answer") from None
        if _name(listed) != "ListBucketResult":
            raise SourceFailure("s3_answer")
        return listed

    def _signed(self, call: str, **parameters: str) -> str:
        place = self.place
        client: Any = boto3.client(
            "s3",
            endpoint_url=place.settings["address"],
            region_name=place.settings.get("region") or "us-east-1",
            aws_access_key_id=place.username,
            aws_secret_access_key=place.password,
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )
        url: str = client.generate_presigned_url(
            call, Params={"Bucket": quote(place.database), **parameters}, ExpiresIn=SECONDS
        )
        return url


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: Element, name: str) -> str:
    return next((child.text or "" for child in element if _name(child) == name), "")
