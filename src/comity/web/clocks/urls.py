"""Addresses of the statistics."""

from __future__ import annotations

from django.urls import path

from comity.web.clocks import statistics, yearly

urlpatterns = [
    path("", statistics.shown, name="statistics"),
    path("state/", statistics.stated, name="state-statistics"),
    path("yearly/", yearly.shown, name="yearly-statistics"),
    path("yearly/state/", yearly.stated, name="state-yearly-statistics"),
]
