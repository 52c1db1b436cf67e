// Jobs: what was given up, to be replayed or discarded, and what waits.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { useAction, useGet } from "../api/hooks";
import type { JobView } from "../api/types";
import { Link, useQuery } from "../router";
import { useViewer } from "../session";
import {
  Button,
  Choice,
  type Column,
  Confirm,
  EmptyState,
  ErrorNote,
  Filters,
  Foreign,
  Loading,
  PageHead,
  Pager,
  Panel,
  Sid,
  Table,
  Tabs,
  Time,
  toast,
  toastError,
} from "../ui";

const KINDS: Record<string, string> = {
  relay: "Message to a person",
  callback: "Callback",
  debugger: "Debugger webhook",
  "out-of-session": "Out-of-session callback",
  inbound: "Inbound message to a program",
  status: "Status callback",
};

export default function QueuePage(): JSX.Element {
  const { account, may } = useViewer();
  const [query, change] = useQuery();
  const state = query.get("state") === "pending" ? "pending" : "dead";
  const kind = query.get("kind") ?? "";
  const after = query.get("after") ?? undefined;
  const before = query.get("before") ?? undefined;
  const { data, error, again, put } = useGet("GET /jobs", { query: { account, state, kind, after, before } });
  const [discarding, setDiscarding] = useState<JobView | null>(null);
  const drop = (sid: string): void => put((page) => ({ ...page, jobs: page.jobs.filter((one) => one.sid !== sid) }));
  const replay = useAction(async (job: JobView) => {
    try {
      await ask("POST /jobs/{sid}/replay", { path: { sid: job.sid } });
    } catch (reason) {
      toastError(reason);
      throw reason;
    }
    drop(job.sid);
    toast("Tried again", "It comes back here if it is given up once more.");
  });
  const discard = useAction(async (job: JobView) => {
    await ask("POST /jobs/{sid}/discard", { path: { sid: job.sid } });
    drop(job.sid);
    setDiscarding(null);
    toast("Discarded");
  });
  const filter = (fields: Record<string, string | undefined>): void =>
    change({ ...fields, after: undefined, before: undefined });
  const columns: Column<JobView>[] = [
    { title: "What", cell: (job) => <span class="strong nowrap">{KINDS[job.kind] ?? job.kind}</span> },
    { title: "To", cell: (job) => (job.destination ? <Foreign text={job.destination} class="mono host" /> : <Dash />) },
    {
      title: state === "dead" ? "Why it was given up" : "Last trouble",
      wide: true,
      cell: (job) => (job.last_error ? <Foreign text={job.last_error} /> : <Dash />),
    },
    { title: "Attempts", end: true, cell: (job) => <span class="number">{job.attempts}</span> },
    { title: "About", cell: (job) => (job.resource_sid ? <About sid={job.resource_sid} /> : <Dash />) },
    { title: "Made", cell: (job) => <Time at={job.date_created} relative /> },
  ];
  if (state === "pending")
    columns.push({ title: "Due", cell: (job) => (job.date_due === null ? <Dash /> : <Time at={job.date_due} relative />) });
  else if (may("support"))
    columns.push({
      title: "Do",
      end: true,
      cell: (job) => (
        <span class="row row-end">
          <Button small icon="replay" disabled={replay.busy} onClick={() => void replay.run(job)}>
            Replay<span class="unseen"> {job.sid}</span>
          </Button>
          <Button small kind="danger" onClick={() => setDiscarding(job)}>
            Discard<span class="unseen"> {job.sid}</span>
          </Button>
        </span>
      ),
    });
  return (
    <>
      <PageHead
        title="Queue and dead letters"
        lead="Every message and callback waits here until it was delivered. What was given up is kept until somebody decides."
      />
      <Panel flush>
        <Filters clear={kind ? () => filter({ kind: undefined }) : undefined}>
          <Tabs
            label="Which jobs"
            now={state}
            choose={(id) => filter({ state: id === "dead" ? undefined : id })}
            tabs={[
              { id: "dead", label: "Given up" },
              { id: "pending", label: "Waiting" },
            ]}
          />
          <Choice
            label="Kind"
            value={kind}
            options={[["", "All"], ...Object.entries(KINDS)]}
            change={(value) => filter({ kind: value })}
          />
          <Button small icon="replay" class="push" onClick={again}>
            Look again
          </Button>
        </Filters>
        {error ? (
          <ErrorNote error={error} again={again} />
        ) : !data ? (
          <Loading />
        ) : data.jobs.length === 0 ? (
          state === "dead" ? (
            <EmptyState icon="check" title="No dead letters">
              Everything was delivered, or is being tried again.
            </EmptyState>
          ) : (
            <EmptyState icon="check" title="Nothing waits">
              All that was to be delivered is.
            </EmptyState>
          )
        ) : (
          <>
            <Table
              caption={state === "dead" ? "Dead letters, newest first" : "Waiting jobs, newest first"}
              columns={columns}
              rows={data.jobs}
              keyOf={(job) => job.sid}
            />
            <Pager
              newer={data.previous ? () => change({ before: data.previous ?? "", after: undefined }) : null}
              older={data.next ? () => change({ after: data.next ?? "", before: undefined }) : null}
            />
          </>
        )}
      </Panel>
      {discarding && (
        <Confirm
          title="Discard this dead letter?"
          yes="Discard"
          danger
          busy={discard.busy}
          run={() => void discard.run(discarding)}
          close={() => setDiscarding(null)}
        >
          <p>
            {discarding.kind === "relay"
              ? "The message is marked as failed and will never reach its person."
              : "Your program will never be told of it."}{" "}
            This can’t be taken back.
          </p>
          {discard.error ? <ErrorNote error={discard.error} /> : null}
        </Confirm>
      )}
    </>
  );
}

function Dash(): JSX.Element {
  return <span class="quiet">–</span>;
}

/** A SID to search by: the search knows where it belongs. */
function About({ sid }: { sid: string }): JSX.Element {
  return (
    <span class="row nowrap row-tight">
      <Sid of={sid} />
      <Link to={`/search?q=${sid}`} class="small">
        Find<span class="unseen"> {sid}</span>
      </Link>
    </span>
  );
}
