"""A portal: its catalogue, and the agreements of the caller's department."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from .agreement import Agreement
from .connection import Connection, Credentials
from .shapes import Resource, Terms


class Portal:
    """One portal, called by one information system.

    Sign in with `client_id` and `client_secret`, or with `api_key`. `language` is that of refusals.
    """

    def __init__(
        self,
        address: str,
        *,
        client_id: str = "",
        client_secret: str = "",
        api_key: str = "",
        language: str = "zh-hans",
        patience: float = 60,
        timeout: float = 60,
        ca_certs: str | None = None,
    ) -> None:
        self.connection = Connection(
            address,
            Credentials(client_id, client_secret, api_key),
            language=language,
            patience=patience,
            timeout=timeout,
            ca_certs=ca_certs,
        )

    def search(self, words: str = "", **chosen: str | int) -> Iterator[Resource]:
        """What the catalogue shows to the caller, best hit first; `chosen` are facets of the API."""
        query: dict[str, str | int] = {**chosen}
        if words:
            query["q"] = words
        return map(Resource.of, self._listed("/api/v1/resources/", query))

    def resource(self, id: int) -> Resource:
        return Resource.of(self.connection.document("GET", f"/api/v1/resources/{id}/"))

    def agreements(self, **chosen: str | int) -> Iterator[Terms]:
        """Agreements to which the caller's department is a party; `state="active"`, `side="ours"`."""
        return map(Terms.of, self._listed("/api/v1/agreements/", chosen))

    def agreement(self, number: str) -> Agreement:
        """The agreement to draw under; asks nothing of the portal yet."""
        return Agreement(self.connection, number)

    def _listed(self, path: str, query: dict[str, str | int]) -> Iterator[dict[str, Any]]:
        while True:
            page = self.connection.document("GET", quote(path), query=query)
            yield from page["results"]
            if page["next"] is None:
                return
            # Only the cursor is taken: a portal behind a proxy may call itself by another name.
            query = {**query, "after": parse_qs(urlsplit(page["next"]).query)["after"][0]}
