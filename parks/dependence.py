"""Whether a sum over parks leans on one of them."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from django.utils.translation import gettext as _

from changchun_innovation.shared.wording import number_text, percent_text
from parks.ledger import ParkFacts

# Above this part a joint pledge leans on one park: were it to fail, the others could hardly make up for it. Where
# eight parks carry alike each has an eighth; two fifths is more than three times that.
OVER_DEPENDENT = Decimal("0.4")


@dataclass(frozen=True)
class Share:
    """The park with the largest part of a sum, out of how many: of the pledges, or of what is reported."""

    park: ParkFacts
    part: Decimal
    value: Decimal
    total: Decimal
    parks: int
    reported: bool

    @property
    def too_much(self) -> bool:
        """Whether the sum leans on the park; what one park alone pledged is no sum, and leans on it by its nature."""
        return self.parks > 1 and self.part > OVER_DEPENDENT

    @property
    def words(self) -> str:
        """长智光谷一家占已报合计的 45.0%（9 / 20）."""
        facts = {
            "park": self.park.name,
            "part": percent_text(self.part),
            "value": number_text(self.value),
            "total": number_text(self.total),
        }
        if self.reported:
            return _("%(park)s一家占已报合计的 %(part)s（%(value)s / %(total)s）") % facts
        return _("%(park)s一家占承诺合计的 %(part)s（%(value)s / %(total)s）") % facts


def largest_share(parks: dict[str, ParkFacts], values: dict[str, Decimal], *, reported: bool) -> Share | None:
    """The largest part of a sum over parks by code, to 4 decimals half-even; None where the sum is not above 0."""
    total = sum(values.values(), Decimal(0))
    if total <= 0:
        return None
    key = max(values, key=lambda each: values[each])
    return share_of(parks[key], values[key], total, len(values), reported=reported)


def share_of(park: ParkFacts, value: Decimal, total: Decimal, parks: int, *, reported: bool) -> Share:
    """The part that one park has in a sum over so many parks."""
    part = (value / total).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
    return Share(park, part, value, total, parks, reported)
