"""Acts on a request between receipt and end, for programs of people (Art. 21 and 28)."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sharing.masks import RULES
from sharing.models import MOST_EXTENSION_DAYS, DisputeOutcome
from sharing.services import disputes, extensions, offers, supplements

from .callers import person
from .conditions import ConditionIn
from .serializers import MoveIn, RequestDetailOut, RequestSeenIn
from .views import RequestView


class WordsIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="the version that was read")
    opinion = serializers.CharField(max_length=2000, help_text="reasons, for the other side")


class SupplementIn(WordsIn):
    missing = serializers.ListField(
        child=serializers.ChoiceField(choices=list(supplements.FIELDS)), allow_empty=False
    )


class AnswerExtensionIn(WordsIn):
    days = serializers.IntegerField(min_value=1, max_value=MOST_EXTENSION_DAYS)


class AnswerExtensionDecisionIn(MoveIn):
    is_granted = serializers.BooleanField()
    days = serializers.IntegerField(
        min_value=1, max_value=MOST_EXTENSION_DAYS, required=False, allow_null=True, default=None
    )


class OfferIn(WordsIn):
    columns = serializers.ListField(child=serializers.CharField(max_length=60))
    use_until = serializers.DateField()
    row_filter = ConditionIn(many=True, required=False, default=list)
    masks = serializers.DictField(
        child=serializers.ChoiceField(choices=[*RULES]),
        required=False,
        default=dict,
        help_text="a masking rule by column",
    )


class DisputeDecisionIn(WordsIn):
    outcome = serializers.ChoiceField(choices=DisputeOutcome.choices)


class ActView(RequestView):
    """One act: what is given goes to the service, and the request as it then is comes back."""

    def act(self, number: str, kind: type[Any], service: Callable[..., object]) -> Response:
        service(request=self.found(number), by=person(self.request), **self.given(kind))
        return self.answer(number)


class RequestSupplement(ActView):
    @extend_schema(request=SupplementIn, responses=RequestDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """The provider's head tells everything that is missing, once."""
        return self.act(number, SupplementIn, supplements.ask)


class RequestExtension(ActView):
    @extend_schema(request=AnswerExtensionIn, responses=RequestDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """The provider asks for at most ten more working days, once."""
        return self.act(number, AnswerExtensionIn, extensions.ask)


class RequestExtensionDecide(ActView):
    @extend_schema(request=AnswerExtensionDecisionIn, responses=RequestDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """The competent department consents, to all days or fewer, or refuses with reasons."""
        return self.act(number, AnswerExtensionDecisionIn, extensions.decide)


class RequestExtensionAcknowledge(ActView):
    @extend_schema(request=RequestSeenIn, responses=RequestDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """The requester has read that the answer takes longer."""
        return self.act(number, RequestSeenIn, extensions.acknowledge)


class RequestOffer(ActView):
    @extend_schema(request=OfferIn, responses=RequestDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """The provider's head offers some of the items, or a shorter term."""
        return self.act(number, OfferIn, offers.make)


class RequestAccept(ActView):
    @extend_schema(request=MoveIn, responses=RequestDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """The requester's head accepts the offer; the agreement is made of it."""
        return self.act(number, MoveIn, offers.accept)


class RequestDecline(ActView):
    @extend_schema(request=WordsIn, responses=RequestDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """The requester's head declines; what was asked for counts as refused."""
        return self.act(number, WordsIn, offers.decline)


class RequestDispute(ActView):
    @extend_schema(request=WordsIn, responses=RequestDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """The requester contests a refusal."""
        return self.act(number, WordsIn, disputes.raise_dispute)


class RequestDisputeDecide(ActView):
    @extend_schema(request=DisputeDecisionIn, responses=RequestDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """The competent department decides: the refusal stands, or the provider answers again."""
        return self.act(number, DisputeDecisionIn, disputes.decide)
