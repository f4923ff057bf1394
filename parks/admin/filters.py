"""What every list about parks shares: whose rows a person sees, how the list is narrowed, in which order it stands.

Ten thousand parks fit in no side bar and in no select box. Few parks are offered as links; of many one is found by
the search field, and in a form by typing a part of its name or code.
"""

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import quarter_text
from parks import access
from parks.models import Commitment, Park

# Up to so many parks stand in the side bar.
MOST_OFFERED = 20


class OwnParks(admin.SimpleListFilter):
    """The parks whose rows the person reads, and no others' names; of more than a side bar holds only the chosen one."""

    title = gettext_lazy("园区")
    parameter_name = "park"
    # The way from a row to its park.
    to_park = "park"

    def lookups(self, request, model_admin):
        own = access.parks_read_by(request.user)
        parks = list(own[: MOST_OFFERED + 1])
        if len(parks) > MOST_OFFERED:
            parks = own.filter(code=self.value()) if self.value() else []
        return [(park.code, park.name) for park in parks]

    def has_output(self):
        # A filter that is not shown is not applied either: what the address asks for counts.
        return super().has_output() or self.value() is not None

    def queryset(self, request, queryset):
        return queryset.filter(**{f"{self.to_park}__code": self.value()}) if self.value() else queryset


class OwnParksOfCommitments(OwnParks):
    to_park = "commitment__park"


class OfQuarter(admin.SimpleListFilter):
    """The quarters from the first that the person reads a report of to the last."""

    title = gettext_lazy("季度")
    parameter_name = "quarter"

    def lookups(self, request, model_admin):
        # Two looks into an index, where the distinct quarters of all reports would be a look at every report.
        quarters = access.reports_read_by(request.user).order_by("quarter").values_list("quarter", flat=True)
        first, last = quarters.first(), quarters.last()
        between = Quarter.range(first, last) if first else []
        return [(str(quarter), quarter_text(quarter)) for quarter in reversed(between)]

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        try:
            return queryset.filter(quarter=Quarter.parse(self.value()))
        except ValueError:
            messages.warning(request, _("季度无法识别，已忽略；请写作 2025-Q3。"))
            return queryset


class OfParks:
    """Shows, offers and accepts only what is of parks that the person may read, whatever a form that was sent says."""

    # The way from a row to its park.
    to_park = "park"

    def get_queryset(self, request):
        return access.of_parks_read_by(request.user, super().get_queryset(request), self.to_park)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.related_model is Park:
            kwargs["queryset"] = access.parks_read_by(request.user)
        elif db_field.related_model is Commitment:
            rows = Commitment.objects.select_related("park", "indicator")
            kwargs["queryset"] = access.of_parks_read_by(request.user, rows, "park")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def found_by_park(to_park: str) -> list[str]:
    """The columns in which a list searches for a park. `to_park` is the way from a row to it."""
    return [f"{to_park}__{column}" for column in ("code", "name_zh", "name_en")]
