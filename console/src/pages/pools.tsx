// The pools: how much of each is used, and which runs out first.

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useGet } from "../api/hooks";
import type { FirstOut, PoolClassView, PoolForecast, PoolView } from "../api/types";
import { className, OUTLOOKS } from "../model/pool";
import { Link, useQuery } from "../router";
import { useViewer } from "../session";
import {
  Badge,
  type Column,
  count,
  EmptyState,
  ErrorNote,
  Foreign,
  Icon,
  Loading,
  PageHead,
  Pager,
  Panel,
  plural,
  shortSid,
  Table,
  Time,
} from "../ui";

const EVERY = 10_000;

export default function PoolsPage(): JSX.Element {
  const { account } = useViewer();
  const [query, change] = useQuery();
  const after = query.get("after") ?? undefined;
  const before = query.get("before") ?? undefined;
  const { data, error, again } = useGet("GET /pools", { query: { account, after, before } });
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && again(), EVERY);
    return () => clearInterval(timer);
  }, [again]);
  return (
    <>
      <PageHead
        title="Pools"
        lead="The numbers of each Service. A pool must be as large as the most sessions that any one person is in at once; people share numbers freely."
      />
      {error ? <ErrorNote error={error} again={again} /> : null}
      {!data && !error && <Loading />}
      {data && (
        <>
          {data.pools.length > 0 && <First first={data.first} />}
          {data.pools.map((pool) => (
            <PoolPanel key={pool.service_sid} pool={pool} />
          ))}
          {data.pools.length === 0 && (
            <Panel flush>
              <EmptyState icon="pool" title="No Services yet">
                Your program makes a Service and puts numbers into it: POST /v1/Services, then
                /PhoneNumbers.
              </EmptyState>
            </Panel>
          )}
          <Pager
            newer={data.previous ? () => change({ before: data.previous ?? "", after: undefined }) : null}
            older={data.next ? () => change({ after: data.next ?? "", before: undefined }) : null}
          />
        </>
      )}
    </>
  );
}

function First({ first }: { first: FirstOut | null }): JSX.Element {
  if (!first) {
    return (
      <div class="note note-good">
        <Icon name="check" />
        <div>
          <p class="strong">No pool runs out within 90 days</p>
          <p class="small">As far as one can see from how its busiest person’s sessions grew.</p>
        </div>
      </div>
    );
  }
  const { outlook } = first.forecast;
  return (
    <div class={`note ${outlook === "growing" ? "note-warn" : "note-bad"}`} role="status">
      <Icon name="alert" />
      <div>
        <p class="strong">
          First to run out: <Foreign text={first.service_name || shortSid(first.service_sid)} />, numbers in{" "}
          {className(first.dial_class)}
        </p>
        <p class="small">
          <Words forecast={first.forecast} busiest={first.busiest} />
        </p>
      </div>
    </div>
  );
}

function PoolPanel({ pool }: { pool: PoolView }): JSX.Element {
  const name = pool.service_name || shortSid(pool.service_sid);
  return (
    <Panel
      flush
      title={
        <Link to={`/pools/${pool.service_sid}`}>
          <Foreign text={name} />
        </Link>
      }
      actions={
        <>
          <span class="small quiet number">{count(Math.round(pool.sessions_per_hour))} new sessions an hour</span>
          <Link to={`/pools/${pool.service_sid}`} class="button button-plain button-small">
            <Icon name="pool" size={16} />
            Map<span class="unseen"> of the pool {name}</span>
          </Link>
        </>
      }
    >
      {pool.classes.length === 0 ? (
        <EmptyState icon="pool" title="This pool is empty">
          Nobody can join a session of this Service: add numbers to it.
        </EmptyState>
      ) : (
        <Table
          caption={`The pool of ${name} by dialling class`}
          columns={COLUMNS}
          rows={pool.classes}
          keyOf={(row) => row.dial_class}
        />
      )}
    </Panel>
  );
}

const COLUMNS: readonly Column<PoolClassView>[] = [
  { title: "Class", cell: (row) => <span class="strong nowrap">{className(row.dial_class)}</span> },
  { title: "Numbers", end: true, cell: (row) => <span class="number">{count(row.numbers)}</span> },
  {
    title: "In use",
    cell: (row) => <Meter value={row.used} of={row.numbers} words={`${count(row.used)} of ${count(row.numbers)}`} />,
  },
  {
    title: "Busiest person",
    cell: (row) =>
      row.busiest === null ? (
        <span class="quiet">–</span>
      ) : (
        <Meter
          value={row.busiest}
          of={row.unreserved}
          words={`${count(row.busiest)} of ${count(row.unreserved)}`}
          alarming
        />
      ),
  },
  {
    title: "Outlook",
    wide: true,
    cell: (row) => (
      <span class="outlook">
        <Badge tone={OUTLOOKS[row.forecast.outlook].tone}>{OUTLOOKS[row.forecast.outlook].word}</Badge>
        <span class="small">
          <Words forecast={row.forecast} busiest={row.busiest ?? 0} />
        </span>
      </span>
    ),
  },
];

/** How much of something is used: a bar, and the figures. */
export function Meter({
  value,
  of,
  words,
  alarming,
}: {
  value: number;
  of: number;
  words: string;
  alarming?: boolean;
}): JSX.Element {
  const part = of > 0 ? Math.min(1, value / of) : 0;
  const tone = alarming && part >= 1 ? "bad" : alarming && part >= 0.8 ? "warn" : "plain";
  return (
    <span class={`meter meter-${tone}`}>
      <span class="meter-all" aria-hidden="true">
        <span class="meter-part" style={{ width: `${part > 0 ? Math.max(part * 100, 3) : 0}%` }} />
      </span>
      <span class="number small">{words}</span>
    </span>
  );
}

/** What is to come, in a sentence or two. */
export function Words({ forecast, busiest }: { forecast: PoolForecast; busiest: number }): JSX.Element {
  const { add: missing } = forecast;
  const add = missing > 0 ? ` ${plural(missing, "number")} more would last 30 days.` : "";
  switch (forecast.outlook) {
    case "empty":
      return <>Nobody can join a session: no number is unreserved.{add}</>;
    case "out":
      return (
        <>
          One person uses {busiest === 1 ? "the only number" : `all ${plural(busiest, "number")}`}: their next session
          will be refused.{add}
        </>
      );
    case "soon":
    case "growing":
      return (
        <>
          The busiest person’s use grows by {forecast.per_day} a day and reaches the whole pool{" "}
          {forecast.runs_out_at !== null && <Time at={forecast.runs_out_at} relative />}.{add}
        </>
      );
    case "unknown":
      return <>Counted within a minute after the first numbers were added.</>;
    default:
      return (
        <>
          Room for {plural(forecast.spare, "more session")} of the busiest person
          {forecast.per_day === null ? "; too early to see a trend." : "."}
          {forecast.not_before !== null && (
            <span class="quiet">
              {" "}
              If all new sessions were theirs: <Time at={forecast.not_before} relative />.
            </span>
          )}
        </>
      );
  }
}
