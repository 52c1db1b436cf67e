"""The collector: the meter, and what was read from the store, as Prometheus has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import (
    Metric as Family,
)
from prometheus_client.registry import Collector

from maskline.metrics.catalogue import CATALOGUE, Metric
from maskline.model.meter import Counts, Labels, Meter, Spread, Spreads

#: What a gauge says, by its labels.
Values = Mapping[Labels, float]


class MeterCollector(Collector):
    """Shows the meter; `gauges` are those of the catalogue, by name, as of the last look."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self.gauges: Mapping[str, Values] = {}

    def collect(self) -> Iterator[Family]:
        """Every metric of the catalogue, those without a value too."""
        for metric in CATALOGUE.values():
            if metric.kind == "gauge" and metric.source:
                # What comes and goes meanwhile must not end the look at the others.
                looks = [*getattr(self._meter, metric.source).items()]
                yield _gauge(metric, {labels: look() for labels, look in looks})
            elif metric.kind == "gauge":
                yield _gauge(metric, self.gauges.get(metric.name, {}))
            elif metric.kind == "counter":
                yield _counter(metric, getattr(self._meter, metric.source))
            else:
                yield _histogram(metric, getattr(self._meter, metric.source))

    def describe(self) -> Iterable[Family]:
        """The same, without values: so that two of one name are refused."""
        return (Family(one.name, one.help, one.kind) for one in CATALOGUE.values())


def _gauge(metric: Metric, values: Values) -> Family:
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def _counter(metric: Metric, counts: Counts) -> Family:
    family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, count in counts.items():
        family.add_metric(labels, count)
    return family


def _histogram(metric: Metric, spreads: Spreads) -> Family:
    family = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, spread in spreads.items():
        family.add_metric(labels, list(_buckets(spread)), spread.total)
    return family


def _buckets(spread: Spread) -> Iterator[tuple[str, float]]:
    """Up to each bound, how many there were, those below included."""
    so_far = 0
    for bound, count in zip((*spread.bounds, float("inf")), spread.counts, strict=True):
        so_far += count
        yield "+Inf" if bound == float("inf") else str(bound), so_far
