"""A manager leaves: their parks go to a successor in one step, and nothing that they typed is lost."""

from datetime import date, timedelta

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from changchun_innovation import handover
from changchun_innovation.handover import HandoverRefused, hand_over
from changchun_innovation.shared.quarters import Quarter
from parks.models import KeptCopy, Notice, ParkManager
from tests.factories import PASSWORD, group_of, make_commitment, make_park, make_report, make_user, moment

pytestmark = pytest.mark.django_db

Q3 = Quarter.parse("2026-Q3")


@pytest.fixture
def park():
    park = make_park(name_zh="中医药科技园", reports_from="2026-Q3")
    make_commitment(park=park, due_on=date(2028, 8, 15))
    return park


@pytest.fixture
def li(park):
    group_of("reviewer")
    return make_user(
        role="park manager",
        username="li",
        parks=[park],
        last_name="李",
        first_name="明",
        email="li@example.cn",
    )


@pytest.fixture
def zhou():
    return make_user(role="park manager", username="zhou", parks=[make_park(name_zh="光电园")])


@pytest.fixture
def admin():
    return make_user(role="administrator", username="admin")


@pytest.fixture
def office(client, admin):
    client.force_login(admin)
    return client


def page_of(account) -> str:
    return reverse("admin:auth_user_handover_of", args=[account.pk])


def kept(by, park, text: str, *, hours_ago: int = 1) -> KeptCopy:
    return KeptCopy.objects.create(
        park=park,
        quarter=Q3,
        version=1,
        fields={f"value-{park.commitments.get().pk}": text},
        kept_at=timezone.now() - timedelta(hours=hours_ago),
        kept_by=by,
    )


def parks_of(account) -> set[str]:
    return {row.park.name_zh for row in ParkManager.objects.filter(user=account)}


# --- the step ------------------------------------------------------------------------------------------------
def test_a_successor_gets_park_drafts_and_what_was_typed_and_not_saved(office, park, li, zhou):
    report = make_report(park=park, quarter=Q3, figures={}, by=li)
    kept(li, park, "37")
    page = office.get(page_of(li)).content.decode()
    assert "李明" in page and "中医药科技园" in page and "2026 年第三季度" in page
    answer = office.post(page_of(li), {"who": "existing", "successor": zhou.pk, "lock": "on"}, follow=True)
    assert "中医药科技园 已由 李明 移交给 zhou" in answer.content.decode()
    assert (parks_of(li), parks_of(zhou)) == (set(), {"中医药科技园", "光电园"})
    li.refresh_from_db()
    assert not li.is_active
    assert KeptCopy.objects.get().kept_by == zhou
    successor = Client()
    successor.force_login(zhou)
    entry = reverse("admin:parks_quarterlyreport_enter", args=[park.code, Q3])
    page = successor.get(f"{entry}?kept=restore").content.decode()
    report.refresh_from_db()
    assert report.status == "draft" and f'name="version" value="{report.version}"' in page
    assert 'value="37"' in page


def test_a_new_account_is_made_for_the_successor_in_the_same_step(office, park, li):
    new = {
        "who": "new",
        "username": "sun",
        "last_name": "孙",
        "first_name": "悦",
        "email": "sun@example.cn",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "lock": "on",
        "is_superuser": "on",
        "groups": [Group.objects.get(name="reviewer").pk],
    }
    assert office.post(page_of(li), new).status_code == 302
    sun = User.objects.get(username="sun")
    assert (sun.is_staff, sun.is_superuser, sun.is_active) == (True, False, True)
    assert [group.name for group in sun.groups.all()] == ["park manager"]
    assert parks_of(sun) == {"中医药科技园"}
    assert sun.check_password(PASSWORD)


@pytest.mark.parametrize(
    "wrong",
    [{"password2": "something else entirely"}, {"password1": "123", "password2": "123"}, {"username": "LI"}],
)
def test_a_new_account_that_cannot_be_made_leaves_everything_as_it_was(office, park, li, wrong):
    new = {
        "who": "new",
        "username": "sun",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "lock": "on",
        **wrong,
    }
    answer = office.post(page_of(li), new)
    assert answer.status_code == 200 and "没有移交" in answer.content.decode()
    assert parks_of(li) == {"中医药科技园"} and User.objects.get(pk=li.pk).is_active
    assert not User.objects.filter(username="sun").exists()


def test_a_handover_that_fails_at_its_end_undoes_the_new_account_too(office, park, li, monkeypatch):
    """Everything or nothing, whatever goes wrong after the account was made."""

    def refuse(user):
        raise HandoverRefused("x")

    monkeypatch.setattr(handover, "end_sessions", refuse)
    new = {"who": "new", "username": "sun", "password1": PASSWORD, "password2": PASSWORD, "lock": "on"}
    assert office.post(page_of(li), new).status_code == 200
    assert not User.objects.filter(username="sun").exists()
    assert parks_of(li) == {"中医药科技园"} and User.objects.get(pk=li.pk).is_active


@pytest.mark.parametrize("lock", [True, False])
def test_who_left_is_logged_out_everywhere_and_locked_if_so_chosen(office, park, li, zhou, lock):
    at_work, at_home, other = Client(), Client(), Client()
    for browser in (at_work, at_home):
        browser.force_login(li)
    other.force_login(zhou)
    form = {"who": "existing", "successor": zhou.pk, **({"lock": "on"} if lock else {})}
    office.post(page_of(li), form)
    for browser in (at_work, at_home):
        assert browser.get(reverse("admin:index")).status_code == 302
    assert other.get(reverse("admin:index")).status_code == 200
    li.refresh_from_db()
    assert li.is_active != lock
    entry = reverse("admin:parks_quarterlyreport_enter", args=[park.code, Q3])
    if not lock:
        at_home.force_login(li)
        assert at_home.get(entry).status_code == 404


