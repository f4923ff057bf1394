"""Parks, their pledges, and when their reports are due."""

from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from changchun_innovation.shared.admin_pages import FactForm, FactPage, TextPage
from changchun_innovation.shared.wording import day_text
from parks import access
from parks.admin.filters import OfParks, OwnParks, OwnParksOfCommitments, found_by_park
from parks.ledger import regular_due_on
from parks.models import (
    Commitment,
    CommitmentTerms,
    DeadlineExtension,
    DueRule,
    JointLink,
    Milestone,
    Park,
    Publication,
    ReportsFrom,
)
from targets.admin import TermsForm, TermsPage


@admin.register(Park)
class ParkPage(TextPage):
    list_display = ["name", "academic_partner", "zone_partner", "code"]
    list_select_related = ["academic_partner", "zone_partner"]
    search_fields = ["code", "name_zh", "name_en"]
    autocomplete_fields = ["academic_partner", "zone_partner"]

    def get_queryset(self, request):
        return access.parks_read_by(request.user)


@admin.register(Commitment)
class CommitmentPage(OfParks, TextPage):
    list_display = ["indicator", "park", "part_of", "order"]
    list_filter = [OwnParks]
    list_select_related = ["park", "indicator", "part_of"]
    ordering = ["park_id", "order", "id"]
    search_fields = [*found_by_park("park"), "indicator__name_zh", "indicator__name_en"]
    autocomplete_fields = ["park", "indicator", "part_of"]
    fixed_after_creation = ("park", "indicator", "part_of")

    def get_queryset(self, request):
        # Whoever chooses a promise in a form reads its park and indicator.
        return super().get_queryset(request).select_related("park", "indicator")


class CommitmentTermsForm(TermsForm):
    def indicator(self, cleaned):
        return cleaned["commitment"].indicator if cleaned.get("commitment") else None


@admin.register(CommitmentTerms)
class CommitmentTermsPage(OfParks, TermsPage):
    form = CommitmentTermsForm
    to_park = "commitment__park"
    first_fields = ("commitment",)
    list_display = [
        "commitment",
        "comparator",
        "value",
        "start_on",
        "due_on",
        "baseline",
        "known_from",
        "source",
    ]
    list_filter = [OwnParksOfCommitments]
    list_select_related = ["commitment__park", "commitment__indicator", "source"]
    ordering = ["commitment_id", "known_from", "id"]
    search_fields = found_by_park("commitment__park")
    autocomplete_fields = ["commitment", "source"]


@admin.register(Milestone)
class MilestonePage(OfParks, FactPage):
    """Read here; a milestone is proposed by its park and approved by a reviewer, and nobody enters one alone."""

    to_park = "commitment__park"
    first_fields = ("commitment",)
    list_display = ["commitment", "on", "value", "known_from", "reason"]
    list_filter = [OwnParksOfCommitments]
    list_select_related = ["commitment__park", "commitment__indicator"]
    ordering = ["commitment_id", "on", "known_from", "id"]
    search_fields = found_by_park("commitment__park")

    def has_add_permission(self, request):
        return False


@admin.register(JointLink)
class JointLinkPage(FactPage):
    first_fields = ("target",)
    list_display = ["target", "indicator", "comparable", "known_from", "source"]
    list_filter = ["comparable"]
    list_select_related = ["target__indicator", "indicator", "source"]
    autocomplete_fields = ["target", "indicator", "source"]


@admin.register(ReportsFrom)
class ReportsFromPage(OfParks, FactPage):
    first_fields = ("park",)
    list_display = ["park", "quarter", "known_from", "reason"]
    list_filter = [OwnParks]
    list_select_related = ["park"]
    ordering = ["park_id", "known_from", "id"]
    search_fields = found_by_park("park")
    autocomplete_fields = ["park"]


class ExtensionForm(FactForm):
    """An extension gives a later day than the rule; an earlier one would be no extension, and change nothing."""

    def clean(self):
        cleaned = super().clean()
        quarter, due_on = cleaned.get("quarter"), cleaned.get("due_on")
        if quarter and due_on:
            regular = regular_due_on(quarter, timezone.localdate())
            if due_on <= regular:
                self.add_error(
                    "due_on", _("按规定 %(day)s 到期，延期日应在其后。") % {"day": day_text(regular)}
                )
        return cleaned


@admin.register(DeadlineExtension)
class DeadlineExtensionPage(OfParks, FactPage):
    form = ExtensionForm
    first_fields = ("park",)
    list_display = ["park", "quarter", "due_on", "known_from", "entered_by", "reason"]
    list_filter = [OwnParks]
    list_select_related = ["park", "entered_by"]
    ordering = ["park_id", "quarter", "known_from", "id"]
    search_fields = found_by_park("park")
    autocomplete_fields = ["park"]

    def response_post_save_add(self, request, obj):
        """Back to the desk, where the form was opened beside the report that it is about."""
        if "park" in request.GET:
            return HttpResponseRedirect(reverse("admin:index"))
        return super().response_post_save_add(request, obj)


@admin.register(DueRule)
class DueRulePage(FactPage):
    list_display = ["days", "known_from", "reason"]


@admin.register(Publication)
class PublicationPage(OfParks, TextPage):
    list_display = ["label", "park", "value", "as_of", "source", "code"]
    list_filter = [OwnParks]
    list_select_related = ["park", "source"]
    ordering = ["park_id", "as_of", "id"]
    search_fields = ["code", "label_zh", "label_en", *found_by_park("park")]
    autocomplete_fields = ["park", "indicator", "source"]
    fixed_after_creation = ("park", "indicator", "as_of", "value", "qualifier", "source", "confidence")
