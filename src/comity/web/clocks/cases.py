"""Address of the delay of a case, below a case."""

from __future__ import annotations

from django.urls import path

from comity.web.clocks import delay

urlpatterns = [path("<str:thread>/delay/", delay.delay, name="delay")]
