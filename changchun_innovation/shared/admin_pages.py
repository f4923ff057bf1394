"""What every page of the admin keeps to, whichever room its rows live in.

- What a person may not see is not there: 404, never a redirect that tells it exists.
- An address with a parameter that no list knows (`?lang=`, `?quarter=`, `?as_of=`) shows the list, with a sentence.
- Texts are edited in place and leave a trail; facts are added and never changed; nothing is deleted, in no way.
- Numbers are read by the one rule of `numbers.py`, as in reports and imported files.
"""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.contrib.admin.widgets import AdminTextareaWidget, AdminURLFieldWidget
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.db import models
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from changchun_innovation.shared.fields import QuarterField
from changchun_innovation.shared.numbers import NumberRefused, parse_number, plain
from changchun_innovation.shared.publishing import publishing_lock
from changchun_innovation.shared.quarters import Quarter

# Parameters of the dashboard's addresses; in the admin they mean nothing and do no harm.
DASHBOARD_PARAMETERS = ("lang", "quarter", "as_of")
# Entries of the audit trail that tell of a step and not of a field.
STEPS = {"handover": gettext_lazy("移交园区"), "kept_copy": gettext_lazy("未保存的填写")}
# Columns of a fact that the system fills.
SYSTEMS_OWN = ("known_from", "entered_by", "entered_at")


class TypedNumber(forms.CharField):
    """A number as people type it; see `numbers.py` for what is accepted and what is refused."""

    allow_negative = False

    def __init__(self, *, max_digits=None, decimal_places=4, **options):
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "class": "vNumber"}))
        super().__init__(**options)
        self.decimal_places = decimal_places

    def prepare_value(self, value):
        return value if isinstance(value, str) or value is None else plain(value)

    def to_python(self, value):
        try:
            return parse_number(value, self.decimal_places, allow_negative=self.allow_negative)
        except NumberRefused as refused:
            raise ValidationError(refused.message, code=refused.code) from refused

    def run_validators(self, value):
        """The range is the database's own rule; the validators of a text do not fit a number."""

    def validate(self, value):
        if value is None and self.required:
            raise ValidationError(self.error_messages["required"], code="required")

    def has_changed(self, initial, data):
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class TypedQuarter(forms.CharField):
    """A quarter written as 2025-Q3."""

    def __init__(self, **options):
        options.pop("max_length", None)
        options.setdefault("widget", forms.TextInput(attrs={"placeholder": "2025-Q3", "class": "vQuarter"}))
        super().__init__(**options)

    def to_python(self, value):
        text = (super().to_python(value) or "").upper()
        try:
            quarter = Quarter.parse(text) if text else None
        except ValueError as error:
            raise ValidationError(_("季度请写作 2025-Q3。"), code="invalid") from error
        if quarter and not 2000 <= quarter.year <= 2099:
            raise ValidationError(_("季度应在 2000 年至 2099 年之间。"), code="invalid")
        return quarter

    def run_validators(self, value):
        """Its shape is checked above; the validators of a text do not fit a quarter."""


