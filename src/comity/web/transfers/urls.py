"""Addresses of transfers: the report, the status of an agreement's parties, what is done with words in a case."""

from __future__ import annotations

from django.urls import path

from comity.web.transfers import acts, views

report_patterns = [
    path("", views.reported, name="transfers"),
]
agreement_patterns = [
    path("<str:agreement>/transfers/", views.status, name="transfer-status"),
]
case_patterns = [
    path("<str:thread>/emergency/", acts.emergency, name="emergency"),
    path("<str:thread>/court/", acts.court, name="court"),
]
