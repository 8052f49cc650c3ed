"""Addresses of the agreements."""

from __future__ import annotations

from django.urls import path

from comity.web.agreements import views

urlpatterns = [
    path("", views.listed, name="agreements"),
    path("<str:agreement>/", views.shown, name="agreement"),
]
