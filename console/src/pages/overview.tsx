// The first page: how the account is doing, and where to look next.

import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useGet } from "../api/hooks";
import type { Overview } from "../api/types";
import { Link } from "../router";
import { useViewer } from "../session";
import {
  count,
  EmptyState,
  ErrorNote,
  Foreign,
  Icon,
  type IconName,
  Loading,
  PageHead,
  Panel,
  plural,
  span,
  Table,
  Time,
} from "../ui";

/** Ms between two looks at the figures. */
const EVERY = 5000;

export default function OverviewPage(): JSX.Element {
  const { account, me } = useViewer();
  const { data, error, again } = useGet("GET /overview", { query: { account } });
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && again(), EVERY);
    return () => clearInterval(timer);
  }, [again]);
  return (
    <>
      <PageHead title="Overview" lead={`Maskline ${me.version}`} />
      {error ? <ErrorNote error={error} again={again} /> : null}
      {me.features.simulator && (
        <Link to="/handsets" class="hero">
          <span class="hero-icon">
            <Icon name="phones" size={28} />
          </span>
          <span>
            <b>Hold two phones</b>
            <span>Text and call through the mask, and watch what the operator sees.</span>
          </span>
          <Icon name="arrow" size={20} />
        </Link>
      )}
      {data ? <Figures data={data} /> : !error && <Loading />}
    </>
  );
}

function Figures({ data }: { data: Overview }): JSX.Element {
  return (
    <>
      <div class="tiles">
        <Tile icon="sessions" name="Open sessions" to="/sessions">
          {figure(data.sessions_active, data)}
        </Tile>
        <Tile icon="message" name="Messages today">
          {figure(data.messages_today, data)}
        </Tile>
        <Tile icon="call" name="Calls today">
          {figure(data.calls_today, data)}
        </Tile>
        {data.queue_depth !== null && (
          <Tile
            icon="queue"
            name="Queue"
            more={data.queue_age_ms === null ? "nothing waits" : `the oldest waits ${span(data.queue_age_ms)}`}
          >
            {figure(data.queue_depth, data)}
          </Tile>
        )}
        <Tile
          icon="dead"
          name="Dead letters"
          bad={data.dead_letters > 0}
          more={data.dead_letters > 0 ? "given up: look and replay" : "none was given up"}
        >
          {figure(data.dead_letters, data)}
        </Tile>
        <Tile icon="pool" name="Proxy numbers" more={`in ${plural(data.services, "service")}`}>
          {figure(data.numbers, data)}
        </Tile>
      </div>
      <Panel title="Errors of the last 24 hours" flush>
        {data.errors.length === 0 ? (
          <EmptyState icon="check" title="No errors">
            The debugger was told of none in the last 24 hours.
          </EmptyState>
        ) : (
          <Table
            caption="Errors of the last 24 hours, most frequent first"
            rows={data.errors}
            keyOf={(row) => String(row.code)}
            columns={[
              {
                title: "Code",
                cell: (row) => <span class="mono strong">{row.code}</span>,
              },
              { title: "What", wide: true, cell: (row) => <Foreign text={row.text} /> },
              { title: "Times", end: true, cell: (row) => <span class="number">{count(row.count)}</span> },
              { title: "Last", cell: (row) => <Time at={row.last_at} relative /> },
            ]}
          />
        )}
      </Panel>
    </>
  );
}

function figure(value: number, { counted_to }: Overview): string {
  return value >= counted_to ? `${count(counted_to)}+` : count(value);
}

function Tile({
  icon,
  name,
  more,
  to,
  bad,
  children,
}: {
  icon: IconName;
  name: string;
  more?: string;
  to?: string;
  bad?: boolean;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <div class={`tile ${bad ? "tile-bad" : ""}`}>
      <p class="tile-name">
        <Icon name={icon} size={16} />
        {to ? <Link to={to}>{name}</Link> : name}
      </p>
      <p class="tile-figure number">{children}</p>
      {more && <p class="small quiet">{more}</p>}
    </div>
  );
}
