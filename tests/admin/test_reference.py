"""Reference data in the admin: texts are edited and leave a trail, facts are added and never changed."""

from datetime import date

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import NoReverseMatch, reverse

from changchun_innovation.roles import REFERENCE_DATA
from institutions.models import Agreement
from parks.models import (
    CommitmentTerms,
    DeadlineExtension,
    JointLink,
    Milestone,
    Park,
    Publication,
    ReportsFrom,
)
from targets.models import (
    ContextFigure,
    Indicator,
    Initiative,
    InitiativeStatus,
    Reading,
    Source,
    TargetTerms,
)
from tests.factories import (
    make_commitment,
    make_indicator,
    make_institution,
    make_joint_link,
    make_park,
    make_reading,
    make_source,
    make_target,
    make_user,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
REFERENCE_MODELS = sorted({name.split("_", 1)[1] for name in REFERENCE_DATA})
FACTS = {
    "targetterms": TargetTerms,
    "reading": Reading,
    "initiativestatus": InitiativeStatus,
    "commitmentterms": CommitmentTerms,
    "milestone": Milestone,
    "jointlink": JointLink,
    "reportsfrom": ReportsFrom,
}


def registered():
    return list(admin.site._registry)


def address(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def rows():
    """One row of every kind of reference data, by model name."""
    institution, source = make_institution(), make_source()
    park = make_park(reports_from="2026-Q1")
    commitment = make_commitment(park=park, source=source)
    target = make_target(scope="first-batch-parks", source=source)
    link = make_joint_link(target=target, indicator=commitment.indicator)
    initiative = Initiative.objects.create(
        code="bank",
        measure_zh="金融",
        measure_en="Finance",
        deliverable_zh="科技支行",
        deliverable_en="Branch",
        lead=institution,
        source=source,
    )
    made = [
        institution,
        source,
        park,
        commitment,
        target,
        link,
        initiative,
        commitment.indicator,
        commitment.terms.get(),
        target.terms.get(),
        park.reports_from.get(),
        make_reading(indicator=target.indicator, value=5, period_end=date(2025, 12, 31)),
        InitiativeStatus.objects.create(
            initiative=initiative, status="under-way", known_from=TODAY, source=source
        ),
        Milestone.objects.create(
            commitment=commitment, on=date(2025, 1, 1), value=20, known_from=TODAY, reason="商定"
        ),
        ContextFigure.objects.create(
            code="gdp",
            name_zh="生产总值",
            name_en="Product",
            value=7002,
            unit_zh="亿元",
            unit_en="100 million yuan",
            as_of=TODAY,
            source=source,
        ),
        Agreement.objects.create(
            code="pact",
            kind="protocol",
            title_zh="议定书",
            title_en="Protocol",
            signed_on=TODAY,
            source=source,
        ),
        Publication.objects.create(
            code="press", park=park, label_zh="企业", label_en="Firms", as_of=TODAY, value=3, source=source
        ),
    ]
    return {row._meta.model_name: row for row in made}


# --- who sees it ---------------------------------------------------------------------------------------------
def test_a_manager_sees_nothing_of_the_reference_data_or_the_accounts(client, rows):
    client.force_login(make_user(role="park manager", parks=[make_park()]))
    for model in registered():
        if model._meta.model_name in ("quarterlyreport", "milestoneproposal", "reply"):
            continue
        pages = [("changelist", ()), ("add", ())]
        if model._meta.model_name in rows:
            pk = rows[model._meta.model_name].pk
            pages += [("change", (pk,)), ("history", (pk,)), ("delete", (pk,))]
        for page, args in pages:
            try:
                where = address(model, page, *args)
            except NoReverseMatch:
                continue
            assert client.get(where).status_code == 403, where
            assert client.post(where, {"code": "x"}).status_code == 403, where


def test_a_manager_is_not_offered_other_rows_by_the_autocompletion(client):
    client.force_login(make_user(role="park manager", parks=[make_park()]))
    make_institution(code="jlu")
    for app, model, field in [
        ("parks", "park", "academic_partner"),
        ("targets", "reading", "indicator"),
        ("institutions", "agreement", "parties"),
        ("parks", "commitment", "park"),
    ]:
        query = {"app_label": app, "model_name": model, "field_name": field, "term": ""}
        answer = client.get(reverse("admin:autocomplete"), query)
        assert answer.status_code in (403, 404), (model, field)


@pytest.mark.parametrize("role", ["reviewer", "administrator"])
def test_reviewers_and_administrators_read_every_page_of_the_reference_data(client, rows, role):
    client.force_login(make_user(role=role))
    assert sorted(rows) == sorted(REFERENCE_MODELS)
    for name, row in rows.items():
        for where in (address(row, "changelist"), address(row, "change", row.pk)):
            assert client.get(where).status_code == 200, where
        # A milestone is proposed by its park and approved by a reviewer; nobody enters one alone.
        assert client.get(address(row, "add")).status_code == (403 if name == "milestone" else 200), name
        assert client.get(address(row, "delete", row.pk)).status_code == 403
        history = client.get(address(row, "history", row.pk))
        assert history.status_code == (200 if role == "administrator" else 403), name


@pytest.mark.parametrize(
    "query", ["?lang=en", "?quarter=2026-Q3", "?as_of=2026-01-01", "?foo=1", "?id=x", "?p=77", "?e=1"]
)
def test_every_list_shows_itself_whatever_the_address_carries(client, query):
    client.force_login(make_user(is_superuser=True, is_staff=True))
    for model in registered():
        answer = client.get(address(model, "changelist") + query)
        assert answer.status_code == 200, (model, query)


def test_a_nul_in_the_search_of_a_list_is_refused_not_an_error(client):
    client.force_login(make_user(role="reviewer"))
    assert client.get(address(Park, "changelist") + "?q=%00").status_code == 400
    form = {"code": "a\x00b", "name_zh": "\x00"}
    assert client.post(address(Park, "add"), form).status_code == 200


@pytest.mark.parametrize("key", ["999999", "99999999999999999999999", "x", "1_2F"])
def test_a_row_that_is_not_there_answers_404_not_a_redirect(client, key):
    client.force_login(make_user(role="administrator"))
    for model in (Park, Reading, Indicator):
        for page in ("change", "history", "delete"):
            assert client.get(address(model, page, key)).status_code in (404, 403), (model, page)


# --- facts ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", FACTS)
def test_a_fact_can_be_added_and_by_nobody_changed_or_deleted(client, rows, name):
    row = rows[name]
    before = type(row).objects.filter(pk=row.pk).values().get()
    for user in (make_user(role="reviewer"), make_user(is_superuser=True, is_staff=True)):
        client.force_login(user)
        assert "_save" not in client.get(address(row, "change", row.pk)).content.decode()
        assert client.post(address(row, "change", row.pk), {"value": 1, "reason": "x"}).status_code == 403
        assert client.post(address(row, "delete", row.pk), {"post": "yes"}).status_code == 403
        bulk = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes", "index": 0}
        client.post(address(row, "changelist"), bulk)
    assert type(row).objects.filter(pk=row.pk).values().get() == before


def test_a_fact_is_known_from_today_and_says_who_entered_it(client):
    park, reviewer = make_park(), make_user(role="reviewer")
    client.force_login(reviewer)
    form = {
        "park": park.pk,
        "quarter": "2026-Q4",
        "reason": "按工作方案",
        "known_from": "2020-01-01",
        "entered_by": make_user().pk,
        "origin": "demo",
    }
    assert client.post(address(ReportsFrom, "add"), form).status_code == 302
    row = ReportsFrom.objects.get(park=park)
    assert (row.known_from, row.entered_by, row.entered_at.date()) == (TODAY, reviewer, TODAY)
    assert (str(row.quarter), row.origin) == ("2026-Q4", "reported")


def test_a_fact_needs_a_source_or_a_reason(client, rows):
    client.force_login(make_user(role="reviewer"))
    form = {
        "commitment": rows["commitment"].pk,
        "comparator": "ge",
        "value": "1,200",
        "start_on": "2023-08-15",
        "due_on": "2026-08-15",
    }
    answer = client.post(address(CommitmentTerms, "add"), form)
    assert answer.status_code == 200 and "没有来源时，请写明理由" in answer.content.decode()
    assert client.post(address(CommitmentTerms, "add"), form | {"reason": "上级调整"}).status_code == 302
    assert CommitmentTerms.objects.latest("pk").value == 1200
    for model, more in (
        (ReportsFrom, {"quarter": "2026-Q4"}),
        (DeadlineExtension, {"quarter": "2026-Q3", "due_on": "2026-12-01"}),
    ):
        assert client.post(address(model, "add"), {"park": rows["park"].pk, **more}).status_code == 200
        assert not model.objects.filter(known_from=TODAY, park=rows["park"]).exists()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("3.5万", "35000"),
        ("1e9", "请填写数字"),
        ("NaN", "请填写数字"),
        ("-1", "不能为负数"),
        ("1.5", "小数"),
        ("9" * 20, "数字过大"),
    ],
)
def test_numbers_of_the_record_are_read_by_the_rule_of_the_reports(client, rows, value, words):
    client.force_login(make_user(role="reviewer"))
    form = {
        "commitment": rows["commitment"].pk,
        "comparator": "ge",
        "value": value,
        "start_on": "2023-08-15",
        "reason": "x",
    }
    before = CommitmentTerms.objects.count()
    answer = client.post(address(CommitmentTerms, "add"), form)
    assert answer.status_code == 200
    assert words in answer.content.decode() and f'value="{value}"' in answer.content.decode()
    assert CommitmentTerms.objects.count() == before


