"""What tests of every app do with an agreement."""

from dataclasses import asdict

from portal.organisation.models import User
from sharing.models import Agreement, AgreementVersion
from sharing.services import confirming
from sharing.services.confirming import Proposal
from sharing.terms import terms_in_force, terms_of


def confirmed(agreement: Agreement, *heads: User) -> Agreement:
    """The proposed terms, confirmed by these heads as they stand."""
    for head in heads:
        agreement.refresh_from_db()
        version = agreement.version_proposed
        assert version is not None
        confirming.confirm(
            agreement=agreement,
            version=version.number,
            content_hash=version.content_hash,
            consents=True,
            by=head,
        )
    return Agreement.objects.get(pk=agreement.pk)


def proposal(agreement: Agreement, **changes: object) -> Proposal:
    """The newest terms, changed."""
    held = Agreement.objects.get(pk=agreement.pk)
    terms = terms_of(held.version_proposed) if held.version_proposed else terms_in_force(held)
    given = asdict(terms)
    del given["starts_on"]
    return Proposal(**{**given, **changes})


def proposed(agreement: Agreement, by: User, **changes: object) -> AgreementVersion:
    """Other terms, proposed on the grounds of the newest version."""
    return confirming.propose(
        agreement=agreement,
        version=agreement.versions.latest("number").number,
        proposal=proposal(agreement, **changes),
        reason="业务需要",
        by=by,
    )
