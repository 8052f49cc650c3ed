"""Thin typed layer over the chosen libraries; the only place that imports them."""
