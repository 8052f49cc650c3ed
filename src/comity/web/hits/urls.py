"""Address of the hit report of a case, below a case."""

from __future__ import annotations

from django.urls import path

from comity.web.hits import views

urlpatterns = [path("<str:thread>/hit/", views.hit, name="hit")]
