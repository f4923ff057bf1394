"""Figures by file in the admin: templates to take away, what a filled one would change, and its confirmation."""

from django.contrib import messages
from django.db.models import Min
from django.http import FileResponse, Http404, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import quarter_text
from parks import access
from parks.admin.pages import address_of, entry_address, place_filled
from parks.models import CommitmentTerms, Park
from parks.workbooks import importing
from parks.workbooks.matching import Problem
from parks.workbooks.packing import LARGEST_FILE, MEGABYTE
from parks.workbooks.planning import MOST_QUARTERS, sheets_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Importing:
    """The addresses of templates and imports, of one quarter and of many."""

    def importing_urls(self) -> list:
        """To stand before the address of the entry page, which takes any word for a quarter."""
        see = self.admin_site.admin_view
        name = "parks_quarterlyreport"
        return [
            path(
                "enter/<slug:park>/backfill.xlsx",
                see(self.backfill_template_view),
                name=f"{name}_backfill_template",
            ),
            path("enter/<slug:park>/backfill/", see(self.backfill_view), name=f"{name}_backfill"),
            path(
                "enter/<slug:park>/<str:quarter>/template.<str:kind>",
                see(self.template_view),
                name=f"{name}_template",
            ),
            path("enter/<slug:park>/<str:quarter>/import/", see(self.import_view), name=f"{name}_import"),
        ]

    # --- templates ---------------------------------------------------------------------------------------
    def template_view(self, request, park, quarter, kind):
        """The file to fill in for one quarter, with what is known and what is saved."""
        park, quarter = place_filled(request, park, quarter)
        if kind not in ("xlsx", "csv"):
            raise Http404
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        from parks.workbooks.template import template_csv, template_xlsx

        sheet, _report = sheets_of(park, [quarter], timezone.localdate())[quarter]
        name = f"{park.code}-{quarter}.{kind}"
        if kind == "csv":
            return _as_file(
                HttpResponse(template_csv(park, sheet), content_type="text/csv; charset=utf-8"), name
            )
        return _as_file(FileResponse(template_xlsx(park, sheet), content_type=XLSX), name)

    def backfill_template_view(self, request, park):
        """One workbook for every closed quarter since the park's first pledge began."""
        park = _park_of(request, park)
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        from parks.workbooks.template import backfill_xlsx

        today = timezone.localdate()
        book = backfill_xlsx(park, sheets_of(park, _quarters_behind(park, today), today))
        return _as_file(FileResponse(book, content_type=XLSX), f"{park.code}-backfill.xlsx")

    # --- filled files ------------------------------------------------------------------------------------
    def import_view(self, request, park, quarter):
        """A filled file for one quarter."""
        return self._import(request, *place_filled(request, park, quarter))

    def backfill_view(self, request, park):
        """A filled file for many quarters."""
        return self._import(request, _park_of(request, park), None)

    def _import(self, request, park, quarter):
        """Choose a file, see what it changes, confirm: three steps at one address."""
        if request.method == "GET":
            return self._import_page(request, park, quarter)
        if request.method != "POST":
            return HttpResponseNotAllowed(["GET", "POST"])
        if "confirmation" in request.POST:
            return self._confirmed(request, park, quarter)
        sent = request.FILES.get("file")
        if sent is None or sent.size > LARGEST_FILE:
            message = _("请先选择一个文件。")
            if sent is not None:
                message = _("文件过大：最多 %(size)s MB。") % {"size": LARGEST_FILE // MEGABYTE}
            wrong = importing.Preview(park, problems=(Problem("", "", "", message),))
            return self._import_page(request, park, quarter, shown=wrong, name=sent.name if sent else "")
        shown = importing.preview(
            park=park, quarter=quarter, data=sent.read(), by=request.user, at=timezone.now()
        )
        return self._import_page(request, park, quarter, shown=shown, name=sent.name)

    def _confirmed(self, request, park, quarter):
        try:
            done = importing.confirm(
                park=park,
                quarter=quarter,
                token=request.POST["confirmation"],
                by=request.user,
                at=timezone.now(),
            )
        except importing.ImportRefused as refused:
            return self._import_page(request, park, quarter, shown=refused.preview, notice=refused.message)
        if not done.figures:
            messages.info(request, _("没有变化：文件中的内容都已保存过。"))
        else:
            message = _("已从文件存入草稿：%(quarters)s，共 %(number)s 项。还没有提交。")
            quarters = _("、").join(quarter_text(plan.quarter) for plan in done.changed)
            messages.success(request, message % {"quarters": quarters, "number": done.figures})
        return HttpResponseRedirect(entry_address(park, quarter) if quarter else reverse("admin:index"))

    def _import_page(self, request, park, quarter, *, shown=None, name="", notice=""):
        current = sheets_of(park, [quarter], timezone.localdate())[quarter][1] if quarter else None
        if shown is None and not notice and current and not current.is_editable:
            return HttpResponseRedirect(address_of(current))
        title = _("%(park)s · 从文件导入以往季度") % {"park": park.name}
        if quarter:
            words = {"park": park.name, "quarter": quarter_text(quarter)}
            title = _("%(park)s · %(quarter)s：从文件导入") % words
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "park": park,
            "quarter": quarter,
            "shown": shown,
            "name": name,
            "notice": notice,
            "largest": LARGEST_FILE // MEGABYTE,
        }
        return self._rendered(request, "admin/parks/quarterlyreport/import.html", context)


def _park_of(request, code: str) -> Park:
    return get_object_or_404(access.parks_entered_by(request.user), code=code)


def _quarters_behind(park: Park, today) -> list[Quarter]:
    """The closed quarters since the park's first pledge began, the latest sixty at most."""
    last = Quarter.last_closed(today)
    begun = CommitmentTerms.objects.filter(commitment__park=park).aggregate(first=Min("start_on"))["first"]
    first = Quarter.containing(begun) if begun else last
    return Quarter.range(max(first, last - (MOST_QUARTERS - 1)), last) or [last]


def _as_file(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
