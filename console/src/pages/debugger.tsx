// The debugger: what went wrong, as it happens, and what to do.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEvents, useGet } from "../api/hooks";
import type { AlertEntry } from "../api/types";
import { Link, useQuery } from "../router";
import { useViewer } from "../session";
import {
  Badge,
  Choice,
  CodeBlock,
  type Column,
  Dialog,
  EmptyState,
  ErrorNote,
  Facts,
  Filters,
  Foreign,
  Icon,
  Live,
  Loading,
  PageHead,
  Pager,
  Pairs,
  Panel,
  Prose,
  shortSid,
  Sid,
  Table,
  TextFilter,
  Time,
  type Tone,
} from "../ui";

const TONES: Record<string, Tone> = { error: "bad", warning: "warn", notice: "plain", debug: "plain" };
/** How many stand on a page; what comes in pushes the oldest off it. */
const SIZE = 50;

export default function DebuggerPage(): JSX.Element {
  const { account } = useViewer();
  const [query, change] = useQuery();
  const level = query.get("level") ?? "";
  const code = query.get("code") ?? "";
  const service = query.get("service") ?? "";
  const open = query.get("alert") ?? "";
  const after = query.get("after") ?? undefined;
  const before = query.get("before") ?? undefined;
  const [fresh, setFresh] = useState(0);
  const services = useGet("GET /services", { query: { account } });
  const { data, error, again, put } = useGet("GET /alerts", {
    query: { account, level, code, service, after, before, size: SIZE },
  });
  const first = !after && !before;
  const live = useEvents(
    { topics: ["alerts"], account },
    (event) => {
      if (event.type !== "alert") return;
      const { entry } = event;
      const fits =
        (!level || entry.level === level) &&
        (!code || String(entry.code) === code) &&
        (!service || entry.service_sid === service);
      if (!fits) return;
      if (!first) return setFresh((now) => now + 1);
      put((page) => ({
        ...page,
        alerts: [entry, ...page.alerts.filter((one) => one.sid !== entry.sid)].slice(0, SIZE),
      }));
    },
    first ? again : undefined,
  );
  const filter = (fields: Record<string, string | undefined>): void => {
    setFresh(0);
    change({ ...fields, after: undefined, before: undefined });
  };
  const narrowed = Boolean(level || code || service);
  const columns: readonly Column<AlertEntry>[] = [
    { title: "When", cell: (row) => <Time at={row.at} /> },
    { title: "Level", cell: (row) => <Badge tone={TONES[row.level] ?? "plain"}>{row.level}</Badge> },
    { title: "Code", cell: (row) => <span class="mono">{row.code}</span> },
    {
      title: "What",
      wide: true,
      cell: (row) => (
        <button type="button" class="as-link" onClick={() => change({ alert: row.sid })}>
          <Foreign text={row.text} />
        </button>
      ),
    },
    {
      title: "About",
      cell: (row) => (row.resource_sid ? <Sid of={row.resource_sid} /> : <span class="quiet">–</span>),
    },
  ];
  return (
    <>
      <PageHead
        title="Debugger"
        lead="All that was refused or went wrong, as Twilio’s debugger tells it."
        actions={<Live state={live} />}
      />
      <Panel flush>
        <Filters clear={narrowed ? () => filter({ level: undefined, code: undefined, service: undefined }) : undefined}>
          <Choice
            label="Level"
            value={level}
            options={[
              ["", "Any"],
              ["error", "Errors"],
              ["warning", "Warnings"],
              ["notice", "Notices"],
            ]}
            change={(value) => filter({ level: value })}
          />
          <TextFilter
            key={code}
            label="Code"
            value={code}
            placeholder="80903"
            change={(value) => filter({ code: value.replace(/\D/g, "") })}
          />
          <Choice
            label="Service"
            value={service}
            change={(value) => filter({ service: value })}
            options={[
              ["", "All"],
              ...(services.data?.services ?? []).map((one) => [one.sid, one.name || shortSid(one.sid)] as const),
            ]}
          />
          {fresh > 0 && (
            <button type="button" class="button button-ghost button-small push" onClick={() => filter({})}>
              {fresh} new: to the latest
            </button>
          )}
        </Filters>
        {error ? (
          <ErrorNote error={error} again={again} />
        ) : !data ? (
          <Loading />
        ) : data.alerts.length === 0 ? (
          <EmptyState icon="check" title={narrowed ? "No alert fits these filters" : "The debugger was told of nothing"}>
            {narrowed && data.next
              ? "None among those looked through: go on to older ones."
              : narrowed
                ? "Clear them to see all."
                : "What goes wrong appears here as it happens."}
          </EmptyState>
        ) : (
          <Table caption="Alerts, newest first" columns={columns} rows={data.alerts} keyOf={(row) => row.sid} />
        )}
        {data && (
          <Pager
            newer={data.previous ? () => change({ before: data.previous ?? "", after: undefined }) : null}
            older={data.next ? () => change({ after: data.next ?? "", before: undefined }) : null}
          />
        )}
      </Panel>
      {open && <AlertDialog sid={open} close={() => change({ alert: undefined })} />}
    </>
  );
}

function AlertDialog({ sid, close }: { sid: string; close: () => void }): JSX.Element {
  const { data, error, again } = useGet("GET /alerts/{sid}", { path: { sid } });
  return (
    <Dialog wide title={data ? `Error ${data.alert.code}` : "Alert"} close={close}>
      {error ? <ErrorNote error={error} again={again} /> : null}
      {!data && !error && <Loading />}
      {data && (
        <div class="stack">
          <p class="strong">
            <Foreign text={data.alert.text} />
          </p>
          {data.do && (
            <div class="note note-good">
              <Icon name="info" />
              <div class="stack stack-tight">
                <p>
                  <b>When:</b> <Prose text={data.when} />
                </p>
                <p>
                  <b>What to do:</b> <Prose text={data.do} />
                </p>
              </div>
            </div>
          )}
          <Facts
            of={[
              ["Level", <Badge tone={TONES[data.alert.level] ?? "plain"}>{data.alert.level}</Badge>],
              ["When", <Time at={data.alert.at} />],
              ["Alert", <Sid of={data.alert.sid} whole />],
              ["About", data.alert.resource_sid && <Sid of={data.alert.resource_sid} whole />],
              ...(data.alert.resource_sid?.startsWith("HH")
                ? [["Number", <Link to={`/toll-free/${data.alert.resource_sid}`}>See its verification</Link>] as const]
                : []),
              ["Session", data.session_sid && <Link to={`/sessions/${data.session_sid}`}>See its timeline</Link>],
              [
                "Documentation",
                <a href={data.alert.more_info} target="_blank" rel="noreferrer noopener">
                  Twilio on {data.alert.code}
                </a>,
              ],
            ]}
          />
          {data.request_url && (
            <>
              <h3>The request behind it</h3>
              <Facts
                of={[
                  ["Request", <Foreign text={`${data.request_method ?? ""} ${data.request_url}`} class="mono" />],
                  ["Answer", data.response_status === null ? "none came" : `HTTP ${data.response_status}`],
                ]}
              />
              <Pairs title="Parameters" pairs={data.request_variables} />
              <Pairs title="Request headers" pairs={data.request_headers} />
              <Pairs title="Response headers" pairs={data.response_headers} />
              {data.response_body && (
                <section class="stack stack-tight">
                  <h3>Response body</h3>
                  <CodeBlock text={data.response_body} label="Response body" />
                </section>
              )}
            </>
          )}
        </div>
      )}
    </Dialog>
  );
}
