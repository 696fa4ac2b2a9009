"""People and systems as they come over HTTP: sign in with a password, hold a cookie, send JSON."""

import re
from typing import Any

import requests

from tests.factories import PASSWORD


class Caller:
    """A browser-like session of one person on a running portal."""

    def __init__(self, address: str, username: str, password: str = PASSWORD) -> None:
        self.address = address
        self.session = requests.Session()
        self.session.headers["Accept-Language"] = "en"
        login = f"{address}/accounts/login/"
        form = self.session.get(login, timeout=20)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
        assert token is not None
        answer = self.session.post(
            login,
            {"login": username, "password": password, "csrfmiddlewaretoken": token[1]},
            headers={"Referer": login},
            timeout=20,
            allow_redirects=False,
        )
        assert answer.status_code == 302, answer.text[:500]

    def get(self, path: str) -> Any:
        answer = self.session.get(self.address + path, timeout=60)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:800])
        return answer.json()

    def send(self, path: str, status: int, method: str = "post", **body: Any) -> Any:
        answer = self.session.request(
            method,
            self.address + path,
            json=body,
            headers={
                "X-CSRFToken": self.session.cookies["csrftoken"],
                "Referer": self.address,
            },
            timeout=60,
        )
        assert answer.status_code in {status, 204}, (path, answer.status_code, answer.text[:800])
        return answer.json() if answer.content else None
