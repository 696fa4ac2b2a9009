"""Applications of several requests, files and templates of terms, for programs of people."""

from typing import Any

from django.http import FileResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import SharingAttribute
from catalog.selectors.resources import resource_for
from portal.common.errors import NotFound
from portal.common.preconditions import stated_version
from sharing import permissions
from sharing.models import Application, SharingRequest
from sharing.selectors.applications import ApplicationPage, application_page, applications_of
from sharing.selectors.requests import own_system
from sharing.selectors.terms_templates import template_page
from sharing.services import applications, attachments, terms_templates
from sharing.services.applications import COMMON
from sharing.services.requests import RequestData
from sharing.terms import UsualTerms

from .callers import party, person
from .serializers import AttachmentOut, RequestIn, RequestOut, request_data
from .views import Newest, PeopleDecide, RequestView


class PartIn(RequestIn):
    resource = serializers.IntegerField(help_text="id of the resource")


class ApplicationIn(serializers.Serializer[Any]):
    requests = PartIn(many=True, allow_empty=False)


class ApplicationOut(serializers.ModelSerializer[Application]):
    applicant = serializers.CharField(source="applicant.name")

    class Meta:
        model = Application
        fields = ["number", "applicant", "created_at"]


class ApplicationDetailOut(serializers.Serializer[ApplicationPage]):
    """`seen` goes along with every act: it says which versions of the requests were read."""

    number = serializers.CharField(source="application.number")
    applicant = serializers.CharField(source="application.applicant.name")
    created_at = serializers.DateTimeField(source="application.created_at")
    seen = serializers.CharField()
    requests = serializers.SerializerMethodField()

    @extend_schema(responses=RequestOut(many=True))
    def get_requests(self, page: ApplicationPage) -> list[dict[str, Any]]:
        parts: list[SharingRequest] = [part.request for one in page.providers for part in one.parts]
        return [dict(RequestOut(one).data) for one in parts]


class SeenIn(serializers.Serializer[Any]):
    seen = serializers.CharField(help_text="as it was read")


class PurposeIn(SeenIn, RequestIn):
    """Of a draft, what is said once for all; items, mode, rows and quotas stay each request's own."""

    def get_fields(self) -> dict[str, Any]:
        return {
            name: one for name, one in super().get_fields().items() if name in {"seen", *COMMON}
        }


class ApplicationSubmitIn(SeenIn):
    is_vouched_for = serializers.BooleanField(required=False, default=False)


class ApplicationDecisionIn(SeenIn):
    opinion = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


class ApplicationList(generics.ListAPIView[Application]):
    """The own department's applications."""

    permission_classes = [IsAuthenticated, PeopleDecide]
    serializer_class = ApplicationOut
    pagination_class = Newest

    def get_queryset(self) -> Any:
        return applications_of(person(self.request))

    @extend_schema(request=ApplicationIn, responses={201: ApplicationDetailOut})
    def post(self, request: Request) -> Response:
        """Draft a request for each resource, all or none."""
        by = person(request)
        given = ApplicationIn(data=request.data)
        given.is_valid(raise_exception=True)
        parts = [
            (resource_for(party(request), one["resource"]), request_data(one, by))
            for one in given.validated_data["requests"]
        ]
        made = applications.make(parts=parts, by=by)
        return Response(ApplicationDetailOut(_page(request, made.number)).data, status=201)


class ApplicationView(APIView):
    condition = "seen"
    permission_classes = [IsAuthenticated, PeopleDecide]

    def act(self, number: str, kind: type[serializers.Serializer[Any]], service: Any) -> Response:
        page = _page(self.request, number)
        given = kind(data=self.request.data)
        given.is_valid(raise_exception=True)
        service(application=page.application, by=person(self.request), **given.validated_data)
        return Response(ApplicationDetailOut(_page(self.request, number)).data)


class ApplicationDetail(ApplicationView):
    @extend_schema(responses=ApplicationDetailOut)
    def get(self, request: Request, number: str) -> Response:
        return Response(ApplicationDetailOut(_page(request, number)).data)


