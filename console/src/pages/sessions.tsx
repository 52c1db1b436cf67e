// All sessions of an account, newest first.

import type { JSX } from "preact";
import { useEvents, useGet } from "../api/hooks";
import type { SessionRow } from "../api/types";
import { endedBecause } from "../model/session";
import { Link, useQuery } from "../router";
import { useViewer } from "../session";
import {
  Choice,
  type Column,
  EmptyState,
  ErrorNote,
  Filters,
  Foreign,
  Live,
  Loading,
  PageHead,
  Pager,
  Panel,
  shortSid,
  Status,
  Table,
  Time,
} from "../ui";

const COLUMNS: readonly Column<SessionRow>[] = [
  {
    title: "Session",
    wide: true,
    cell: (row) => (
      <Link to={`/sessions/${row.sid}`} class="strong">
        <Foreign text={row.unique_name ?? shortSid(row.sid)} />
      </Link>
    ),
  },
  { title: "Status", cell: (row) => <Status of={row.status} /> },
  { title: "Service", cell: (row) => <Foreign text={row.service_name || shortSid(row.service_sid)} /> },
  { title: "Created", cell: (row) => <Time at={row.date_created} /> },
  {
    title: "Last message or call",
    cell: (row) =>
      row.date_last_interaction === null ? (
        <span class="quiet">none yet</span>
      ) : (
        <Time at={row.date_last_interaction} relative />
      ),
  },
  {
    title: "Ends",
    cell: (row) =>
      row.date_ended !== null ? (
        <span class="quiet">{endedBecause(row.closed_reason)}</span>
      ) : row.expires_at === null ? (
        <span class="quiet">never</span>
      ) : (
        <Time at={row.expires_at} relative />
      ),
  },
];

export default function SessionsPage(): JSX.Element {
  const { account } = useViewer();
  const [query, change] = useQuery();
  const status = query.get("status") ?? "";
  const service = query.get("service") ?? "";
  const after = query.get("after") ?? undefined;
  const before = query.get("before") ?? undefined;
  const services = useGet("GET /services", { query: { account } });
  const { data, error, again, put } = useGet("GET /sessions", {
    query: { account, status, service, after, before, size: 50 },
  });
  // Reached by paging or not: nothing is newer than what it shows.
  const first = !data?.previous;
  const live = useEvents(
    { topics: ["sessions"], account },
    (event) => {
      if (event.type !== "session" || !first) return;
      const { session } = event;
      put((page) => {
        const known = page.sessions.some((one) => one.sid === session.sid);
        const fits = (!status || session.status === status) && (!service || session.service_sid === service);
        const sessions = known
          ? page.sessions.map((one) => (one.sid === session.sid ? session : one))
          : fits
            ? [session, ...page.sessions]
            : page.sessions;
        return { ...page, sessions };
      });
    },
    again,
  );
  const filter = (fields: Record<string, string>): void => change({ ...fields, after: undefined, before: undefined });
  return (
    <>
      <PageHead
        title="Sessions"
        lead="Conversations between people who do not know each other’s number."
        actions={<Live state={live} />}
      />
      <Panel flush>
        <Filters clear={status || service ? () => filter({ status: "", service: "" }) : undefined}>
          <Choice
            label="Status"
            value={status}
            change={(value) => filter({ status: value })}
            options={[
              ["", "Any"],
              ["open", "Open"],
              ["in-progress", "In progress"],
              ["closed", "Closed"],
            ]}
          />
          <Choice
            label="Service"
            value={service}
            change={(value) => filter({ service: value })}
            options={[
              ["", "All"],
              ...(services.data?.services ?? []).map((one) => [one.sid, one.name || one.sid] as const),
            ]}
          />
        </Filters>
        {error ? (
          <ErrorNote error={error} again={again} />
        ) : !data ? (
          <Loading />
        ) : data.sessions.length === 0 ? (
          <EmptyState icon="sessions" title={status || service ? "No session fits these filters" : "No sessions yet"}>
            {status || service
              ? "Clear them to see all sessions of this account."
              : "Your program makes one for each pair of people: POST /v1/Services/{Service}/Sessions."}
          </EmptyState>
        ) : (
          <>
            <Table caption="Sessions, newest first" columns={COLUMNS} rows={data.sessions} keyOf={(row) => row.sid} />
            <Pager
              newer={data.previous ? () => change({ before: data.previous ?? "", after: undefined }) : null}
              older={data.next ? () => change({ after: data.next ?? "", before: undefined }) : null}
            />
          </>
        )}
      </Panel>
    </>
  );
}
