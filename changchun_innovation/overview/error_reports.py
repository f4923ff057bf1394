"""The page on which any reader says what is wrong, and by what evidence; the only form of the public pages.

It works without scripts. Against abuse: lengths are bounded, a field that people do not see must stay empty, and
from one address or account only so many reports are taken in an hour. The address itself is never stored.
"""

from datetime import timedelta
from hashlib import sha256

from django import forms
from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from changchun_innovation.models import ErrorReport
from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.params import asked_of
from changchun_innovation.shared.unkept import holds_unkept
from institutions.models import Source
from parks.models import Commitment, Park
from targets.models import Target

MOST_PER_HOUR = 10
# The cache may be each process's own; the database holds the bound for everybody together.
MOST_OF_ALL_PER_HOUR = 200
HOUR = 60 * 60


class ErrorReportForm(forms.ModelForm):
    """What is wrong, the evidence, and a way to answer. `website` is seen by machines only."""

    website = forms.CharField(required=False)

    class Meta:
        model = ErrorReport
        fields = ["about", "wrong", "evidence", "contact"]
        labels = {
            "about": gettext_lazy("关于哪一项"),
            "wrong": gettext_lazy("哪里有误"),
            "evidence": gettext_lazy("依据或出处（可不填）"),
            "contact": gettext_lazy("联系方式（可不填）"),
        }
        widgets = {"wrong": forms.Textarea(attrs={"rows": 5}), "evidence": forms.Textarea(attrs={"rows": 3})}

    def clean(self):
        cleaned = super().clean()
        for name in self._meta.fields:
            if holds_unkept(cleaned.get(name) or ""):
                self.add_error(name, _("含有无法保存的字符，请重新输入。"))
        return cleaned


def report_error(request):
    """The form; once sent, the same address says that the report was received."""
    about = request.GET.get("about", "").strip()[:200]
    named = name_of(about)
    form = ErrorReportForm(request.POST or None, initial={"about": about})
    refused = ""
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["website"]:
            # Whoever fills what nobody sees is told what everybody is told.
            return _received(request)
        if _took_too_many(request):
            refused = _("一小时内收到的报告太多，请稍后再试。")
        else:
            _keep(request, form)
            return _received(request)
    return render(
        request,
        "overview/report_error.html",
        {"form": form, "named": named, "about": about, "sent": "sent" in request.GET, "refused": refused},
        status=429 if refused else 200,
    )


def name_of(about: str) -> str:
    """What `park/indicator`, or the code of a park, target or source, stands for; empty where it is none of them."""
    park, _slash, indicator = about.partition("/")
    if indicator:
        commitments = Commitment.objects.select_related("park", "indicator")
        row = commitments.filter(park__code=park, indicator__code=indicator).first()
        return f"{row.park.name} · {row.indicator.name}" if row else ""
    if row := Park.objects.filter(code=park).first():
        return row.name
    if row := Target.objects.select_related("indicator").filter(code=park).first():
        return row.indicator.name
    row = Source.objects.filter(code=park).first()
    return row.title if row else ""


def _keep(request, form) -> None:
    asked, report = asked_of(request), form.save(commit=False)
    report.quarter, report.known_on = asked.quarter, asked.known_on
    report.origin = Origin.DEMO if settings.DEMO else Origin.REPORTED
    report.received = timezone.now()
    report.sender = request.user if request.user.is_authenticated else None
    report.save()


def _took_too_many(request) -> bool:
    """Whether the hour's share is used up; counts this attempt."""
    who = (
        f"account {request.user.pk}" if request.user.is_authenticated else request.META.get("REMOTE_ADDR", "")
    )
    key = f"error-reports-{sha256(who.encode()).hexdigest()}"
    cache.add(key, 0, HOUR)
    try:
        taken = cache.incr(key)
    except ValueError:
        # It expired between the two lines: this is the first of a new hour.
        taken = 1
    since = timezone.now() - timedelta(seconds=HOUR)
    return (
        taken > MOST_PER_HOUR
        or ErrorReport.objects.filter(received__gt=since).count() >= MOST_OF_ALL_PER_HOUR
    )


def _received(request):
    kept = asked_of(request).query
    about = request.GET.get("about", "").strip()[:200]
    query = {**kept, **({"about": about} if about else {}), "sent": 1}
    return HttpResponseRedirect(f"{reverse('report-error')}?{urlencode(query)}")
