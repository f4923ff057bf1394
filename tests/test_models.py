"""Every model at once: what the database itself must refuse, and what a reader must find."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.utils import timezone

from changchun_innovation.models import ErrorReport, Preference
from changchun_innovation.shared import progress
from changchun_innovation.shared.append_only import AppendOnly, NeverChanges
from changchun_innovation.shared.fields import LARGEST, QuarterField
from changchun_innovation.shared.quarters import Quarter
from parks.models import (
    Commitment,
    DeadlineExtension,
    DueRule,
    Evidence,
    Figure,
    KeptCopy,
    Milestone,
    MilestoneProposal,
    Notice,
    Park,
    ParkManager,
    ProposedMilestone,
    QuarterlyReport,
    Remark,
    Reply,
    ReplyEvent,
    ReportEvent,
    ReportsFrom,
)
from targets import models as targets
from targets.models import Qualifier

# From the ground up; a model may point at its own room and at those below it.
ROOMS = ["institutions", "targets", "parks", "changchun_innovation"]
OUTSIDE = {"auth", "contenttypes"}
# Growth rates and rates may fall below zero, down to the second number.
MAY_BE_NEGATIVE = {"targets.Reading.value": Decimal(-1000), "parks.Figure.value": Decimal(-1000)}

# Answers that the judge works out again at any time: nobody enters them, and no fact stands in them only.
WORKED_OUT = {"StoredPark", "StoredState", "StoredUpTo"}

MODELS = [
    model
    for room in ROOMS
    for model in apps.get_app_config(room).get_models()
    if model.__name__ not in WORKED_OUT
]
COLUMNS = [(model, field) for model in MODELS for field in model._meta.concrete_fields]


def named(thing) -> str:
    if isinstance(thing, models.Field):
        return thing.name
    return thing._meta.label if isinstance(thing, type) and issubclass(thing, models.Model) else str(thing)


def columns(wanted) -> list:
    found = [(model, field) for model, field in COLUMNS if wanted(field)]
    assert found
    return found


DECIMAL_COLUMNS = columns(lambda field: isinstance(field, models.DecimalField))
WHOLE_NUMBER_COLUMNS = columns(
    lambda field: isinstance(field, (models.PositiveIntegerField, models.PositiveSmallIntegerField))
)
CHOICE_COLUMNS = columns(lambda field: bool(field.choices))
QUARTER_COLUMNS = columns(lambda field: isinstance(field, QuarterField))
MOMENTS = columns(lambda field: field.name.endswith("_at") or field.name == "at")


@pytest.fixture
def a_row_of_each_model(baseline):
    """The reference data, and one row of each model that the reference data leaves empty."""
    person = User.objects.create_user("person")
    park, quarter, day = Park.objects.get(code="jixing"), Quarter(2025, 3), date(2025, 10, 1)
    commitment = Commitment.objects.filter(park=park).first()
    report = QuarterlyReport.objects.create(
        park=park, quarter=quarter, created_at=timezone.now(), created_by=person
    )
    Figure.objects.create(report=report, commitment=commitment, value=1)
    event = ReportEvent.objects.create(
        report=report, verb="created", to_status="draft", at=timezone.now(), by=person
    )
    Remark.objects.create(event=event, commitment=commitment, text="请附合同")
    Evidence.objects.create(
        report=report,
        commitment=commitment,
        name="合同.pdf",
        stored_as="a.pdf",
        media_type="application/pdf",
        size=1,
        sha256="0" * 64,
        uploaded_at=timezone.now(),
        uploaded_by=person,
    )
    Notice.objects.create(kind="due", park=park, quarter=quarter, recipient=person, made=timezone.now())
    KeptCopy.objects.create(
        park=park, quarter=quarter, version=0, fields={}, kept_at=timezone.now(), kept_by=person
    )
    for model, more in (
        (ReportsFrom, {"park": park, "quarter": quarter}),
        (DueRule, {"days": 15}),
        (DeadlineExtension, {"park": park, "quarter": quarter, "due_on": day}),
        (Milestone, {"commitment": commitment, "on": day, "value": 1}),
    ):
        model.objects.create(known_from=day, reason="约定", **more)
    proposal = MilestoneProposal.objects.create(
        commitment=commitment, reason="约定", proposed_at=timezone.now(), proposed_by=person
    )
    ProposedMilestone.objects.create(proposal=proposal, on=day, value=1)
    reply = Reply.objects.create(
        commitment=commitment,
        quarter=quarter,
        text="受设备到货影响",
        created_at=timezone.now(),
        created_by=person,
    )
    ReplyEvent.objects.create(
        reply=reply, verb="written", to_status="draft", at=timezone.now(), by=person, text=reply.text
    )
    ParkManager.objects.create(user=person, park=park)
    Preference.objects.create(user=person)
    ErrorReport.objects.create(
        about="jixing",
        quarter=quarter,
        known_on=day,
        wrong="应为 12",
        answer="已更正",
        received=timezone.now(),
    )
    empty = [named(model) for model in MODELS if not model._base_manager.exists()]
    assert not empty


def refuses(model, **values) -> bool:
    """Whether the database itself, asked in plain SQL, refuses to put values into a row."""
    quote = connection.ops.quote_name
    row = model._base_manager.order_by("pk").first().pk
    columns = ", ".join(f"{quote(model._meta.get_field(name).column)} = %s" for name in values)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {quote(model._meta.db_table)} SET {columns} WHERE id = %s", [*values.values(), row]
            )
    except DatabaseError:
        return True
    return False


# --- words ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", MODELS, ids=named)
def test_every_model_says_in_one_sentence_what_a_row_is(model):
    sentence = " ".join((model.__doc__ or "").split("\n\n")[0].split())
    assert re.fullmatch(r"[A-Z].{15,}\.", sentence), sentence
    assert not sentence.startswith(f"{model.__name__}("), "that is Django's own list of fields"


@pytest.mark.parametrize("model", MODELS, ids=named)
def test_every_model_and_column_has_a_chinese_name(model):
    names = [model._meta.verbose_name, model._meta.verbose_name_plural]
    names += [field.verbose_name for field in model._meta.concrete_fields if field.name != "id"]
    assert not [str(name) for name in names if not re.search(r"[\u4e00-\u9fff]", str(name))]


@pytest.mark.parametrize("model", MODELS, ids=named)
def test_every_text_in_chinese_has_its_english_column_and_both_are_one_name(model):
    names = {field.name for field in model._meta.concrete_fields}
    for chinese in [name for name in names if name.endswith("_zh")]:
        word = chinese.removesuffix("_zh")
        assert f"{word}_en" in names
        assert hasattr(model, word), f"{model.__name__}.{word} should answer in the reader's language"


def test_the_models_and_the_judge_know_the_same_words():
    assert set(targets.Kind.values) == {kind.value for kind in progress.Kind}
    assert set(targets.Comparator.values) == {comparator.value for comparator in progress.Comparator}
    assert set(Qualifier.values) == {qualifier.value for qualifier in progress.Qualifier}


# --- the house -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", MODELS, ids=named)
def test_relations_between_models_point_down_the_house(model):
    floor = ROOMS.index(model._meta.app_label)
    for field in model._meta.get_fields():
        if not field.is_relation or field.auto_created or field.related_model is None:
            continue
        room = field.related_model._meta.app_label
        assert room in OUTSIDE or ROOMS.index(room) <= floor, f"{field} points up"


def test_names_of_constraints_and_indexes_are_unique_and_read_as_facts():
    names = [rule.name for model in MODELS for rule in (*model._meta.constraints, *model._meta.indexes)]
    assert len(names) == len(set(names))
    for name in names:
        assert re.fullmatch(r"[a-z]+(_[a-z0-9]+){2,}", name), name
        assert not re.search(r"_(check|chk|uniq|unique|idx|ck|uq)$", name), name


# --- what the database refuses -------------------------------------------------------------------------------
@pytest.mark.parametrize("number", ["1e400", "NaN", "1e13", "infinity"])
@pytest.mark.parametrize(("model", "field"), DECIMAL_COLUMNS, ids=named)
def test_the_database_refuses_numbers_that_are_none_or_absurd(a_row_of_each_model, model, field, number):
    assert refuses(model, **{field.name: number})


@pytest.mark.parametrize(("model", "field"), DECIMAL_COLUMNS, ids=named)
def test_the_database_refuses_infinity_as_a_floating_point_number(a_row_of_each_model, model, field):
    assert refuses(model, **{field.name: float("inf")})
    assert refuses(model, **{field.name: float("-inf")})


@pytest.mark.parametrize(("model", "field"), DECIMAL_COLUMNS, ids=named)
def test_the_database_refuses_numbers_below_the_range_and_takes_its_ends(a_row_of_each_model, model, field):
    lowest = MAY_BE_NEGATIVE.get(f"{named(model)}.{field.name}", Decimal(0))
    step = Decimal("0.0001")
    assert refuses(model, **{field.name: str(lowest - step)})
    assert refuses(model, **{field.name: str(LARGEST + step)})
    assert not refuses(model, **{field.name: str(lowest)})
    assert not refuses(model, **{field.name: str(LARGEST)})


@pytest.mark.parametrize(("model", "field"), WHOLE_NUMBER_COLUMNS, ids=named)
def test_the_database_refuses_negative_counts(a_row_of_each_model, model, field):
    assert refuses(model, **{field.name: -1})


@pytest.mark.parametrize(("model", "field"), CHOICE_COLUMNS, ids=named)
def test_the_database_refuses_words_that_are_no_choice(a_row_of_each_model, model, field):
    assert refuses(model, **{field.name: "x"})


@pytest.mark.parametrize("quarter", ["1999-Q4", "2100-Q1", "soon", ""])
@pytest.mark.parametrize(("model", "field"), QUARTER_COLUMNS, ids=named)
def test_the_database_refuses_quarters_outside_the_century(a_row_of_each_model, model, field, quarter):
    assert refuses(model, **{field.name: quarter})


@pytest.mark.parametrize(("model", "field"), MOMENTS, ids=named)
def test_a_moment_and_its_person_stand_together(a_row_of_each_model, model, field):
    person = model._meta.get_field(re.sub(r"at$", "by", field.name))
    assert person.related_model is User
    someone = User.objects.get().pk
    assert refuses(model, **{field.name: timezone.now(), person.name: None})
    assert refuses(model, **{field.name: None, person.name: someone})


def test_a_park_and_a_quarter_have_at_most_one_open_revision(a_row_of_each_model):
    report = QuarterlyReport.objects.get()
    with pytest.raises(IntegrityError, match=r"one_open_revision|park_id"), transaction.atomic():
        QuarterlyReport.objects.create(
            park=report.park,
            quarter=report.quarter,
            revision=2,
            created_at=timezone.now(),
            created_by=report.created_by,
        )


def test_the_database_lets_nobody_approve_what_they_submitted(a_row_of_each_model):
    now, author = timezone.now(), User.objects.get().pk
    other = User.objects.create_user("other").pk
    third = User.objects.create_user("third").pk
    approved = {"status": "approved", "submitted_at": now, "approved_at": now}
    assert refuses(QuarterlyReport, **approved, submitted_by=other, approved_by=other)
    assert refuses(QuarterlyReport, **approved, submitted_by=other, approved_by=author)
    assert not refuses(QuarterlyReport, **approved, submitted_by=other, approved_by=third)


def test_the_database_lets_nobody_decide_what_they_proposed(a_row_of_each_model):
    proposer, other = User.objects.get().pk, User.objects.create_user("other").pk
    approved = {"status": "approved", "decided_at": timezone.now()}
    assert refuses(MilestoneProposal, **approved, decided_by=proposer)
    assert refuses(MilestoneProposal, **{**approved, "status": "declined"}, decided_by=other)
    assert not refuses(MilestoneProposal, **approved, decided_by=other)


def test_the_database_lets_nobody_approve_a_reply_they_wrote(a_row_of_each_model):
    now, author = timezone.now(), User.objects.get().pk
    other, third = User.objects.create_user("other").pk, User.objects.create_user("third").pk
    approved = {"status": "approved", "submitted_at": now, "approved_at": now}
    assert refuses(Reply, **approved, submitted_by=other, approved_by=other)
    assert refuses(Reply, **approved, submitted_by=other, approved_by=author)
    assert not refuses(Reply, **approved, submitted_by=other, approved_by=third)


def test_a_commitment_has_at_most_one_open_proposal_and_one_open_reply_of_a_quarter(a_row_of_each_model):
    proposal, reply = MilestoneProposal.objects.get(), Reply.objects.get()
    for row in (proposal, reply):
        row.pk = None
        row._state.adding = True
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def test_not_applicable_needs_a_reason_and_excludes_a_value(a_row_of_each_model):
    assert refuses(Figure, not_applicable=True, not_applicable_reason="", value=None)
    assert refuses(Figure, not_applicable=True, not_applicable_reason="未开展", value=1)
    assert not refuses(Figure, not_applicable=True, not_applicable_reason="未开展", value=None)


# --- facts of the record -------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", [model for model in MODELS if issubclass(model, AppendOnly)], ids=named)
def test_facts_of_the_record_are_added_and_never_changed(a_row_of_each_model, model):
    row = model.objects.first()
    attempts = [
        row.save,
        row.delete,
        lambda: model.objects.update(reason="另有说法"),
        lambda: model.objects.bulk_update([row], ["reason"]),
        model.objects.all().delete,
    ]
    for attempt in attempts:
        with pytest.raises(NeverChanges):
            attempt()
