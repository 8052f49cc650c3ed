"""Addresses of the action plans."""

from __future__ import annotations

from django.urls import path

from comity.web.plans import views

urlpatterns = [
    path("", views.listed, name="plans"),
    path("<str:plan>/", views.shown, name="plan"),
    path("<str:plan>/print/", views.printed, name="plan-print"),
]
