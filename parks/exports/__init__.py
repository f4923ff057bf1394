"""What the parks promised and reported, as files."""

from parks.exports.figures import FIGURES
from parks.exports.pledges import COMMITMENTS, PROGRESS, Origins
from parks.exports.press import PUBLICATIONS
from parks.exports.reports import EVENTS, REPORTS

__all__ = ["COMMITMENTS", "EVENTS", "FIGURES", "PROGRESS", "PUBLICATIONS", "REPORTS", "Origins"]
