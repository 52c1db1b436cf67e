// What programs asked the API, and what it answered.

import type { JSX } from "preact";
import { useGet } from "../api/hooks";
import type { RequestRow } from "../api/types";
import { useQuery } from "../router";
import { useViewer } from "../session";
import {
  Badge,
  Button,
  Choice,
  type Column,
  Dialog,
  EmptyState,
  ErrorNote,
  Filters,
  Foreign,
  Loading,
  PageHead,
  Pager,
  Panel,
  Table,
  Time,
} from "../ui";
import { callerOf, RequestView, toneOf } from "./snippets";

export default function RequestsPage(): JSX.Element {
  const { account } = useViewer();
  const [query, change] = useQuery();
  const method = query.get("method") ?? "";
  const outcome = query.get("outcome") ?? "";
  const by = query.get("by") ?? "";
  const open = query.get("request") ?? "";
  const after = query.get("after") ?? undefined;
  const before = query.get("before") ?? undefined;
  const { data, error, again } = useGet("GET /requests", {
    query: { account, method, outcome, by, after, before },
  });
  const filter = (fields: Record<string, string | undefined>): void =>
    change({ ...fields, after: undefined, before: undefined });
  const narrowed = Boolean(method || outcome || by);
  const columns: readonly Column<RequestRow>[] = [
    { title: "When", cell: (row) => <Time at={row.at} /> },
    {
      title: "Request",
      wide: true,
      cell: (row) => (
        <button type="button" class="as-link mono path" onClick={() => change({ request: row.sid })}>
          <b>{row.method}</b> <Foreign text={shortPath(row.path)} />
        </button>
      ),
    },
    {
      title: "Answer",
      cell: (row) =>
        row.caller.startsWith("console:") ? (
          <Badge tone="accent">by hand</Badge>
        ) : (
          <Badge tone={toneOf(row.status)}>{row.status}</Badge>
        ),
    },
    {
      title: "Code",
      cell: (row) =>
        row.code === null ? (
          <span class="quiet">–</span>
        ) : (
          <span class="mono" title={row.code_text ?? ""}>
            {row.code}
          </span>
        ),
    },
    {
      title: "Took",
      end: true,
      cell: (row) =>
        row.caller.startsWith("console:") ? (
          <span class="quiet">–</span>
        ) : (
          <span class="number nowrap">{row.ms.toFixed(1)} ms</span>
        ),
    },
    { title: "By", cell: (row) => <Foreign text={callerOf(row)} /> },
  ];
  return (
    <>
      <PageHead
        title="API requests"
        lead="The latest requests to the API, without numbers, texts and secrets. Each can be seen as lines of code."
        actions={
          <Button icon="replay" onClick={again}>
            Look again
          </Button>
        }
      />
      <Panel flush>
        <Filters
          clear={narrowed ? () => filter({ method: undefined, outcome: undefined, by: undefined }) : undefined}
        >
          <Choice
            label="Method"
            value={method}
            options={[
              ["", "Any"],
              ["GET", "GET"],
              ["POST", "POST"],
              ["DELETE", "DELETE"],
            ]}
            change={(value) => filter({ method: value })}
          />
          <Choice
            label="Answer"
            value={outcome}
            options={[
              ["", "Any"],
              ["ok", "Went well"],
              ["refused", "Refused"],
            ]}
            change={(value) => filter({ outcome: value })}
          />
          <Choice
            label="By"
            value={by}
            options={[
              ["", "Anybody"],
              ["program", "Programs"],
              ["console", "Hand, in this console"],
            ]}
            change={(value) => filter({ by: value })}
          />
        </Filters>
        {error ? (
          <ErrorNote error={error} again={again} />
        ) : !data ? (
          <Loading />
        ) : data.requests.length === 0 ? (
          <EmptyState icon="log" title={emptyTitle(data.recorded, narrowed)}>
            {data.recorded === "none"
              ? "Set console.record_requests to all or failures to have them kept."
              : narrowed
                ? data.next
                  ? "None among those looked through: go on to older ones."
                  : "Clear them to see all."
                : "Each request of your program stands here a moment after it was answered."}
          </EmptyState>
        ) : (
          <Table caption="Requests, newest first" columns={columns} rows={data.requests} keyOf={(row) => row.sid} />
        )}
        {data && (
          <Pager
            newer={data.previous ? () => change({ before: data.previous ?? "", after: undefined }) : null}
            older={data.next ? () => change({ after: data.next ?? "", before: undefined }) : null}
          >
            {data.recorded === "failures" ? "Only refusals are kept." : "When there are many a second, only some are kept."}
          </Pager>
        )}
      </Panel>
      {open && (
        <Dialog wide title="A request" close={() => change({ request: undefined })}>
          <RequestView sid={open} />
        </Dialog>
      )}
    </>
  );
}

function emptyTitle(recorded: string, narrowed: boolean): string {
  if (recorded === "none") return "Requests are not kept";
  return narrowed ? "No request fits these filters" : "No requests yet";
}

/** A path with each SID's middle left out. */
function shortPath(path: string): string {
  return path.replace(/([A-Z]{2}[0-9a-f]{2})[0-9a-f]{26}([0-9a-f]{4})/g, "$1…$2");
}
