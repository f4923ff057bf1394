"""What the pages of a report share: its name, its addresses, and the version that a sent form was made from."""

from django.urls import reverse
from django.utils.translation import gettext as _

from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import quarter_text
from parks.models import Park, QuarterlyReport


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
