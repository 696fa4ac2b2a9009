"""Answers of JSON made small for who takes them small."""

import gzip
import re

import zstandard
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

LEAST = 1_024  # below that it is not worth the work
LEVEL = 1
QUALITY = re.compile(r"^\s*q\s*=\s*(\d(?:\.\d{0,3})?)\s*$", re.ASCII)


def compressed(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """The answer in zstd or gzip, as `Accept-Encoding` allows; as it is when it is short."""
    patch_vary_headers(answer, ["Accept-Encoding"])
    if len(answer.content) < LEAST:
        return answer
    taken = _taken(request.headers.get("Accept-Encoding", ""))
    if "zstd" in taken:
        answer.content = zstandard.ZstdCompressor(level=LEVEL).compress(answer.content)
        answer.headers["Content-Encoding"] = "zstd"
    elif "gzip" in taken:
        answer.content = gzip.compress(answer.content, compresslevel=LEVEL, mtime=0)
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def _taken(header: str) -> frozenset[str]:
    """Names that the header takes: those without a quality of nought."""
    found = set()
    for part in header.lower().split(","):
        name, _semicolon, quality = part.partition(";")
        weight = QUALITY.match(quality)
        if not (weight and float(weight[1]) == 0):
            found.add(name.strip())
    return frozenset(found)
