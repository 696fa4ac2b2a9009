"""A sealer that is killed at any moment leaves the trail as it was; the next one takes what is left."""

import os
import random
import subprocess
import sys
import time

import pytest
from django.db import connection

from audit.models import Entry, Leaf, TreeHead
from audit.sealing import seal
from audit.verification import verify
from tests.call_graph import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed")]

ROUNDS = 5
# Writes and seals without a pause, so that wherever it is killed it is at work.
CODE = """
import django
django.setup()
from django.db import transaction
from audit.sealing import seal
from audit.services import record
while True:
    with transaction.atomic():
        for number in range(20):
            record(actor=None, action="audit.search", target=None, number=number)
    seal()
    print("sealed", flush=True)
"""


def test_a_sealer_killed_at_random_moments_loses_and_doubles_nothing() -> None:
    # given
    place = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connection.settings_dict)
    dice = random.Random()  # noqa: S311 - any moment will do

    for _ in range(ROUNDS):
        # when
        with subprocess.Popen(
            [sys.executable, "-c", CODE],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": place},
            stdout=subprocess.PIPE,
            text=True,
        ) as sealer:
            assert sealer.stdout is not None
            assert sealer.stdout.readline() == "sealed\n"
            time.sleep(dice.uniform(0, 0.3))
            sealer.kill()
        before = list(TreeHead.objects.order_by("number").values_list("number", "size"))

        # then: whatever it was about, the heads have no gap, and every leaf is under one
        assert [number for number, _size in before] == list(range(1, len(before) + 1))
        assert Leaf.objects.count() == before[-1][1]
        assert verify().is_whole

    # and: what it left is sealed once, by the next
    while seal() is None:  # the database may not have noticed yet that the last one is gone
        time.sleep(0.1)
    assert Leaf.objects.count() == Entry.objects.count()
    assert set(Leaf.objects.values_list("entry_id", flat=True)) == set(
        Entry.objects.values_list("pk", flat=True)
    )
    assert verify().is_whole