class PlainPage(admin.ModelAdmin):
    """The rules that hold for every model in the admin."""

    actions = None
    list_per_page = 100
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    save_on_top = False
    formfield_overrides = {
        models.DecimalField: {"form_class": TypedNumber},
        QuarterField: {"form_class": TypedQuarter},
        models.URLField: {"widget": AdminURLFieldWidget, "assume_scheme": "https"},
        models.TextField: {"widget": AdminTextareaWidget(attrs={"rows": 4})},
    }
    # Fields that open the form, before those of the base classes.
    first_fields: tuple[str, ...] = ("code",)
    # Fields that say what a row is; they are chosen once.
    fixed_after_creation: tuple[str, ...] = ()
    # Numbers that may be below zero, as the growth of something may.
    may_be_negative: tuple[str, ...] = ()

    def has_delete_permission(self, request, obj=None):
        return False

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        # What is edited in place leaves an entry in the trail. The lock comes before the lock of the row.
        with publishing_lock():
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_readonly_fields(self, request, obj=None):
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if obj is None else fields + tuple(self.fixed_fields(request, obj))

    def fixed_fields(self, request, obj) -> tuple[str, ...]:
        return self.fixed_after_creation

    def get_fields(self, request, obj=None):
        fields = list(super().get_fields(request, obj))
        first = [name for name in self.first_fields if name in fields]
        return [*first, *(name for name in fields if name not in first)]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, TypedNumber):
            field.allow_negative = db_field.name in self.may_be_negative
        return field

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        raise Http404

    def get_changelist_instance(self, request):
        known = {field.name for field in self.opts.get_fields()}
        kept = request.GET.copy()
        for name in DASHBOARD_PARAMETERS:
            if name not in known:
                kept.pop(name, None)
        request.GET = kept
        try:
            return super().get_changelist_instance(request)
        except IncorrectLookupParameters:
            # Instead of the stock redirect to `?e=1`: the list without the filters that cannot be read.
            request.GET = kept.copy()
            for name in set(kept) - {SEARCH_VAR, ORDER_VAR}:
                request.GET.pop(name)
            messages.warning(request, _("地址中的筛选条件无法识别，已忽略。"))
            return super().get_changelist_instance(request)

    def history_view(self, request, object_id, extra_context=None):
        """The audit trail of one row, for administrators."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        if not request.user.has_perm("auditlog.view_logentry"):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("修改记录：%(row)s") % {"row": row},
            "opts": self.opts,
            "row": row,
            "trail": audit_trail(row),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/audit_trail.html", context)

    def render_change_form(self, request, context, *args, **kwargs):
        context["shows_audit_trail"] = self.keeps_trail and request.user.has_perm("auditlog.view_logentry")
        return super().render_change_form(request, context, *args, **kwargs)

    @property
    def keeps_trail(self) -> bool:
        """Whether the audit trail follows the rows of this model."""
        from auditlog.registry import auditlog

        return auditlog.contains(self.model)


def audit_trail(row: models.Model) -> list[dict]:
    """The entries of the audit trail about a row, the newest first: moment, person, and old and new by field."""
    from auditlog.models import LogEntry

    entries = LogEntry.objects.get_for_object(row).select_related("actor").order_by("-timestamp")
    return [
        {
            "at": entry.timestamp,
            "by": entry.actor.get_username() if entry.actor else "",
            "action": entry.get_action_display(),
            "changes": _changes(row, entry),
        }
        for entry in entries
    ]


def _changes(row: models.Model, entry) -> list[tuple[str, str, str]]:
    """Field, old and new text of one entry, the fields by their names in the reader's language."""
    kept, shown = entry.changes_dict, list(entry.changes_display_dict.values())
    if len(shown) != len(kept):
        # Two fields share their name in this language; what was kept tells them apart.
        shown = list(kept.values())
    return [
        (_label(row, field), *_old_and_new(display, kept[field]))
        for field, display in zip(kept, shown, strict=True)
    ]


def _label(row: models.Model, field: str) -> str:
    """The field's name in the reader's language; of an entry that is about no field, the word for its step."""
    step, _space, about = field.partition(" ")
    if step in STEPS:
        return f"{STEPS[step]} {about}".strip()
    try:
        return str(row._meta.get_field(field).verbose_name)
    except (FieldDoesNotExist, AttributeError):
        return field


def _old_and_new(shown, kept) -> tuple[str, str]:
    """The old and the new text of a field; of a set of rows those that were taken away, and those added."""
    if isinstance(kept, dict):
        rows = ", ".join(str(each) for each in kept.get("objects", []))
        return ("", rows) if kept.get("operation") == "add" else (rows, "")
    return shown[0], shown[1]


class TextPage(PlainPage):
    """Rows whose texts are edited in place; the code stands in addresses and files and is chosen once."""

    def fixed_fields(self, request, obj) -> tuple[str, ...]:
        code = ("code",) if any(field.name == "code" for field in self.opts.fields) else ()
        return (*code, *self.fixed_after_creation)


class FactForm(forms.ModelForm):
    """A fact needs its word: a source, or a reason where there is none."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "reason" in self.fields and "source" not in self.fields:
            self.fields["reason"].required = True

    def clean(self):
        cleaned = super().clean()
        needs_either = "reason" in self.fields and "source" in self.fields
        if needs_either and not cleaned.get("source") and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("没有来源时，请写明理由。"))
        return cleaned


class FactPage(PlainPage):
    """Rows of the record: added with today's day and the person's name, then never changed."""

    form = FactForm
    list_display_links = None

    def has_change_permission(self, request, obj=None):
        return False

    def get_list_display_links(self, request, list_display):
        return list_display[:1]

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), *SYSTEMS_OWN)

    def get_exclude(self, request, obj=None):
        # On the empty form the system's own columns have nothing to show yet.
        hidden = () if obj else SYSTEMS_OWN
        return (*(super().get_exclude(request, obj) or ()), *hidden)

    def get_fields(self, request, obj=None):
        fields = [name for name in super().get_fields(request, obj) if name not in SYSTEMS_OWN]
        # The word for the fact closes the form: first what is known, then why.
        fields.sort(key=lambda name: name == "reason")
        return [*fields, *SYSTEMS_OWN] if obj else fields

    def render_change_form(self, request, context, *args, **kwargs):
        if kwargs.get("add"):
            context["subtitle"] = _("自今日 %(day)s 起知悉；保存后不能修改或删除，更正请另增一行。") % {
                "day": timezone.localdate().isoformat()
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        if change:
            raise PermissionDenied
        with publishing_lock():
            obj.known_from = timezone.localdate()
            obj.entered_by, obj.entered_at = request.user, timezone.now()
            super().save_model(request, obj, form, change)
