"""Of many parks one is chosen by typing a part of its name, under the strict content policy."""

import pytest

from parks.models import DeadlineExtension, Park
from tests.factories import PASSWORD, make_user


@pytest.mark.parametrize("term", ["光电", "optoelectronic"])
def test_a_reviewer_chooses_a_park_by_a_part_of_its_name(visit, city, term):
    make_user(username="wang", role="reviewer")
    reviewer = visit()
    reviewer.log_in("wang", PASSWORD)
    reviewer.go("/admin/parks/deadlineextension/add/")
    page = reviewer.page
    page.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill(term)
    park = Park.objects.get(code="optoelectronic")
    page.locator(".select2-results__option", has_text=park.name_zh).click()
    page.fill("[name=quarter]", "2026-Q3")
    page.fill("[name=due_on]", "2026-12-31")
    page.fill("[name=reason]", "系统故障")
    page.locator("[name=_save]").click()
    page.wait_for_load_state()
    assert DeadlineExtension.objects.latest("pk").park == park
