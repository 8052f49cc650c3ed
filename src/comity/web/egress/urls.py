"""Addresses of what did not leave."""

from __future__ import annotations

from django.urls import path

from comity.web.egress import views

not_sent_patterns = [
    path("", views.not_sent, name="not-sent"),
    path("discard/", views.discard, name="not-sent-discard"),
]
grounds_patterns = [
    path("", views.grounds, name="true-grounds"),
]
