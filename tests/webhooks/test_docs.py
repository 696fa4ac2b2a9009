"""The sample of docs/api.md is run as it stands there."""

import re
import time
from pathlib import Path

from portal.common.webhook_signatures import new_secret, signature

DOCS = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def test_the_sample_takes_what_is_genuine_and_nothing_else():
    (sample,) = re.findall(r"```python\n(.*?def is_genuine.*?)```", DOCS.read_text("utf-8"), re.S)
    known: dict[str, object] = {}
    exec(sample, known)  # noqa: S102 - the documented lines, as written
    is_genuine = known["is_genuine"]
    secret, body, now = new_secret(), '{"type": "ping", "名": 1}'.encode(), int(time.time())
    headers = {
        "webhook-id": "k",
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, event_id="k", timestamp=now, body=body),
    }
    assert is_genuine(secret, headers, body)
    assert not is_genuine(secret, headers, body + b" ")
    assert not is_genuine(new_secret(), headers, body)
    old = {**headers, "webhook-timestamp": str(now - 3600)}
    assert not is_genuine(secret, old, body)
