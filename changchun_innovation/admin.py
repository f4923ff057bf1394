"""Accounts, roles and the audit trail in the admin.

An administrator makes accounts, gives them roles, says which park a manager has and sets passwords, and gains nothing
by it: no superuser is made or touched here, no single permission is handed out, nobody changes their own roles or
parks, and entering, reviewing and giving out accounts exclude one another.
"""

from auditlog.admin import LogEntryAdmin
from auditlog.filters import CIDFilter
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from changchun_innovation.accounts import exclude_each_other, follow_roles
from changchun_innovation.admin_site import TRAIL
from changchun_innovation.handover_pages import HandingOver
from changchun_innovation.models import ErrorReport, Preference
from changchun_innovation.roles import PARK_MANAGER, ROLE_NAMES, ROLES
from changchun_innovation.shared.admin_pages import PlainPage
from parks.models import ParkManager

admin.site.unregister([User, Group, LogEntry])


class Roles(forms.ModelMultipleChoiceField):
    """The roles of an account by their names in the reader's language."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options):
        options.setdefault("queryset", Group.objects.filter(name__in=ROLES))
        options.setdefault("required", False)
        options.setdefault("label", gettext_lazy("角色"))
        super().__init__(**options)

    def label_from_instance(self, group):
        return ROLE_NAMES.get(group.name, group.name)

    def clean(self, value):
        groups = super().clean(value)
        if exclude_each_other(group.name for group in groups):
            raise forms.ValidationError(_("填报、审核与管理账号须由不同的人担任，一个账号只能选其中一种。"))
        return groups


class AccountForm(UserChangeForm):
    groups = Roles()


class NewAccountForm(AdminUserCreationForm):
    groups = Roles()


class ManagedParks(admin.TabularInline):
    """Which parks the account reports for; it counts only together with the manager's role."""

    model = ParkManager
    extra = 0
    autocomplete_fields = ["park"]
    verbose_name = gettext_lazy("负责的园区")
    verbose_name_plural = gettext_lazy("负责的园区")

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not is_oneself(request, obj)

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and not is_oneself(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not is_oneself(request, obj)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "park":
            # Parks are made on their own page.
            wrapper = field.widget
            wrapper.can_add_related = wrapper.can_change_related = wrapper.can_view_related = False
        return field


class PreferenceOf(admin.StackedInline):
    model = Preference
    extra = 0
    max_num = 1
    can_delete = False


def is_oneself(request, account: User | None) -> bool:
    return account is not None and account.pk == request.user.pk


@admin.register(User)
class AccountPage(HandingOver, PlainPage, UserAdmin):
    form = AccountForm
    add_form = NewAccountForm
    list_display = ["username", "full_name", "roles", "parks", "is_active", "last_login"]
    list_filter = ["is_active", "groups"]
    search_fields = ["username", "first_name", "last_name", "email"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined"]
    inlines = [ManagedParks, PreferenceOf]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (gettext_lazy("人员"), {"fields": ["last_name", "first_name", "email"]}),
        (gettext_lazy("角色"), {"fields": ["groups", "is_active"]}),
        (gettext_lazy("记录"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "usable_password", "password1", "password2"]}),
        (gettext_lazy("人员"), {"fields": ["last_name", "first_name", "email"]}),
        (gettext_lazy("角色"), {"fields": ["groups"]}),
    ]

    @admin.display(description=gettext_lazy("姓名"))
    def full_name(self, account):
        return f"{account.last_name}{account.first_name}" or "—"

    @admin.display(description=gettext_lazy("角色"))
    def roles(self, account):
        return "、".join(str(ROLE_NAMES.get(group.name, group.name)) for group in account.groups.all()) or "—"

    @admin.display(description=gettext_lazy("负责的园区"))
    def parks(self, account):
        return "、".join(str(row.park) for row in account.managed_parks.all()) or "—"

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups", "managed_parks__park")

    def has_change_permission(self, request, obj=None):
        """A superuser's account is changed on the server, never by an administrator."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def fixed_fields(self, request, obj):
        return ("groups", "is_active") if is_oneself(request, obj) else ()

    def get_inlines(self, request, obj):
        return self.inlines

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        account = form.instance
        follow_roles(account)
        roles = set(account.groups.values_list("name", flat=True))
        # Asked anew: the page's own rows were read before the parks were saved.
        has_park = ParkManager.objects.filter(user=account).exists()
        if has_park and PARK_MANAGER not in roles:
            self.message_user(request, _("该账号不是园区填报人，所列园区暂不起作用。"), "warning")
        if PARK_MANAGER in roles and not has_park:
            self.message_user(request, _("没有负责的园区，登录后无事可做。"), "warning")


@admin.register(Group)
class RolePage(PlainPage, GroupAdmin):
    """Roles are written in roles.py; here they can only be read."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class OfKind(admin.SimpleListFilter):
    """The kinds of rows whose changes are kept, whether or not any was changed: that would be a look at every entry."""

    title = gettext_lazy("类别")
    parameter_name = "resource_type"

    def lookups(self, request, model_admin):
        kinds = ContentType.objects.get_for_models(*auditlog.get_models(), for_concrete_models=True)
        named = [(str(kind.pk), model._meta.verbose_name) for model, kind in kinds.items()]
        return sorted(named, key=lambda pair: str(pair[1]))

    def queryset(self, request, queryset):
        known = self.value() in dict(self.lookup_choices)
        return queryset.filter(content_type=self.value()) if known else queryset


@admin.register(LogEntry)
class TrailPage(PlainPage, LogEntryAdmin):
    """Every change of a text or an account: who, when, from what to what."""

    # Its years and months would be looked for among all entries.
    date_hierarchy = None
    list_filter = ["action", OfKind, "timestamp", CIDFilter]

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": TRAIL, **(extra_context or {})})


class ErrorReportForm(forms.ModelForm):
    """What was found and done about the report; it closes the report."""

    class Meta:
        widgets = {"answer": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "answer" in self.fields:
            self.fields["answer"].required = True


@admin.register(ErrorReport)
class ErrorReportPage(PlainPage):
    """What readers say is wrong: read, answered once, and kept."""

    form = ErrorReportForm
    list_display = ["about", "short", "received", "handled_at", "handled_by"]
    list_filter = [("handled_at", admin.EmptyFieldListFilter)]
    list_select_related = ["handled_by"]
    search_fields = ["about", "wrong", "evidence"]
    fields = [
        "about",
        "quarter",
        "known_on",
        "wrong",
        "evidence",
        "contact",
        "sender",
        "received",
        "answer",
        "handled_at",
        "handled_by",
    ]

    @admin.display(description=gettext_lazy("哪里有误"))
    def short(self, report):
        return report.wrong if len(report.wrong) <= 60 else f"{report.wrong[:60]}…"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        """A report that was answered is closed."""
        return super().has_change_permission(request, obj) and (obj is None or obj.handled_at is None)

    def get_readonly_fields(self, request, obj=None):
        return [name for name in self.fields if name != "answer"]

    @transaction.atomic
    def save_model(self, request, obj, form, change):
        waiting = ErrorReport.objects.select_for_update().filter(pk=obj.pk, handled_at=None)
        if not change or not waiting.exists():
            raise PermissionDenied
        obj.handled_at, obj.handled_by = timezone.now(), request.user
        obj.save(update_fields=["answer", "handled_at", "handled_by"])
