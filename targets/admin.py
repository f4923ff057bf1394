"""Indicators, targets, readings and initiatives in the admin."""

from django.contrib import admin, messages
from django.utils.translation import gettext as _

from changchun_innovation.shared.admin_pages import FactForm, FactPage, TextPage
from targets.models import (
    ContextFigure,
    Indicator,
    Initiative,
    InitiativeStatus,
    Reading,
    Scope,
    Target,
    TargetTerms,
)
from targets.terms import terms_in_order


def too_many_decimals(value, decimals: int) -> bool:
    """Whether a number is more exact than its indicator."""
    return value is not None and value != round(value, decimals)


class NumberedForm(FactForm):
    """Numbers as exact as their indicator, and negative only where a rate is."""

    numbers: tuple[str, ...] = ()

    def indicator(self, cleaned: dict) -> Indicator | None:
        """The indicator whose numbers the form holds."""
        return cleaned.get("indicator")

    def clean(self):
        cleaned = super().clean()
        indicator = self.indicator(cleaned)
        for name in self.numbers if indicator else ():
            value = cleaned.get(name)
            if too_many_decimals(value, indicator.decimals):
                self.add_error(
                    name, _("该指标最多保留 %(decimals)s 位小数。") % {"decimals": indicator.decimals}
                )
            elif value is not None and value < 0 and indicator.kind != "rate":
                self.add_error(name, _("此处不能为负数。"))
        return cleaned


class TermsForm(NumberedForm):
    """The numbers of a promise: due after their start, a baseline with its day."""

    numbers = ("value", "baseline")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "start_on" in self.fields:
            self.fields["start_on"].help_text = _(
                "起始日早于现有承诺的到期日，是更改该承诺；等于或晚于到期日，是另立新的一期，原来的一期保留并照旧评判。"
            )

    def clean(self):
        cleaned = super().clean()
        start_on, due_on = cleaned.get("start_on"), cleaned.get("due_on")
        if start_on and due_on and due_on <= start_on:
            self.add_error("due_on", _("到期日应晚于起始日。"))
        if cleaned.get("baseline") is not None and not cleaned.get("baseline_on"):
            self.add_error("baseline_on", _("请写明基数的日期。"))
        return cleaned


class TermsPage(FactPage):
    """Adding numbers changes the promise whose days they overlap, or opens its next term; the page says which."""

    def save_model(self, request, obj, form, change):
        (promise,) = self.first_fields
        earlier = terms_in_order(self.model.objects.filter(**{promise: getattr(obj, promise)}))
        super().save_model(request, obj, form, change)
        messages.info(request, what_was_added(obj, earlier))


def what_was_added(row, earlier: tuple) -> str:
    """What a row of terms does to the promise, in words; `earlier`: its terms without the row, in order."""
    if not earlier:
        return _("这是该承诺的第一组数字。")
    terms = terms_in_order([*earlier, row])
    if len(terms) == len(earlier):
        return _("已更改自 %(start)s 起的一期承诺；更改前的数字在此前的日期仍可查。") % {
            "start": row.start_on
        }
    return _("已另立第 %(number)s 期：%(start)s 起；到 %(due)s 为止的一期保留，照旧可查、照旧评判。") % {
        "number": len(terms),
        "start": row.start_on,
        "due": earlier[-1].due_on,
    }


class TargetTermsForm(TermsForm):
    def indicator(self, cleaned):
        return cleaned["target"].indicator if cleaned.get("target") else None


class ReadingForm(NumberedForm):
    numbers = ("value",)

    def clean(self):
        cleaned = super().clean()
        start, end = cleaned.get("period_start"), cleaned.get("period_end")
        if start and end and start > end:
            self.add_error("period_end", _("期末应不早于期初。"))
        if cleaned.get("value") is not None and cleaned["value"] < -1000:
            self.add_error("value", _("比率应在 -1000 与 1000 之间，请核对单位。"))
        check_scope(self, cleaned)
        return cleaned


def check_scope(form, cleaned: dict) -> None:
    """An institution is named exactly where the scope is one; says so beside the field."""
    if "institution" not in form.fields or "scope" not in cleaned:
        return
    if (cleaned["scope"] == Scope.INSTITUTION) != bool(cleaned.get("institution")):
        form.add_error("institution", _("范围为“机构”时须选机构，其他范围不选。"))


@admin.register(Indicator)
class IndicatorPage(TextPage):
    """Kind, unit and decimals are fixed as soon as any promise, reading or figure counts in them."""

    list_display = ["name", "unit", "kind", "decimals", "code"]
    list_filter = ["kind"]
    search_fields = ["code", "name_zh", "name_en"]

    def fixed_fields(self, request, obj):
        fields = super().fixed_fields(request, obj)
        return (*fields, "kind", "unit_zh", "unit_en", "decimals") if is_used(obj) else fields


def is_used(indicator: Indicator) -> bool:
    """Whether any row of any room refers to the indicator; what measures a number is then settled."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: indicator}).exists()
        for relation in Indicator._meta.related_objects
    )


@admin.register(Target)
class TargetPage(TextPage):
    list_display = ["code", "indicator", "scope", "institution"]
    list_filter = ["scope"]
    list_select_related = ["indicator", "institution"]
    search_fields = ["code", "indicator__name_zh", "indicator__name_en"]
    autocomplete_fields = ["indicator", "institution"]
    fixed_after_creation = ("scope", "institution", "indicator")

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)

        class WithScope(form):
            def clean(self):
                cleaned = super().clean()
                check_scope(self, cleaned)
                return cleaned

        return WithScope


@admin.register(TargetTerms)
class TargetTermsPage(TermsPage):
    form = TargetTermsForm
    first_fields = ("target",)
    list_display = ["target", "comparator", "value", "start_on", "due_on", "baseline", "known_from", "source"]
    list_select_related = ["target__indicator", "source"]
    search_fields = ["target__code", "target__indicator__name_zh", "target__indicator__name_en"]
    autocomplete_fields = ["target", "source"]


@admin.register(Reading)
class ReadingPage(FactPage):
    form = ReadingForm
    first_fields = ("scope", "institution", "indicator")
    list_display = ["indicator", "scope", "institution", "period_end", "value", "qualifier", "known_from"]
    list_filter = ["scope", "qualifier"]
    list_select_related = ["indicator", "institution"]
    search_fields = ["indicator__code", "indicator__name_zh", "indicator__name_en"]
    autocomplete_fields = ["indicator", "institution", "source"]
    may_be_negative = ("value",)


@admin.register(Initiative)
class InitiativePage(TextPage):
    list_display = ["deliverable", "measure", "lead", "code"]
    list_select_related = ["lead"]
    search_fields = ["code", "deliverable_zh", "deliverable_en"]
    autocomplete_fields = ["lead", "source"]
    fixed_after_creation = ("source",)


@admin.register(InitiativeStatus)
class InitiativeStatusPage(FactPage):
    first_fields = ("initiative",)
    list_display = ["initiative", "status", "known_from", "source", "reason"]
    list_filter = ["status"]
    list_select_related = ["initiative", "source"]
    search_fields = ["initiative__code", "initiative__deliverable_zh", "initiative__deliverable_en"]
    autocomplete_fields = ["initiative", "source"]


@admin.register(ContextFigure)
class ContextFigurePage(TextPage):
    list_display = ["name", "value", "unit", "as_of", "code"]
    search_fields = ["code", "name_zh", "name_en"]
    autocomplete_fields = ["source"]
    fixed_after_creation = ("value", "qualifier", "as_of", "source")
