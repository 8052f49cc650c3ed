"""Addresses of the probe and of standing searches."""

from __future__ import annotations

from django.urls import path

from comity.web.probe import standing, views

urlpatterns = [
    path("", views.probe, name="probe"),
    path("standing/", standing.standing, name="standing"),
    path("standing/<str:name>/findings/", standing.findings, name="standing-findings"),
    path("standing/<str:name>/end/", standing.end, name="standing-end"),
]
