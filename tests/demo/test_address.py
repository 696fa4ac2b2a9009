"""Links lead to where the demonstration answers."""

import os

import pytest

from portal.demo import address


@pytest.fixture
def environment(monkeypatch):
    """A copy of the environment, so that what is set in it is gone afterwards."""
    copy = dict(os.environ)
    copy.pop("PORTAL_URL", None)
    monkeypatch.setattr(os, "environ", copy)
    return copy


def test_links_begin_with_the_port_that_was_chosen(environment):
    environment["PORT"] = "8123"

    address.make_known()

    assert environment["PORTAL_URL"] == "http://127.0.0.1:8123/"


def test_an_address_that_was_given_stays(environment):
    environment.update(PORT="8123", PORTAL_URL="https://portal.example.cn")

    address.make_known()

    assert environment["PORTAL_URL"] == "https://portal.example.cn"
