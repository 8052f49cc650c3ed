"""Addresses of information that nobody asked for, and of passing on, below a case."""

from __future__ import annotations

from django.urls import path

from comity.web.information import onward, views

urlpatterns = [
    path("new/", views.inform_partner, name="inform"),
]
case_patterns = [
    path("<str:thread>/pass-on/", onward.passing_on, name="pass-on"),
]