def test_terms_are_due_after_they_start(client, rows):
    client.force_login(make_user(role="reviewer"))
    form = {"target": rows["target"].pk, "comparator": "ge", "value": "1", "reason": "x"}
    days = {"start_on": "2026-08-15", "due_on": "2026-08-15"}
    assert client.post(address(TargetTerms, "add"), form | days).status_code == 200
    assert TargetTerms.objects.count() == 1


def test_only_reviewers_extend_a_deadline(client, rows):
    form = {"park": rows["park"].pk, "quarter": "2026-Q3", "due_on": "2026-12-01", "reason": "系统故障"}
    client.force_login(make_user(role="administrator"))
    assert client.post(address(DeadlineExtension, "add"), form).status_code == 403
    client.force_login(make_user(role="reviewer"))
    assert client.post(address(DeadlineExtension, "add"), form).status_code == 302
    early = form | {"due_on": "2026-09-30"}
    assert client.post(address(DeadlineExtension, "add"), early).status_code == 200
    assert DeadlineExtension.objects.count() == 1


def test_a_forged_foreign_key_to_a_park_one_may_not_read_is_refused(client, rows):
    """Even an account that may extend deadlines does so only for parks that `parks.access` gives it."""
    from django.contrib.auth.models import Permission

    own = make_park()
    user = make_user(role="park manager", parks=[own])
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["add_deadlineextension", "view_deadlineextension"])
    )
    client.force_login(user)
    form = {"quarter": "2026-Q3", "due_on": "2026-12-01", "reason": "x"}
    for park, is_named in [(own, True), (rows["park"], False)]:
        page = client.get(address(DeadlineExtension, "add"), {"park": park.pk}).content.decode()
        assert (park.name_zh in page) is is_named
    assert client.post(address(DeadlineExtension, "add"), form | {"park": rows["park"].pk}).status_code == 200
    assert client.post(address(DeadlineExtension, "add"), form | {"park": own.pk}).status_code == 302
    assert [row.park for row in DeadlineExtension.objects.all()] == [own]


