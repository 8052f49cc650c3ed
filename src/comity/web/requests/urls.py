"""Addresses of requests."""

from __future__ import annotations

from django.urls import path

from comity.web.requests import views, waiting

urlpatterns = [
    path("new/", views.request, name="request"),
    path("draft/", views.keep_draft, name="request-draft"),
    path("waiting/", waiting.waiting, name="waiting"),
    path("waiting/<str:name>/", waiting.one, name="waiting-one"),
]