def test_of_two_unsaved_copies_the_later_stays_and_the_other_is_in_the_trail(office, park, li, zhou, admin):
    ParkManager.objects.create(user=zhou, park=park)
    kept(li, park, "37", hours_ago=1)
    kept(zhou, park, "35", hours_ago=2)
    office.post(page_of(li), {"who": "existing", "successor": zhou.pk})
    copy = KeptCopy.objects.get()
    assert (copy.kept_by, copy.fields) == (zhou, {f"value-{park.commitments.get().pk}": "37"})
    assert parks_of(zhou) == {"中医药科技园", "光电园"}
    trail = office.get(reverse("admin:auth_user_history", args=[li.pk])).content.decode()
    assert "=35" in trail and "未保存的填写" in trail


def test_the_trail_says_who_handed_what_to_whom(office, park, li, zhou, admin):
    office.post(page_of(li), {"who": "existing", "successor": zhou.pk, "lock": "on"})
    for account in (li, zhou):
        entry = LogEntry.objects.get_for_object(account).get(changes__has_key="handover")
        assert (entry.actor, entry.changes["handover"]) == (admin, [f"li: {park.code}", "zhou"])
        page = office.get(reverse("admin:auth_user_history", args=[account.pk])).content.decode()
        assert "移交园区" in page and park.code in page
    moved = LogEntry.objects.get_for_object(ParkManager.objects.get(user=zhou, park=park)).latest("pk")
    assert "user" in moved.changes and moved.actor == admin


def test_mail_that_waited_for_who_left_goes_to_the_successor_and_none_twice(park, li, zhou, admin):
    def reminder(recipient, kind, **more):
        return Notice.objects.create(
            kind=kind, park=park, quarter=Q3, recipient=recipient, made=moment(date(2026, 10, 8)), **more
        )

    sent = reminder(li, "due", sent=timezone.now())
    reminder(li, "overdue")
    hand_over(leaver=li, successor=zhou, lock=True, by=admin)
    assert list(Notice.objects.values_list("kind", "recipient__username")) == [
        ("due", "li"),
        ("overdue", "zhou"),
    ]
    sent.refresh_from_db()
    assert sent.recipient == li


# --- who may, and with whom ----------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["reviewer", "park manager", "analyst"])
def test_only_administrators_hand_over(client, park, li, zhou, role):
    client.force_login(make_user(role=role, is_staff=True))
    for address in (reverse("admin:auth_user_handover"), page_of(li)):
        assert client.get(address).status_code == 403
    assert client.post(page_of(li), {"who": "existing", "successor": zhou.pk}).status_code == 403
    assert parks_of(li) == {"中医药科技园"}


def test_nobody_hands_over_to_a_reviewer_an_administrator_a_locked_account_or_the_same_one(office, park, li):
    unfit = [
        make_user(role="reviewer"),
        make_user(role="administrator"),
        make_user(role="official"),
        make_user(role="park manager", is_active=False),
        make_user(is_superuser=True),
        li,
    ]
    both = make_user(role="park manager")
    both.groups.add(group_of("reviewer"))
    for account in [*unfit, both]:
        answer = office.post(page_of(li), {"who": "existing", "successor": account.pk, "lock": "on"})
        assert answer.status_code == 200 and "没有移交" in answer.content.decode(), account
    assert parks_of(li) == {"中医药科技园"} and User.objects.get(pk=li.pk).is_active


def test_nobody_hands_over_their_own_parks_nor_takes_them_nor_those_of_a_superuser(park, li, zhou, admin):
    ParkManager.objects.create(user=admin, park=park)
    root = make_user(username="root", is_superuser=True, parks=[park])
    for leaver, successor in ((admin, zhou), (li, admin), (root, zhou)):
        with pytest.raises(PermissionDenied):
            hand_over(leaver=leaver, successor=successor, lock=True, by=admin)
    assert ParkManager.objects.filter(park=park).count() == 3


def test_an_account_without_a_park_has_nothing_to_hand_over(office, zhou, admin):
    idle = make_user(role="park manager")
    assert office.get(page_of(idle)).status_code == 404
    assert office.get(page_of(admin)).status_code == 404
    with pytest.raises(HandoverRefused):
        hand_over(leaver=idle, successor=zhou, lock=True, by=admin)


def test_a_handover_that_somebody_else_made_meanwhile_is_not_made_again(office, park, li, zhou, admin):
    hand_over(leaver=li, successor=zhou, lock=True, by=admin)
    assert office.post(page_of(li), {"who": "existing", "successor": zhou.pk}).status_code == 404


def test_an_administrator_finds_the_way_from_the_desk_the_list_and_the_account(office, park, li):
    way = reverse("admin:auth_user_handover")
    assert way in office.get(reverse("admin:index")).content.decode()
    assert way in office.get(reverse("admin:auth_user_changelist")).content.decode()
    assert page_of(li) in office.get(way).content.decode()
    assert page_of(li) in office.get(reverse("admin:auth_user_change", args=[li.pk])).content.decode()


def test_an_administrator_is_told_of_mail_that_could_not_be_sent(office, park, li):
    assert "没有发出" not in office.get(reverse("admin:index")).content.decode()
    Notice.objects.create(
        kind="due", park=park, quarter=Q3, recipient=li, made=timezone.now(), trouble="Connection refused"
    )
    page = office.get(reverse("admin:index")).content.decode()
    assert "1 封通知邮件没有发出" in page and "Connection refused" in page