# --- texts ---------------------------------------------------------------------------------------------------
def _park_form(park, **more):
    return {
        "name_zh": park.name_zh,
        "name_en": park.name_en,
        "academic_partner": park.academic_partner_id,
        "zone_partner": park.zone_partner_id,
        "order": 0,
        **more,
    }


def test_a_text_is_edited_in_place_and_the_trail_says_who_when_and_what(client):
    park = make_park(name_zh="旧名")
    reviewer = make_user(role="reviewer", username="wang")
    client.force_login(reviewer)
    assert client.post(address(park, "change", park.pk), _park_form(park, name_zh="新名")).status_code == 302
    client.force_login(make_user(role="administrator"))
    page = client.get(address(park, "history", park.pk)).content.decode()
    assert all(word in page for word in ("旧名", "新名", "wang"))


def test_a_code_stands_in_addresses_and_is_chosen_once(client):
    park = make_park(code="jixing")
    client.force_login(make_user(is_superuser=True, is_staff=True))
    client.post(address(park, "change", park.pk), _park_form(park, code="other"))
    park.refresh_from_db()
    assert park.code == "jixing"


def test_kind_unit_and_decimals_cannot_change_once_a_number_counts_in_them(client):
    free, used = make_indicator(), make_indicator()
    make_commitment(indicator=used)
    client.force_login(make_user(role="reviewer"))
    for indicator, changed in ((free, True), (used, False)):
        form = {
            "name_zh": "新名",
            "name_en": "new",
            "unit_zh": "人",
            "unit_en": "people",
            "kind": "annual",
            "decimals": 2,
            "order": 0,
        }
        assert client.post(address(indicator, "change", indicator.pk), form).status_code == 302
        indicator.refresh_from_db()
        assert indicator.name_zh == "新名"
        assert (indicator.kind == "annual", indicator.unit_zh == "人", indicator.decimals == 2) == (
            changed,
        ) * 3


