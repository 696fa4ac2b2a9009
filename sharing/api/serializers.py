from collections.abc import Mapping
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
    RequestAttachment,
    RequestStep,
    SharingRequest,
    SupplementNotice,
    UseFrequency,
)
from sharing.selectors.requests import number_of_agreement, own_system
from sharing.services.requests import RequestData

from .conditions import ConditionIn


class DeadlineOut(serializers.ModelSerializer[Deadline]):
    class Meta:
        model = Deadline
        fields = [
            "kind",
            "rule",
            "article",
            "unit",
            "started_on",
            "limit_days",
            "extension_days",
            "pauses",
            "paused_on",
            "calendar_version",
            "due",
            "provisional",
            "met_at",
            "cancelled_at",
            "lapsed_at",
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
    application = serializers.CharField(source="application.number", default=None, allow_null=True)
    row_filter = ConditionIn(many=True)
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
            "row_filter",
            "use_frequency",
            "calls_a_day",
            "rows_a_day",
            "security_measures",
            "application",
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
    row_filter = ConditionIn(many=True)
    masks = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = Offer
        fields = [
            "columns",
            "row_filter",
            "masks",
            "use_until",
            "words",
            "at",
            "accepted",
            "opinion",
            "decided_at",
        ]


class DisputeOut(serializers.ModelSerializer[Dispute]):
    class Meta:
        model = Dispute
        fields = ["words", "at", "outcome", "opinion", "decided_at"]


class AttachmentOut(serializers.ModelSerializer[RequestAttachment]):
    class Meta:
        model = RequestAttachment
        fields = ["id", "name", "media_type", "size", "sha256", "is_scanned", "at"]


class RequestDetailOut(RequestOut):
    attachments = AttachmentOut(many=True)
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
            "attachments",
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
    row_filter = ConditionIn(many=True, required=False, default=list)
    use_frequency = serializers.ChoiceField(
        choices=UseFrequency.choices, required=False, allow_blank=True, default=""
    )
    calls_a_day = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1
    )
    rows_a_day = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1
    )
    security_measures = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=1000
    )
    is_vouched_for = serializers.BooleanField(required=False, default=False)

    def data_in(self, by: User) -> RequestData:
        return request_data(self.validated_data, by)


def request_data(validated: Mapping[str, Any], by: User) -> RequestData:
    """What a draft says, of what was validated by `RequestIn`."""
    given = {
        name: value
        for name, value in validated.items()
        if name not in {"items", "resource", "version", "system"}
    }
    system = own_system(by, validated["system"])
    return RequestData(items=tuple(validated["items"]), system=system, **given)


class NewRequestIn(RequestIn):
    resource = serializers.IntegerField(help_text="id of the resource")


class ChangedRequestIn(RequestIn):
    version = serializers.IntegerField(help_text="the version that was read")


class MoveIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="the version that was read")
    opinion = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


class SubmitIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="the version that was read")
    is_vouched_for = serializers.BooleanField(
        required=False,
        default=False,
        help_text="vouches now that it is true, lawful and necessary, where the draft did not",
    )


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
    orders = serializers.SerializerMethodField(
        help_text="columns that `order` of rows/ can name, indexed ones once their index is there"
    )
    row_filter = ConditionIn(many=True)
    masks = serializers.DictField(child=serializers.CharField())
    canary = serializers.DictField(
        child=serializers.CharField(), help_text="the agreed row that is not true, by column"
    )
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
            "orders",
            "purpose",
            "scope",
            "sharing_mode",
            "starts_on",
            "ends_on",
            "calls_a_day",
            "rows_a_day",
            "exports_at_once",
            "row_filter",
            "masks",
            "verification_only",
            "canary",
            "version_in_force",
            "version_proposed",
            "state",
            "revision",
            "activated_at",
            "ended_at",
            "end_reason",
        ]

    def get_items(self, agreement: Agreement) -> list[str]:
        return [agreed.item.column for agreed in agreement.agreed_items.all()]

    def get_orders(self, agreement: Agreement) -> list[str]:
        if agreement.verification_only:
            return []
        items = [agreed.item for agreed in agreement.agreed_items.all()]
        key = [item.column for item in items if item.is_key][:1]
        marked = (item.column for item in items if item.is_indexed)
        return key + [column for column in marked if column not in agreement.masks]


class RequestSeenIn(serializers.Serializer[Any]):
    """Of acts that hold whatever else happens to the request, unless who acts says otherwise."""

    version = serializers.IntegerField(
        required=False, allow_null=True, default=None, help_text="the version that was read"
    )


class AgreementSeenIn(serializers.Serializer[Any]):
    """What every act on an agreement may say, in its body or as `If-Match`."""

    revision = serializers.IntegerField(
        required=False, allow_null=True, default=None, help_text="the revision that was read"
    )


class TerminateIn(AgreementSeenIn):
    reason = serializers.CharField(allow_blank=True, max_length=2000)
