// What passed over time, and what went wrong.

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useGet } from "../api/hooks";
import type { ErrorRow, Traffic } from "../api/types";
import { ANSWERS, byLabel, byOutcome, CALLS, INBOUND, labels, MESSAGES, SENDS, total } from "../model/traffic";
import { Link, useQuery } from "../router";
import { useViewer } from "../session";
import {
  Choice,
  type Column,
  count,
  EmptyState,
  ErrorNote,
  Filters,
  Loading,
  PageHead,
  Panel,
  Prose,
  span,
  Table,
  Time,
} from "../ui";
import { Plot, type Series } from "../ui/plot";

const EVERY = 10_000;
const RANGES = [
  ["1h", "Last hour"],
  ["6h", "Last 6 hours"],
  ["24h", "Last 24 hours"],
  ["7d", "Last 7 days"],
  ["30d", "Last 30 days"],
] as const;

export default function DeliveriesPage(): JSX.Element {
  const { account } = useViewer();
  const [query, change] = useQuery();
  const range = query.get("range") ?? "1h";
  const carrier = query.get("carrier") ?? "";
  const days = { "7d": "7", "30d": "30" }[range] ?? "1";
  const { data, error, again } = useGet("GET /traffic", { query: { range } });
  const errors = useGet("GET /errors", { query: { account, days } });
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState !== "visible") return;
      again();
      errors.again();
    };
    const timer = setInterval(look, EVERY);
    return () => clearInterval(timer);
  }, [again, errors.again]);
  const carriers = data ? labels(data.sent, data.reports, data.received, data.calls) : [];
  return (
    <>
      <PageHead title="Deliveries" lead="Messages, calls and callbacks over time, the queue, and what went wrong most." />
      <Panel flush>
        <Filters clear={carrier ? () => change({ carrier: undefined }) : undefined}>
          <Choice
            label="Time"
            value={range}
            options={RANGES}
            change={(value) => change({ range: value === "1h" ? undefined : value })}
          />
          <Choice
            label="Carrier"
            value={carrier}
            options={[["", "All"], ...carriers.map((one) => [one, one] as const)]}
            change={(value) => change({ carrier: value })}
          />
        </Filters>
      </Panel>
      {error ? <ErrorNote error={error} again={again} /> : null}
      {!data && !error && <Loading />}
      {data && <Plots data={data} carrier={carrier} />}
      <Panel title={days === "1" ? "Errors of the last 24 hours" : `Errors of the last ${days} days`} flush>
        {errors.error ? (
          <ErrorNote error={errors.error} again={errors.again} />
        ) : !errors.data ? (
          <Loading />
        ) : errors.data.errors.length === 0 ? (
          <EmptyState icon="check" title="No errors">
            The debugger was told of none in this time.
          </EmptyState>
        ) : (
          <Table
            caption="The most frequent errors, and what to do"
            columns={COLUMNS}
            rows={errors.data.errors}
            keyOf={(row) => String(row.code)}
          />
        )}
      </Panel>
    </>
  );
}

function Plots({ data, carrier }: { data: Traffic; carrier: string }): JSX.Element {
  if (data.state === "hidden") {
    return (
      <Panel flush>
        <EmptyState icon="chart" title="These figures are the whole server’s">
          Your user sees one account. Someone who sees all can look at them here.
        </EmptyState>
      </Panel>
    );
  }
  if (data.state === "off") {
    return (
      <Panel flush>
        <EmptyState icon="chart" title="Nothing is counted over time">
          Turn console.figures on in the settings to have plots here.
        </EmptyState>
      </Panel>
    );
  }
  const n = data.times.length;
  const line = (name: string, colour: string, values: readonly number[]): Series[] => [{ name, colour, values }];
  return (
    <div class="plots">
      <PlotPanel title="What became of messages" data={data} series={byOutcome(data.reports, MESSAGES, n, carrier, false)} />
      <PlotPanel title="Handed to carriers" data={data} series={byOutcome(data.sent, SENDS, n, carrier)} />
      <PlotPanel title="Messages from phones" data={data} series={byOutcome(data.received, INBOUND, n, carrier)} />
      <PlotPanel title="Calls" data={data} series={byOutcome(data.calls, CALLS, n, carrier)} />
      <PlotPanel title="Callbacks to programs" data={data} series={byOutcome(data.webhooks, ANSWERS, n)} />
      <PlotPanel title="Requests over the rate limit" data={data} series={byLabel(data.limited, n)} none="None was refused for coming too often." />
      <PlotPanel title="Waiting jobs" kind="lines" data={data} series={line("waiting at most", "var(--plot-1)", data.queue_depth)} />
      <PlotPanel
        title="Age of the oldest job that is due"
        kind="lines"
        data={data}
        format={span}
        series={line("oldest", "var(--plot-3)", data.queue_age)}
      />
    </div>
  );
}

function PlotPanel({
  title,
  data,
  series,
  kind = "bars",
  format = count,
  none = "Nothing in this time.",
}: {
  title: string;
  data: Traffic;
  series: readonly Series[];
  kind?: "bars" | "lines";
  format?: (value: number) => string;
  none?: string;
}): JSX.Element {
  const all = total(series);
  return (
    <Panel
      title={title}
      actions={kind === "bars" && all > 0 ? <span class="quiet small number">{count(all)}</span> : undefined}
    >
      {all === 0 ? (
        <p class="quiet plot-none">{none}</p>
      ) : (
        <Plot title={title} times={data.times} series={series} kind={kind} format={format} />
      )}
    </Panel>
  );
}

const COLUMNS: readonly Column<ErrorRow>[] = [
  {
    title: "Code",
    cell: (row) => (
      <Link to={`/debugger?code=${row.code}`} class="mono strong">
        {row.code}
      </Link>
    ),
  },
  {
    title: "What, and what to do",
    wide: true,
    cell: (row) => (
      <div class="stack stack-tight">
        <span class="strong">{row.text}</span>
        {row.do && (
          <span class="quiet">
            <Prose text={row.do} />
          </span>
        )}
      </div>
    ),
  },
  { title: "Times", end: true, cell: (row) => <span class="number">{count(row.count)}</span> },
  { title: "Last", cell: (row) => <Time at={row.last_at} relative /> },
];
