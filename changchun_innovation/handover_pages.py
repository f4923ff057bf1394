"""The pages on which an administrator hands a manager's parks over: whose, and to whom."""

from django import forms
from django.contrib import messages
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from changchun_innovation.accounts import follow_roles
from changchun_innovation.handover import (
    Belongings,
    Handed,
    HandoverRefused,
    hand_over,
    may_hand_over,
    who_may_follow,
    who_may_leave,
)
from changchun_innovation.models import Preference
from changchun_innovation.roles import PARK_MANAGER
from parks.contacts import written_name

EXISTING, NEW = "existing", "new"


class Account(forms.ModelChoiceField):
    def label_from_instance(self, account):
        parks = "、".join(str(row.park) for row in account.managed_parks.all())
        name = written_name(account)
        shown = name if name == account.username else f"{name}（{account.username}）"
        return f"{shown} · {parks}" if parks else shown


class ToExisting(forms.Form):
    successor = Account(queryset=User.objects.none(), label=gettext_lazy("接任人"), empty_label="—")

    def __init__(self, *args, candidates, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["successor"].queryset = candidates.prefetch_related("managed_parks__park")

    def account(self) -> User:
        return self.cleaned_data["successor"]


class ToNew(UserCreationForm):
    """A new account for the successor, with a first password as on the page of accounts."""

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "last_name", "first_name", "email")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # The page opens at its top, where it says what is handed over.
        self.fields["username"].widget.attrs.pop("autofocus", None)

    def account(self) -> User:
        account = self.save()
        account.groups.add(Group.objects.get(name=PARK_MANAGER))
        Preference.objects.create(user=account)
        follow_roles(account)
        return account


class HandingOver:
    """Adds the two pages to those of accounts."""

    def get_urls(self):
        see = self.admin_site.admin_view
        return [
            path("handover/", see(self.leavers_view), name="auth_user_handover"),
            path("<int:leaver>/handover/", see(self.handover_view), name="auth_user_handover_of"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(
            request, {"hands_over": may_hand_over(request.user), **(extra_context or {})}
        )

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["hands_over"] = (
            obj is not None
            and may_hand_over(request.user)
            and who_may_leave(request.user).filter(pk=obj.pk).exists()
        )
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def leavers_view(self, request):
        if not may_hand_over(request.user):
            raise PermissionDenied
        leavers = who_may_leave(request.user)
        context = {"title": _("移交园区"), "leavers": [(each, written_name(each)) for each in leavers]}
        return self._page(request, "admin/auth/user/leavers.html", context)

    def handover_view(self, request, leaver: int):
        if not may_hand_over(request.user):
            raise PermissionDenied
        account = get_object_or_404(who_may_leave(request.user), pk=leaver)
        candidates = who_may_follow(request.user, account)
        sent = request.POST if request.method == "POST" else None
        who = request.POST.get("who") or (EXISTING if candidates.exists() else NEW)
        existing = ToExisting(sent if who == EXISTING else None, candidates=candidates)
        new = ToNew(sent if who == NEW else None)
        form, refused = {EXISTING: existing}.get(who, new), ""
        lock = "lock" in request.POST if sent is not None else True
        if who == NEW and not request.user.has_perm("auth.add_user"):
            raise PermissionDenied
        if sent is not None and form.is_valid():
            try:
                return self._done(request, account, form, lock)
            except HandoverRefused as error:
                refused = str(error)
        context = {
            "title": _("移交园区：%(name)s") % {"name": written_name(account)},
            "leaver": account,
            "leavers_name": written_name(account),
            "belongings": Belongings.of(account),
            "who": who,
            "existing": existing,
            "new": new,
            "has_candidates": candidates.exists(),
            "lock": lock,
            "refused": refused,
            "failed": sent is not None,
        }
        return self._page(request, "admin/auth/user/handover.html", context)

    @transaction.atomic
    def _done(self, request, leaver, form, lock: bool):
        """Everything or nothing: a successor's new account stands only if the parks went over."""
        successor = form.account()
        handed = hand_over(leaver=leaver, successor=successor, lock=lock, by=request.user)
        messages.success(request, _told(leaver, successor, handed, lock))
        if handed.set_aside:
            words = ngettext(
                "有 %(number)s 个季度两人都有未保存的填写：留下后填的，另一份记在修改记录里。",
                "有 %(number)s 个季度两人都有未保存的填写：留下后填的，另一份记在修改记录里。",
                handed.set_aside,
            )
            messages.warning(request, words % {"number": handed.set_aside})
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[successor.pk]))

    def _page(self, request, template, context):
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), "opts": self.opts, **context}
        )


def _told(leaver: User, successor: User, handed: Handed, lock: bool) -> str:
    told = _("%(parks)s 已由 %(leaver)s 移交给 %(successor)s；草稿和未保存的填写都在。") % {
        "parks": "、".join(park.name for park in handed.parks),
        "leaver": written_name(leaver),
        "successor": written_name(successor),
    }
    return told + (_("原账号已停用。") if lock else _("原账号仍可登录。"))
