"""Accounts and roles: who gives them out gains nothing by it."""

from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.urls import reverse

from changchun_innovation.roles import ROLES, STAFF_ROLES
from parks.models import ParkManager
from tests.factories import PASSWORD, group_of, make_park, make_user

pytestmark = pytest.mark.django_db


def sync() -> list[str]:
    out = StringIO()
    call_command("sync_roles", stdout=out)
    return out.getvalue().splitlines()


# --- sync_roles ----------------------------------------------------------------------------------------------
def test_groups_and_permissions_are_made_as_roles_says_and_once_only():
    lines = sync()
    assert "group reviewer: made" in lines
    for role, permissions in ROLES.items():
        held = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
        assert {f"{app}.{codename}" for app, codename in held} == set(permissions)
    assert sync() == ["roles are up to date"]


def test_what_was_changed_by_hand_is_put_right_with_one_line_each():
    sync()
    manager = Group.objects.get(name="park manager")
    manager.permissions.add(Permission.objects.get(codename="review_report"))
    manager.permissions.remove(Permission.objects.get(codename="enter_report"))
    assert sync() == ["group park manager: + parks.enter_report", "group park manager: - parks.review_report"]


def test_who_logs_in_to_the_admin_follows_the_roles():
    sync()
    people = {role: make_user(role=role, is_staff=role not in STAFF_ROLES) for role in ROLES}
    nobody, root = make_user(is_staff=True), make_user(is_superuser=True, is_staff=True)
    lines = sync()
    for role, person in people.items():
        person.refresh_from_db()
        assert person.is_staff == (role in STAFF_ROLES), role
    for person in (nobody, root):
        person.refresh_from_db()
    assert (nobody.is_staff, root.is_staff) == (False, True)
    assert len(lines) == len(ROLES) + 1


# --- the pages of accounts -----------------------------------------------------------------------------------
@pytest.fixture
def city(client):
    for role in ROLES:
        group_of(role)
    client.admin = make_user(role="administrator", username="admin")
    client.force_login(client.admin)
    return client


def _groups(*roles):
    return [Group.objects.get(name=role).pk for role in roles]


def _form(account, *, roles=(), parks=(), **more):
    form = {
        "username": account.username,
        "is_active": "on",
        "groups": _groups(*roles),
        "preference-TOTAL_FORMS": 0,
        "preference-INITIAL_FORMS": 0,
        "managed_parks-TOTAL_FORMS": len(parks),
        "managed_parks-INITIAL_FORMS": 0,
    }
    for number, park in enumerate(parks):
        form[f"managed_parks-{number}-park"] = park.pk
    return form | more


def _page(account, page="change"):
    return reverse(f"admin:auth_user_{page}", args=[account.pk])


def test_an_administrator_makes_a_manager_and_says_which_park(city):
    park = make_park()
    new = {
        "username": "li",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "groups": _groups("park manager"),
        "managed_parks-TOTAL_FORMS": 1,
        "managed_parks-INITIAL_FORMS": 0,
        "managed_parks-0-park": park.pk,
        "preference-TOTAL_FORMS": 1,
        "preference-INITIAL_FORMS": 0,
        "preference-0-language": "en",
        "is_superuser": "on",
        "is_staff": "on",
        "user_permissions": [Permission.objects.first().pk],
    }
    answer = city.post(reverse("admin:auth_user_add"), new)
    assert answer.status_code == 302, answer.context and answer.context["adminform"].errors
    account = User.objects.get(username="li")
    assert (account.is_staff, account.is_superuser) == (True, False)
    assert not account.user_permissions.exists()
    assert ParkManager.objects.get(user=account).park == park
    assert account.preference.language == "en"
    assert account.check_password(PASSWORD)


def test_a_manager_without_a_park_is_saved_with_a_warning(city):
    account = make_user(role="park manager", username="sun")
    warning = "没有负责的园区，登录后无事可做。"
    for parks, warned in (([], True), ([make_park()], False)):
        form = _form(account, roles=["park manager"], parks=parks)
        page = city.post(_page(account), form, follow=True).content.decode()
        assert (warning in page) == warned


def test_the_trail_has_its_name_in_the_readers_language(city):
    desk = city.get(reverse("admin:index")).content.decode()
    assert "修改记录" in desk and "Audit log" not in desk and "Log entries" not in desk
    page = city.get(reverse("admin:auditlog_logentry_changelist")).content.decode()
    assert "<h1>修改记录</h1>" in page


