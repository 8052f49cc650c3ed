"""Address of the evidence."""

from __future__ import annotations

from django.urls import path

from comity.web.evidence import views

urlpatterns = [path("", views.evidence, name="evidence")]
