"""Metrics: what the server counts and knows of itself, for Prometheus."""

from __future__ import annotations

from maskline.metrics.catalogue import CATALOGUE, Metric
from maskline.metrics.door import Metrics, application

__all__ = ["CATALOGUE", "Metric", "Metrics", "application"]
