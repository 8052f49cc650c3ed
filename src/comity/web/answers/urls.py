"""Addresses of the answer, below a case."""

from __future__ import annotations

from django.urls import path

from comity.web.answers import views, withdraw

urlpatterns = [
    path("<str:thread>/answer/", views.release, name="answer"),
    path("<str:thread>/refuse/", views.turn_down, name="refuse"),
    path("<str:thread>/recall/", withdraw.withdraw, name="recall"),
]