class ApplicationPurpose(ApplicationView):
    @extend_schema(request=PurposeIn, responses=ApplicationDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """Say anew, for all drafts at once, what they have in common."""
        page = _page(request, number)
        page.change.enforce()
        given = PurposeIn(data=request.data)
        given.is_valid(raise_exception=True)
        said = dict(given.validated_data)
        seen, system = said.pop("seen"), own_system(person(request), said.pop("system"))
        applications.change_purpose(
            application=page.application,
            seen=seen,
            data=RequestData(system=system, **said),
            by=person(request),
        )
        return Response(ApplicationDetailOut(_page(request, number)).data)


class ApplicationSubmit(ApplicationView):
    @extend_schema(request=ApplicationSubmitIn, responses=ApplicationDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """The applicant hands all its drafts to the own work body head."""
        return self.act(number, ApplicationSubmitIn, applications.submit)


class ApplicationApprove(ApplicationView):
    @extend_schema(request=ApplicationDecisionIn, responses=ApplicationDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """The requester's head lets all of it out; each provider's clock starts."""
        return self.act(number, ApplicationDecisionIn, applications.approve)


class ApplicationSendBack(ApplicationView):
    @extend_schema(request=ApplicationDecisionIn, responses=ApplicationDetailOut)
    def post(self, request: Request, number: str) -> Response:
        return self.act(number, ApplicationDecisionIn, applications.send_back)


class FileIn(serializers.Serializer[Any]):
    file = serializers.FileField()


class RequestFiles(RequestView):
    parser_classes = [MultiPartParser]
    reads_condition = True

    @extend_schema(request={"multipart/form-data": FileIn}, responses={201: AttachmentOut})
    def post(self, request: Request, number: str) -> Response:
        """Attach a file to the draft; what it is is told by its bytes."""
        draft = self.found(number)
        permissions.may_change(person(request), draft).enforce()
        sent = self.given(FileIn)["file"]
        made = attachments.attach(
            request=draft,
            name=sent.name,
            file=sent,
            size=sent.size,
            version=stated_version(request),
            by=person(request),
        )
        return Response(AttachmentOut(made).data, status=201)


class RequestFile(RequestView):
    reads_condition = True

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, number: str, pk: int) -> FileResponse:
        found = self.found(number).attachments.filter(pk=pk).first()
        if found is None:
            raise NotFound(_("There is no such file with this request."))
        return FileResponse(
            found.file.open("rb"),
            as_attachment=True,
            filename=found.name,
            content_type=found.media_type,
        )

    @extend_schema(responses={204: None})
    def delete(self, request: Request, number: str, pk: int) -> Response:
        attachments.detach(
            request=self.found(number),
            attachment=pk,
            version=stated_version(request),
            by=person(request),
        )
        return Response(status=204)


class TemplateTermsOut(serializers.Serializer[UsualTerms]):
    provider_duties = serializers.CharField()
    requester_duties = serializers.CharField()
    calls_a_day = serializers.IntegerField(allow_null=True)
    rows_a_day = serializers.IntegerField(allow_null=True)
    exports_at_once = serializers.IntegerField(allow_null=True)


class TermsTemplateOut(serializers.Serializer[Any]):
    """What agreements begin with here; `version` is that of the own region, 0 for none."""

    sharing_attribute = serializers.ChoiceField(choices=SharingAttribute.choices, source="kind")
    version = serializers.IntegerField(source="own_number")
    terms = TemplateTermsOut()


class TermsTemplateIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="the version that was read, 0 for none")
    provider_duties = serializers.CharField(max_length=2000, allow_blank=True)
    requester_duties = serializers.CharField(max_length=2000, allow_blank=True)
    calls_a_day = serializers.IntegerField(required=False, allow_null=True, default=None)
    rows_a_day = serializers.IntegerField(required=False, allow_null=True, default=None)
    exports_at_once = serializers.IntegerField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=500, allow_blank=True)


class TermsTemplateView(APIView):
    permission_classes = [IsAuthenticated, PeopleDecide]

    @extend_schema(responses=TermsTemplateOut)
    def get(self, request: Request, kind: str) -> Response:
        return Response(TermsTemplateOut(_template(request, kind)).data)

    @extend_schema(request=TermsTemplateIn, responses={201: TermsTemplateOut})
    def post(self, request: Request, kind: str) -> Response:
        """The competent department writes the next version for its region."""
        by = person(request)
        _template(request, kind)
        given = TermsTemplateIn(data=request.data)
        given.is_valid(raise_exception=True)
        terms = dict(given.validated_data)
        version, reason = terms.pop("version"), terms.pop("reason")
        terms_templates.write(
            sharing_attribute=kind,
            version=version,
            terms=UsualTerms(**terms),
            reason=reason,
            by=by,
        )
        return Response(TermsTemplateOut(_template(request, kind)).data, status=201)


def _page(request: Request, number: str) -> ApplicationPage:
    page = application_page(person(request), number)
    if page is None:
        raise NotFound(_("There is no such application."))
    return page


def _template(request: Request, kind: str) -> Any:
    page = template_page(person(request), kind)
    if page is None:
        raise NotFound(_("There are no agreements on such resources."))
    return page
