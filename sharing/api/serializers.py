from typing import Any

from rest_framework import serializers

from catalog.models import SharingMode
from portal.organisation.models import User
from sharing.models import (
    Agreement,
    AnswerExtension,
    Deadline,
    Dispute,
    Offer,
    RefusalReason,
    RequestStep,
    SharingRequest,
    SupplementNotice,
)
from sharing.selectors.requests import number_of_agreement, own_system
from sharing.services.requests import RequestData


class DeadlineOut(serializers.ModelSerializer[Deadline]):
    class Meta:
        model = Deadline
        fields = [
            "kind",
            "rule",
            "started_on",
            "limit_days",
            "extension_days",
            "calendar_version",
            "due",
            "provisional",
            "met_at",
            "cancelled_at",
        ]


class StepOut(serializers.ModelSerializer[RequestStep]):
    by = serializers.CharField(source="by.name", default=None)

    class Meta:
        model = RequestStep
        fields = ["move", "before", "after", "by", "opinion", "at"]


class RequestOut(serializers.ModelSerializer[SharingRequest]):
    resource = serializers.IntegerField(source="resource_id")
    resource_name = serializers.CharField(source="resource.name")
    provider = serializers.CharField(source="resource.department.name")
    requester = serializers.CharField(source="requester.name")
    applicant = serializers.CharField(source="applicant.name")
    system = serializers.IntegerField(source="system_id", allow_null=True)
    deadlines = DeadlineOut(many=True)

    class Meta:
        model = SharingRequest
        fields = [
            "number",
            "resource",
            "resource_name",
            "provider",
            "requester",
            "applicant",
            "use_basis",
            "use_scene",
            "use_scope",
            "sharing_mode",
            "use_until",
            "system",
            "is_vouched_for",
            "state",
            "version",
            "created_at",
            "received_at",
            "answered_at",
            "refusal_reason",
            "deadlines",
        ]


class SupplementOut(serializers.ModelSerializer[SupplementNotice]):
    class Meta:
        model = SupplementNotice
        fields = ["missing", "words", "at", "decided_at"]


class AnswerExtensionOut(serializers.ModelSerializer[AnswerExtension]):
    class Meta:
        model = AnswerExtension
        fields = ["days", "words", "at", "granted_days", "opinion", "decided_at", "acknowledged_at"]


class OfferOut(serializers.ModelSerializer[Offer]):
    class Meta:
        model = Offer
        fields = ["columns", "use_until", "words", "at", "accepted", "opinion", "decided_at"]


class DisputeOut(serializers.ModelSerializer[Dispute]):
    class Meta:
        model = Dispute
        fields = ["words", "at", "outcome", "opinion", "decided_at"]


class RequestDetailOut(RequestOut):
    supplement = SupplementOut(default=None, allow_null=True)
    extension = AnswerExtensionOut(default=None, allow_null=True)
    offer = OfferOut(default=None, allow_null=True)
    disputes = DisputeOut(many=True)
    items = serializers.SerializerMethodField()
    steps = StepOut(many=True)
    agreement = serializers.SerializerMethodField()

    class Meta(RequestOut.Meta):
        fields = [
            *RequestOut.Meta.fields,
            "items",
            "steps",
            "agreement",
            "supplement",
            "extension",
            "offer",
            "disputes",
        ]

    def get_items(self, request: SharingRequest) -> list[str]:
        return [one.item.column for one in request.requested_items.select_related("item")]

    def get_agreement(self, request: SharingRequest) -> str | None:
        return number_of_agreement(request)


class RequestIn(serializers.Serializer[Any]):
    """The whole draft. `items` are columns of the resource; its key is always added."""

    items = serializers.ListField(child=serializers.CharField(), default=list)
    use_basis = serializers.CharField(required=False, allow_blank=True, default="")
    use_scene = serializers.CharField(required=False, allow_blank=True, default="")
    use_scope = serializers.CharField(required=False, allow_blank=True, default="")
    sharing_mode = serializers.ChoiceField(
        choices=SharingMode.choices, required=False, allow_blank=True, default=""
    )
    use_until = serializers.DateField(required=False, allow_null=True, default=None)
    system = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        help_text="id of an information system of one's own department",
    )
    is_vouched_for = serializers.BooleanField(required=False, default=False)

    def data_in(self, by: User) -> RequestData:
        given = {
            name: value
            for name, value in self.validated_data.items()
            if name not in {"items", "resource", "version", "system"}
        }
        system = own_system(by, self.validated_data["system"])
        return RequestData(items=tuple(self.validated_data["items"]), system=system, **given)


class NewRequestIn(RequestIn):
    resource = serializers.IntegerField(help_text="id of the resource")


class ChangedRequestIn(RequestIn):
    version = serializers.IntegerField(help_text="the version that was read")


class MoveIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="the version that was read")
    opinion = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


class SubmitIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="the version that was read")


class RefuseIn(MoveIn):
    reason = serializers.ChoiceField(choices=RefusalReason.choices)


class AgreementOut(serializers.ModelSerializer[Agreement]):
    request = serializers.CharField(source="request.number")
    resource = serializers.IntegerField(source="resource_id")
    resource_name = serializers.CharField(source="resource.name")
    provider = serializers.CharField(source="provider.name")
    requester = serializers.CharField(source="requester.name")
    system = serializers.CharField(source="system.name", default=None)
    items = serializers.SerializerMethodField()
    version_in_force = serializers.IntegerField(
        source="version_in_force.number", default=None, allow_null=True
    )
    version_proposed = serializers.IntegerField(
        source="version_proposed.number", default=None, allow_null=True
    )

    class Meta:
        model = Agreement
        fields = [
            "number",
            "request",
            "resource",
            "resource_name",
            "provider",
            "requester",
            "system",
            "items",
            "purpose",
            "scope",
            "sharing_mode",
            "starts_on",
            "ends_on",
            "calls_a_day",
            "rows_a_day",
            "exports_at_once",
            "version_in_force",
            "version_proposed",
            "state",
            "activated_at",
            "ended_at",
            "end_reason",
        ]

    def get_items(self, agreement: Agreement) -> list[str]:
        return [agreed.item.column for agreed in agreement.agreed_items.all()]


class TerminateIn(serializers.Serializer[Any]):
    reason = serializers.CharField(allow_blank=True, max_length=2000)


class RowsOut(serializers.Serializer[Any]):
    """A page of rows; `next` goes into `after`, null when there are no more."""

    rows = serializers.ListField(child=serializers.DictField())
    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
