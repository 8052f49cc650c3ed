"""The models of what watches searches: what is remembered of each, what stood out, which hits were followed up."""

from comity.storage.models.watch.follow_ups import FollowUp, FollowUpState
from comity.storage.models.watch.looks import SearchAnomaly, SearchLook

__all__ = ["FollowUp", "FollowUpState", "SearchAnomaly", "SearchLook"]
