"""What the pages of a report share: its name, its addresses, and the version that a sent form was made from."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import quarter_text
from parks import access
from parks.models import Park, QuarterlyReport


def place_filled(request, park: str, quarter: str) -> tuple[Park, Quarter]:
    """The park and quarter of an address that the person fills; 404 for another's park and a quarter not ended."""
    park = get_object_or_404(access.parks_entered_by(request.user), code=park)
    try:
        quarter = Quarter.parse(quarter)
    except ValueError as error:
        raise Http404 from error
    if not (2000 <= quarter.year <= 2099 and quarter.is_closed(timezone.localdate())):
        raise Http404(_("该季度尚未结束。"))
    return park, quarter


def name_of(report: QuarterlyReport) -> str:
    words = {"park": report.park.name, "quarter": quarter_text(report.quarter), "revision": report.revision}
    if report.revision == 1:
        return _("%(park)s · %(quarter)s季报") % words
    return _("%(park)s · %(quarter)s季报（第 %(revision)s 版）") % words


def entry_address(park: Park, quarter: Quarter) -> str:
    return reverse("admin:parks_quarterlyreport_enter", args=[park.code, quarter])


def version_sent(request) -> int:
    """The version that the page was made from; -1, which matches none, where it is no number."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def address_of(report: QuarterlyReport) -> str:
    return reverse("admin:parks_quarterlyreport_change", args=[report.pk])
