// One pool: a map of all its numbers, and the same as a table.

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { ask } from "../api/client";
import { abilities, type Cell, cellOf, type Order, ordered, shadeOf, shades } from "../model/pool";
import { useQuery } from "../router";
import {
  Badge,
  Choice,
  type Column,
  count,
  EmptyState,
  ErrorNote,
  Filters,
  Foreign,
  grouped,
  Loading,
  NumberText,
  PageHead,
  Pager,
  Panel,
  plural,
  Table,
  Tabs,
} from "../ui";
import { HeatMap } from "../ui/heat-map";

const ROWS = 100;
const EVERY = 15_000;

interface Pool {
  name: string;
  cells: Cell[];
}

/** All parts of a pool, which the server gives one after another. */
async function fetchPool(sid: string, signal: AbortSignal): Promise<Pool> {
  const cells: Cell[] = [];
  let name = "";
  let after: string | undefined;
  do {
    const part = await ask("GET /pools/{sid}/cells", { path: { sid }, query: { after }, signal });
    name = part.service_name;
    cells.push(...part.cells.map(cellOf));
    after = part.next ?? undefined;
  } while (after);
  return { name, cells };
}

export default function PoolPage({ params }: { params: Record<string, string> }): JSX.Element {
  const sid = params["sid"] ?? "";
  const [pool, setPool] = useState<Pool>();
  const [error, setError] = useState<unknown>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    fetchPool(sid, stop.signal).then(
      (found) => {
        setPool(found);
        setError(undefined);
      },
      (reason: unknown) => !stop.signal.aborted && setError(reason),
    );
    return () => stop.abort();
  }, [sid, turn]);
  useEffect(() => {
    const again = (): void => {
      if (document.visibilityState === "visible") setTurn((now) => now + 1);
    };
    const timer = setInterval(again, EVERY);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      <PageHead
        back={{ to: "/pools", label: "Pools" }}
        title={pool ? <Foreign text={pool.name} /> : "Pool"}
        lead={pool && lead(pool.cells)}
      />
      {error ? <ErrorNote error={error} again={() => setTurn(turn + 1)} /> : null}
      {!pool && !error && <Loading />}
      {pool &&
        (pool.cells.length === 0 ? (
          <Panel flush>
            <EmptyState icon="pool" title="This pool is empty">
              Add numbers to it: nobody can join a session of this Service before.
            </EmptyState>
          </Panel>
        ) : (
          <Numbers cells={pool.cells} />
        ))}
    </>
  );
}

function lead(cells: readonly Cell[]): string {
  const used = cells.filter((one) => one.inUse > 0).length;
  const reserved = cells.filter((one) => one.reserved).length;
  const words = `${plural(cells.length, "number")}, ${count(used)} in use`;
  return reserved ? `${words}, ${count(reserved)} reserved` : words;
}

function Numbers({ cells }: { cells: readonly Cell[] }): JSX.Element {
  const [query, change] = useQuery();
  const view = query.get("view") === "table" ? "table" : "map";
  const order = (["use", "area"].find((one) => one === query.get("order")) ?? "number") as Order;
  const sorted = useMemo(() => ordered(cells, order), [cells, order]);
  return (
    <Panel flush>
      <Filters>
        <Tabs
          label="How to show them"
          now={view}
          choose={(id) => change({ view: id === "map" ? undefined : id })}
          tabs={[
            { id: "map", label: "Map" },
            { id: "table", label: "Table" },
          ]}
        />
        <Choice
          label="Order"
          value={order}
          change={(value) => change({ order: value === "number" ? undefined : value })}
          options={[
            ["number", "By number"],
            ["use", "Most used first"],
            ["area", "By area"],
          ]}
        />
      </Filters>
      {view === "map" ? <NumberMap cells={sorted} /> : <NumberTable cells={sorted} />}
    </Panel>
  );
}

function sessions(n: number): string {
  return n === 0 ? "in no session" : `in ${plural(n, "session")}`;
}

function NumberMap({ cells }: { cells: readonly Cell[] }): JSX.Element {
  const ranges = useMemo(() => shades(Math.max(...cells.map((one) => one.inUse))), [cells]);
  const squares = useMemo(
    () => cells.map((one) => ({ key: one.sid, shade: shadeOf(one.inUse, ranges), hollow: one.reserved })),
    [cells, ranges],
  );
  return (
    <HeatMap
      label={`A map of ${plural(cells.length, "number")}, the darker the more sessions use one`}
      squares={squares}
      legend={ranges.map(([from, to]) => (from === 0 ? "free" : from === to ? plural(from, "session") : `${count(from)}–${count(to)}`))}
      hollow="reserved"
      say={(at) => {
        const one = cells[at];
        if (!one) return "";
        return `${grouped(one.number)}, ${sessions(one.inUse)}, ${abilities(one.capabilities)}, ${one.area}${one.reserved ? ", reserved" : ""}`;
      }}
      show={(at) => {
        const one = cells[at];
        return (
          one && (
            <>
              <NumberText text={one.number} proxy />
              <span class="strong">{sessions(one.inUse)}</span>
              <span>{abilities(one.capabilities)}</span>
              <span class="quiet">
                {one.area}
                {one.reserved && " · reserved"}
              </span>
            </>
          )
        );
      }}
    />
  );
}

const COLUMNS: readonly Column<Cell>[] = [
  { title: "Number", wide: true, cell: (row) => <NumberText text={row.number} proxy /> },
  { title: "Sessions", end: true, cell: (row) => <span class="number">{count(row.inUse)}</span> },
  { title: "Can do", cell: (row) => abilities(row.capabilities) },
  { title: "Area", cell: (row) => row.area || <span class="quiet">–</span> },
  {
    title: "State",
    cell: (row) =>
      row.reserved ? (
        <Badge tone="warn">reserved</Badge>
      ) : row.inUse > 0 ? (
        <Badge tone="accent">in use</Badge>
      ) : (
        <Badge>free</Badge>
      ),
  },
];

function NumberTable({ cells }: { cells: readonly Cell[] }): JSX.Element {
  const [from, setFrom] = useState(0);
  const start = from < cells.length ? from : 0;
  return (
    <>
      <Table
        caption="The pool’s numbers"
        columns={COLUMNS}
        rows={cells.slice(start, start + ROWS)}
        keyOf={(row) => row.sid}
      />
      {cells.length > ROWS && (
        <Pager
          words={["Back", "On"]}
          newer={start > 0 ? () => setFrom(Math.max(0, start - ROWS)) : null}
          older={start + ROWS < cells.length ? () => setFrom(start + ROWS) : null}
        >
          {count(start + 1)} to {count(Math.min(start + ROWS, cells.length))} of {count(cells.length)}
        </Pager>
      )}
    </>
  );
}
