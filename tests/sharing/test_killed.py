"""A process that dies in the middle of an ending leaves nothing half done."""

import signal
import subprocess
import sys

import pytest

from catalog.models import Resource
from sharing import outlet
from sharing.delivery import pages
from sharing.models import AgreementState, AgreementStep
from sharing.services import agreements
from tests.journeys.processes import environment

pytestmark = pytest.mark.django_db(transaction=True)

# Everything is done but the commit.
ENDS_AND_WAITS = """
import sys, time
import django
django.setup()
from django.db import transaction
from portal.organisation.models import User
from sharing.models import Agreement
from sharing.services import agreements
with transaction.atomic():
    agreements.terminate(
        agreement=Agreement.objects.get(pk=int(sys.argv[1])),
        reason="x", by=User.objects.get(pk=int(sys.argv[2])),
    )
    print("ended", flush=True)
    time.sleep(60)
"""


def test_a_worker_killed_while_it_ends_an_agreement_has_ended_nothing(cast, agreement):
    # given
    process = subprocess.Popen(
        [sys.executable, "-c", ENDS_AND_WAITS, str(agreement.pk), str(cast.head.pk)],
        env=environment(),
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ended\n"

    # when
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.stdout.close()

    # then right, view and state are as they were, and rows still come
    body = pages.rows(number=agreement.number, party=cast.system, asked={})
    assert b'"count":5' in body
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.ACTIVE
    assert outlet.view_exists(agreement)
    assert Resource.objects.permitted(cast.system, "pull_resource").exists()
    assert not AgreementStep.objects.filter(agreement=agreement, move="terminate").exists()

    # and the act can be done again
    agreements.terminate(agreement=agreement, reason="用途已实现", by=cast.head)
    assert not outlet.view_exists(agreement)
