"""Sources, partners and agreements in the admin."""

from django.contrib import admin

from changchun_innovation.shared.admin_pages import TextPage
from institutions.models import Agreement, Institution, Source


@admin.register(Source)
class SourcePage(TextPage):
    """The publication day decides from when on a number is known, so it is chosen once."""

    list_display = ["title", "publisher", "published_on", "code"]
    search_fields = ["code", "title_zh", "title_en", "publisher_zh", "publisher_en"]
    fixed_after_creation = ("published_on", "precision")


@admin.register(Institution)
class InstitutionPage(TextPage):
    list_display = ["name", "kind", "role", "code"]
    list_filter = ["kind"]
    search_fields = ["code", "name_zh", "name_en"]


@admin.register(Agreement)
class AgreementPage(TextPage):
    list_display = ["title", "kind", "signed_on", "source", "code"]
    list_filter = ["kind"]
    list_select_related = ["source"]
    search_fields = ["code", "title_zh", "title_en"]
    autocomplete_fields = ["parties", "source"]
