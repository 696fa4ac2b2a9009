from typing import Any

from rest_framework import serializers

from sharing.masks import RULES
from sharing.models import AgreementConfirmation, AgreementVersion, ChangeNotice
from sharing.services.confirming import Proposal

from .conditions import ConditionIn
from .serializers import AgreementSeenIn


class ConfirmationOut(serializers.ModelSerializer[AgreementConfirmation]):
    by = serializers.CharField(source="by.name")

    class Meta:
        model = AgreementConfirmation
        fields = ["side", "by", "at", "content_hash", "consents"]


class VersionOut(serializers.ModelSerializer[AgreementVersion]):
    """`terms` is what `content_hash` is the SHA-256 of: sorted keys, no spaces, UTF-8."""

    made_by = serializers.CharField(source="made_by.name")
    confirmations = ConfirmationOut(many=True)
    terms = serializers.DictField()

    class Meta:
        model = AgreementVersion
        fields = [
            "number",
            "kind",
            "content_hash",
            "terms",
            "reason",
            "made_at",
            "made_by",
            "confirmations",
        ]


class ConfirmIn(AgreementSeenIn):
    version = serializers.IntegerField(help_text="the number of the proposed version")
    content_hash = serializers.CharField(max_length=64, help_text="that of the proposed version")
    consents = serializers.BooleanField(
        default=False,
        help_text="the provider's express consent to another purpose or to passing on (Art. 25)",
    )


class RetractIn(AgreementSeenIn):
    version = serializers.IntegerField(help_text="the number of the proposed version")
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


def _text(**kwargs: Any) -> serializers.CharField:
    return serializers.CharField(allow_blank=True, max_length=2000, **kwargs)


def _quota() -> serializers.IntegerField:
    return serializers.IntegerField(
        required=False, allow_null=True, default=None, help_text="null: none agreed"
    )


class ProposalIn(AgreementSeenIn):
    """The whole terms anew. `version` is the newest version that was read."""

    version = serializers.IntegerField(help_text="the newest version that was read, 0 for none")
    reason = _text()
    basis = _text()
    purpose = _text()
    scope = _text()
    items = serializers.ListField(child=serializers.CharField())
    ends_on = serializers.DateField()
    row_filter = ConditionIn(many=True, required=False, default=list)
    masks = serializers.DictField(
        child=serializers.ChoiceField(choices=[*RULES]),
        required=False,
        default=dict,
        help_text="a masking rule by column",
    )
    verification_only = serializers.BooleanField(
        required=False,
        default=False,
        help_text="no row is given: callers send keys and values, and learn whether they match",
    )
    canary = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=500),
        required=False,
        default=dict,
        help_text="one row that is not true, by column, with {mark} in one of its values; by the provider",
    )
    third_parties = _text(required=False, default="")
    calls_a_day = _quota()
    rows_a_day = _quota()
    exports_at_once = _quota()
    provider_duties = _text()
    requester_duties = _text()

    def proposal(self) -> Proposal:
        left_out = {"version", "reason", "items", "revision"}
        given = {name: v for name, v in self.validated_data.items() if name not in left_out}
        return Proposal(items=tuple(self.validated_data["items"]), **given)


class ReasonIn(AgreementSeenIn):
    reason = _text()


class RectifyIn(AgreementSeenIn):
    demand = _text()
    until = serializers.DateField(allow_null=True)


class EndAnswerIn(AgreementSeenIn):
    agrees = serializers.BooleanField()
    answer = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


class NoticeOut(serializers.ModelSerializer[ChangeNotice]):
    """`items` names columns by what became of them; `version` is that of the entry."""

    version = serializers.IntegerField(source="version.number")
    items = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))

    class Meta:
        model = ChangeNotice
        fields = [
            "version",
            "items",
            "frequency_before",
            "frequency_after",
            "at",
            "acknowledged_at",
        ]


class ReportIn(AgreementSeenIn):
    report = _text()