def test_what_past_answers_rest_on_is_not_edited_in_place(client, rows):
    """A press report's number, a source's day: an answer as of a past day would change with them."""
    client.force_login(make_user(role="reviewer"))
    press, source = rows["publication"], rows["source"]
    client.post(
        address(press, "change", press.pk),
        {"label_zh": "新", "label_en": "new", "value": "99", "as_of": "2020-01-01"},
    )
    press.refresh_from_db()
    assert (press.label_zh, press.value, press.as_of) == ("新", 3, TODAY)
    day = source.published_on
    client.post(
        address(source, "change", source.pk),
        {
            "title_zh": "新",
            "title_en": "n",
            "publisher_zh": "p",
            "publisher_en": "p",
            "published_on": "2020-01-01",
        },
    )
    source.refresh_from_db()
    assert (source.title_zh, source.published_on) == ("新", day)


def test_nothing_in_the_admin_can_be_deleted_by_anybody(client, rf):
    request = rf.get("/")
    request.user = make_user(is_superuser=True, is_staff=True)
    ours = [model for model in registered() if model._meta.app_label not in ("axes",)]
    assert {model._meta.app_label for model in ours} >= {
        "parks",
        "targets",
        "institutions",
        "auth",
        "auditlog",
    }
    for model in ours:
        assert admin.site._registry[model].has_delete_permission(request) is False, model
        assert "delete_selected" not in admin.site._registry[model].get_actions(request), model


def test_every_model_with_a_text_of_ours_has_its_page():
    served = {model._meta.label_lower for model in registered()}
    for permission in REFERENCE_DATA:
        app, codename = permission.split(".")
        label = f"{app}.{codename.split('_', 1)[1]}"
        assert apps.get_model(label) and label in served


def test_a_source_is_found_by_autocompletion_for_who_may_use_it(client):
    make_source(code="plan", title_zh="行动计划")
    client.force_login(make_user(role="reviewer"))
    query = {"app_label": "targets", "model_name": "reading", "field_name": "source", "term": "行动"}
    assert "行动计划" in client.get(reverse("admin:autocomplete"), query).json()["results"][0]["text"]
    assert Source.objects.count() == 1


def test_the_form_of_a_promise_says_whether_it_is_changed_or_made_anew(client, rows):
    client.force_login(make_user(role="reviewer"))
    page = address(CommitmentTerms, "add")
    assert "另立新的一期" in client.get(page).content.decode()
    form = {"commitment": rows["commitment"].pk, "comparator": "ge", "value": "300", "reason": "双方商定"}
    before = CommitmentTerms.objects.get(commitment=rows["commitment"])
    same = {"start_on": before.start_on.isoformat(), "due_on": before.due_on.isoformat()}
    changed = client.post(page, form | same, follow=True).content.decode()
    assert "已更改自" in changed
    later = {"start_on": before.due_on.isoformat(), "due_on": "2029-08-15"}
    renewed = client.post(page, form | later, follow=True).content.decode()
    assert "已另立第 2 期" in renewed and before.due_on.isoformat() in renewed
    assert CommitmentTerms.objects.filter(commitment=rows["commitment"]).count() == 3
