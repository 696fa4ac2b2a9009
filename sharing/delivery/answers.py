"""Exports as HTTP answers, the same for programs and for people."""

from django.http import StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header

from .exports import ExportStream
from .kept_files import FileStream


def streamed(stream: ExportStream) -> StreamingHttpResponse:
    """The export under way. Its receipt says afterwards what left: WSGI servers send no trailers."""
    number = stream.call.agreement.number
    answer = StreamingHttpResponse(stream, content_type=stream.content_type)
    name = f"{number}.{stream.format.extension}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Export-Receipt"] = reverse(
        "api:agreement-receipt", args=[number, stream.call.receipt]
    )
    if stream.cursor is not None:
        answer.headers["Changes-Cursor"] = stream.cursor
    # A proxy that changed the bytes would change their sum.
    answer.headers["Cache-Control"] = "no-store, no-transform"
    return answer


def given_file(stream: FileStream) -> StreamingHttpResponse:
    """A kept file, or the part that was asked for; its rows and sum are those of the whole."""
    file, part = stream.file, stream.part
    answer = StreamingHttpResponse(
        stream, content_type=file.content_type, status=200 if part.is_whole else 206
    )
    headers = answer.headers
    headers["Content-Length"] = str(part.length)
    if not part.is_whole:
        headers["Content-Range"] = part.header
    headers["Accept-Ranges"] = "bytes"
    headers["ETag"] = file.etag
    headers["Repr-Digest"] = file.digest
    headers["Export-Rows"] = str(file.rows)
    headers["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=file.filename) or "attachment"
    )
    headers["Export-Receipt"] = reverse(
        "api:agreement-receipt", args=[stream.call.agreement.number, stream.call.receipt]
    )
    headers["Cache-Control"] = "private, no-transform"
    return answer
