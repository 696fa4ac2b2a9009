"""Templates of agreement terms: what holds here, its versions, and the next one."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from sharing.selectors.terms_templates import TemplatePage, template_page, template_pages
from sharing.services import terms_templates
from sharing.terms import QUOTAS, UsualTerms


def _long(label: object) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 5})
    return forms.CharField(label=label, required=False, max_length=2000, widget=widget)  # type: ignore[arg-type]


def _quota(label: object) -> forms.IntegerField:
    words = gettext_lazy("Leave it empty to agree none.")
    return forms.IntegerField(label=label, required=False, help_text=words)  # type: ignore[arg-type]


class TemplateForm(forms.Form):
    is_draft = True  # which fields may stay empty is said by each, and decided by the service

    version = forms.IntegerField(widget=forms.HiddenInput)
    provider_duties = _long(gettext_lazy("Security duties of the provider"))
    requester_duties = _long(gettext_lazy("Security duties of the requester"))
    calls_a_day = _quota(gettext_lazy("Calls a day"))
    rows_a_day = _quota(gettext_lazy("Rows a day"))
    exports_at_once = _quota(gettext_lazy("Exports at the same time"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Departments read it; it goes into the record."),
    )

    def terms(self) -> UsualTerms:
        given = self.cleaned_data
        names = ("provider_duties", "requester_duties", *QUOTAS)
        return UsualTerms(**{name: given[name] for name in names})


@require_safe
def template_list(request: PortalRequest) -> HttpResponse:
    context = {
        "pages": template_pages(request.user),
        "may_write": terms_templates.may_write(request.user),
    }
    return render(request, "sharing/terms_template_list.html", context)


@require_safe
def template(request: PortalRequest, kind: str) -> HttpResponse:
    page = _page_of(request, kind)
    context = {"page": page, "may_write": terms_templates.may_write(request.user)}
    return render(request, "sharing/terms_template.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def template_write(request: PortalRequest, kind: str) -> HttpResponse:
    page = _page_of(request, kind)
    terms_templates.may_write(request.user).enforce()
    names = ("provider_duties", "requester_duties", *QUOTAS)
    form = TemplateForm(
        request.POST if request.method == "POST" else None,
        initial={
            "version": page.own_number,
            **{name: getattr(page.terms, name) for name in names},
        },
    )
    if form.is_valid():
        try:
            terms_templates.write(
                sharing_attribute=kind,
                version=form.cleaned_data["version"],
                terms=form.terms(),
                reason=form.cleaned_data["reason"],
                by=request.user,
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Agreements made from now on begin with these terms."))
            return redirect("sharing:terms_template", kind=kind)
    context = {"page": page, "form": form}
    status = 422 if form.errors else 200
    return render(request, "sharing/terms_template_write.html", context, status=status)


def _page_of(request: PortalRequest, kind: str) -> TemplatePage:
    page = template_page(request.user, kind)
    if page is None:
        raise Http404(kind)
    return page