def test_the_admin_opens_and_closes_with_the_role(city):
    account = make_user(role="official")
    city.post(_page(account), _form(account, roles=["reviewer"]))
    account.refresh_from_db()
    assert account.is_staff
    city.post(_page(account), _form(account, roles=["analyst"]))
    account.refresh_from_db()
    assert not account.is_staff


def test_nobody_enters_and_reviews_and_gives_out_accounts(city):
    account = make_user(role="official")
    for roles in (
        ["park manager", "reviewer"],
        ["reviewer", "administrator"],
        ["park manager", "administrator"],
    ):
        answer = city.post(_page(account), _form(account, roles=roles))
        assert answer.status_code == 200 and "一个账号只能选其中一种" in answer.content.decode()
    assert [group.name for group in account.groups.all()] == ["official"]


def test_an_administrator_does_not_raise_themselves(city):
    park = make_park()
    forged = _form(
        city.admin,
        roles=["reviewer"],
        parks=[park],
        is_superuser="on",
        user_permissions=[Permission.objects.get(codename="review_report").pk],
    )
    city.post(_page(city.admin), forged)
    admin = User.objects.get(pk=city.admin.pk)
    assert [group.name for group in admin.groups.all()] == ["administrator"]
    assert not admin.is_superuser and not admin.user_permissions.exists()
    assert not admin.managed_parks.exists()
    assert not admin.has_perm("parks.review_report")


def test_a_superusers_account_and_password_are_out_of_an_administrators_reach(city):
    root = make_user(is_superuser=True, is_staff=True, username="root")
    before = root.password
    page = city.get(_page(root)).content.decode()
    assert "_save" not in page and before not in page
    assert city.post(_page(root), _form(root)).status_code == 403
    where = reverse("admin:auth_user_password_change", args=[root.pk])
    assert city.get(where).status_code == 403
    assert (
        city.post(where, {"password1": "another long phrase", "password2": "another long phrase"}).status_code
        == 403
    )
    root.refresh_from_db()
    assert root.password == before


def test_an_administrator_sets_a_password(city):
    account = make_user(role="official")
    where = reverse("admin:auth_user_password_change", args=[account.pk])
    form = {"usable_password": "true", "password1": "another long phrase", "password2": "another long phrase"}
    assert city.post(where, form).status_code == 302
    account.refresh_from_db()
    assert account.check_password("another long phrase")


def test_roles_are_written_in_the_code_and_only_read_in_the_admin(city):
    group = Group.objects.get(name="reviewer")
    city.force_login(make_user(is_superuser=True, is_staff=True))
    assert city.get(reverse("admin:auth_group_change", args=[group.pk])).status_code == 200
    form = {"name": "reviewer", "permissions": []}
    assert city.post(reverse("admin:auth_group_change", args=[group.pk]), form).status_code == 403
    assert group.permissions.exists()


@pytest.mark.parametrize("role", ["park manager", "reviewer"])
def test_only_administrators_see_accounts(client, role):
    account = make_user(role="official")
    client.force_login(make_user(role=role))
    for where in (reverse("admin:auth_user_changelist"), _page(account), _page(account, "history")):
        assert client.get(where).status_code == 403
    assert client.post(_page(account), {"username": "x"}).status_code == 403


def test_a_change_of_roles_stands_in_the_trail_and_a_password_never(city):
    account = make_user(role="official", username="zhao")
    city.post(_page(account), _form(account, roles=["analyst"], first_name="云"))
    where = reverse("admin:auth_user_password_change", args=[account.pk])
    city.post(where, {"usable_password": "true", "password1": PASSWORD + "x", "password2": PASSWORD + "x"})
    account.refresh_from_db()
    page = city.get(_page(account, "history")).content.decode()
    assert "analyst" in page and "admin" in page
    assert account.password not in page and PASSWORD not in page


def test_everybody_chooses_the_language_of_their_own_admin(client):
    person = make_user(role="park manager", parks=[make_park()])
    client.force_login(person)
    where = reverse("admin:language")
    assert client.post(where, {"language": "fr"}).status_code == 404
    assert client.get(where).status_code == 405
    client.post(where, {"language": "en", "next": "/admin/"})
    person.refresh_from_db()
    assert person.preference.language == "en"
    away = client.post(where, {"language": "en", "next": "//elsewhere.example/"})
    assert away.headers["Location"] == reverse("admin:index")
