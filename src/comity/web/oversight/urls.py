"""Address of oversight."""

from __future__ import annotations

from django.urls import path

from comity.web.oversight import views

urlpatterns = [path("", views.oversight, name="oversight")]
