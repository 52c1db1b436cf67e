// One session: its people, its timeline, and what support can do with it.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api/client";
import { useAction, useEvents, useGet } from "../api/hooks";
import type { Entry, Event, SessionAction, SessionDetail } from "../api/types";
import { endedBecause } from "../model/session";
import { group, merge } from "../model/timeline";
import type { Params } from "../router";
import {
  Avatar,
  Button,
  Confirm,
  Dialog,
  EmptyState,
  ErrorNote,
  Facts,
  Field,
  Foreign,
  grouped,
  Live,
  Loading,
  Masked,
  PageHead,
  Panel,
  Sid,
  span,
  Status,
  Time,
  toast,
} from "../ui";
import { GroupCard, type People } from "./timeline";

const PAGE = 25;

export default function SessionPage({ params }: { params: Params }): JSX.Element {
  const sid = params["sid"] ?? "";
  const { data, error, again, put } = useGet("GET /sessions/{sid}", { path: { sid } });
  const back = { to: "/sessions", label: "Sessions" };
  if (!data)
    return (
      <>
        <PageHead title="Session" back={back} />
        {error ? <ErrorNote error={error} again={again} /> : <Loading />}
      </>
    );
  return <Session key={sid} detail={data} refresh={again} replace={(next) => put(() => next)} />;
}

function Session({
  detail,
  refresh,
  replace,
}: {
  detail: SessionDetail;
  refresh: () => void;
  replace: (next: SessionDetail) => void;
}): JSX.Element {
  const { session } = detail;
  const timeline = useTimeline(session.sid);
  const live = useEvents(
    { topics: ["sessions", "interactions", "messages", "calls", "webhooks", "alerts"], session: session.sid },
    (event) => {
      if (event.type === "session" && event.session.sid === session.sid)
        replace({ ...detail, session: event.session });
      else timeline.take(event);
    },
    () => {
      refresh();
      timeline.refresh();
    },
  );
  const [asking, setAsking] = useState<"close" | "extend" | "reopen" | "send" | null>(null);
  const done = (next: SessionDetail): void => {
    replace(next);
    timeline.refresh();
    setAsking(null);
  };
  const people: People = detail.participants.map((person, at) => ({
    sid: person.sid,
    name: person.name ?? `Participant ${at + 1}`,
    proxy: person.proxy.text,
    colour: at % 2 === 0 ? "plum" : "amber",
  }));
  const closed = session.status === "closed";
  return (
    <>
      <PageHead
        title={<Foreign text={session.unique_name ?? session.sid} />}
        back={{ to: "/sessions", label: "Sessions" }}
        lead={
          <span class="row">
            <Status of={session.status} />
            {closed && <span>{endedBecause(session.closed_reason)}</span>}
            <Sid of={session.sid} />
            <Live state={live} />
          </span>
        }
        actions={
          detail.may_act && (
            <>
              <Button icon="send" disabled={closed} onClick={() => setAsking("send")}>
                Send a message
              </Button>
              {closed ? (
                <Button onClick={() => setAsking("reopen")}>Re-open</Button>
              ) : (
                <>
                  <Button onClick={() => setAsking("extend")}>Extend</Button>
                  <Button kind="danger" onClick={() => setAsking("close")}>
                    Close
                  </Button>
                </>
              )}
            </>
          )
        }
      />
      <div class="columns">
        <div class="stack">
          <Panel title="Timeline" flush>
            <TimelineList model={timeline} people={people} />
          </Panel>
        </div>
        <div class="stack">
          <Panel title="People">
            {detail.participants.length === 0 ? (
              <p class="quiet">Nobody is in this session yet.</p>
            ) : (
              <ul class="people">
                {detail.participants.map((person, at) => (
                  <li key={person.sid} class={person.date_deleted === null ? "" : "gone"}>
                    <Avatar name={person.name ?? String(at + 1)} colour={at % 2 === 0 ? "plum" : "amber"} />
                    <div>
                      <p class="strong">
                        <Foreign text={person.name ?? `Participant ${at + 1}`} />
                        {person.date_deleted !== null && <span class="quiet"> left</span>}
                      </p>
                      <p>
                        <Masked of={person.identifier} />
                      </p>
                      <p class="small">
                        <span class="quiet">dials</span> <Masked of={person.proxy} />
                      </p>
                      <p class="tiny">
                        <Sid of={person.sid} />
                      </p>
                    </div>
                  </li>
                ))}
              </ul>
            )}
          </Panel>
          <Panel title="Session">
            <Facts
              of={[
                ["Service", <Foreign text={session.service_name || session.service_sid} />],
                ["Mode", session.mode],
                ["Created", <Time at={session.date_created} />],
                ["Last message or call", session.date_last_interaction ? <Time at={session.date_last_interaction} /> : "none yet"],
                ["Ends", <Ends detail={detail} />],
              ]}
            />
          </Panel>
        </div>
      </div>
      {asking === "close" && <CloseIt sid={session.sid} done={done} close={() => setAsking(null)} />}
      {(asking === "extend" || asking === "reopen") && (
        <SetEnd sid={session.sid} action={asking} done={done} close={() => setAsking(null)} />
      )}
      {asking === "send" && <SendIt detail={detail} close={() => setAsking(null)} sent={timeline.refresh} />}
    </>
  );
}

function Ends({ detail }: { detail: SessionDetail }): JSX.Element {
  const { session, ttl } = detail;
  if (session.date_ended !== null)
    return (
      <>
        ended <Time at={session.date_ended} />
      </>
    );
  if (session.expires_at === null) return <>never by itself</>;
  return (
    <>
      <Time at={session.expires_at} />
      {ttl > 0 && <span class="quiet"> ({span(ttl * 1000)} after the last message or call)</span>}
    </>
  );
}

interface TimelineModel {
  entries: Entry[];
  next: string | null;
  ready: boolean;
  error: unknown;
  busy: boolean;
  refresh: () => void;
  older: () => void;
  take: (event: Event) => void;
}

function useTimeline(sid: string): TimelineModel {
  const [entries, setEntries] = useState<Entry[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const [ready, setReady] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const deep = useRef(false);
  const fetch = async (after?: string): Promise<void> => {
    setBusy(true);
    try {
      const page = await ask("GET /sessions/{sid}/timeline", { path: { sid }, query: { after, size: PAGE } });
      setEntries((old) => merge(old, page.entries));
      // A look at the newest again must not forget how far down somebody has read.
      if (after !== undefined || !deep.current) setNext(page.next);
      if (after !== undefined) deep.current = true;
      setError(null);
    } catch (reason) {
      setError(reason);
    } finally {
      setReady(true);
      setBusy(false);
    }
  };
  useEffect(() => void fetch(), [sid]);
  return {
    entries,
    next,
    ready,
    error,
    busy,
    refresh: () => void fetch(),
    older: () => next !== null && void fetch(next),
    take: (event) => {
      if ("entry" in event) setEntries((old) => merge(old, [event.entry]));
    },
  };
}

function TimelineList({ model, people }: { model: TimelineModel; people: People }): JSX.Element {
  if (model.error) return <ErrorNote error={model.error} again={model.refresh} />;
  if (!model.ready) return <Loading />;
  const groups = group(model.entries);
  if (groups.length === 0)
    return (
      <EmptyState icon="message" title="Nothing has passed yet">
        What the participants write and call appears here, newest first, as it happens.
      </EmptyState>
    );
  return (
    <>
      <ol class="timeline">
        {groups.map((one) => (
          <li key={one.key}>
            <GroupCard group={one} people={people} replayed={model.refresh} />
          </li>
        ))}
      </ol>
      {model.next !== null && (
        <div class="pager">
          <Button busy={model.busy} onClick={model.older}>
            Older
          </Button>
        </div>
      )}
    </>
  );
}

type Done = { sid: string; done: (next: SessionDetail) => void; close: () => void };

function CloseIt({ sid, done, close }: Done): JSX.Element {
  const action = useAction(async () =>
    done(await ask("POST /sessions/{sid}", { path: { sid }, body: { action: "close" } })),
  );
  return (
    <Confirm title="Close the session?" yes="Close it" danger busy={action.busy} run={() => void action.run()} close={close}>
      <div class="stack">
        <p>
          Its people no longer reach each other: what they write or call then counts as out of session. It can be
          opened again.
        </p>
        {action.error ? <ErrorNote error={action.error} /> : null}
      </div>
    </Confirm>
  );
}

const ENDS = [
  ["3600", "An hour"],
  ["86400", "A day"],
  ["604800", "A week"],
] as const;

function SetEnd({ sid, action, done, close }: Done & { action: "extend" | "reopen" }): JSX.Element {
  const [ttl, setTtl] = useState("86400");
  const run = useAction(async () => {
    const body: SessionAction = { action, ttl: ttl ? Number(ttl) : null };
    done(await ask("POST /sessions/{sid}", { path: { sid }, body }));
  });
  const title = action === "extend" ? "Extend the session" : "Re-open the session";
  return (
    <Dialog
      title={title}
      close={close}
      foot={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button kind="primary" busy={run.busy} onClick={() => void run.run()}>
            {action === "extend" ? "Extend" : "Re-open"}
          </Button>
        </>
      }
    >
      <div class="stack">
        <Field label="It ends" hint="Counted from the last message or call, and from now on with each new one.">
          {(ids) => (
            <select {...ids} class="select" value={ttl} onChange={(event) => setTtl(event.currentTarget.value)}>
              {action === "reopen" && <option value="">as it was set before</option>}
              {ENDS.map(([seconds, words]) => (
                <option key={seconds} value={seconds}>
                  {words.toLowerCase()} after the last message or call
                </option>
              ))}
            </select>
          )}
        </Field>
        {run.error ? <ErrorNote error={run.error} /> : null}
      </div>
    </Dialog>
  );
}

function SendIt({
  detail,
  close,
  sent,
}: {
  detail: SessionDetail;
  close: () => void;
  sent: () => void;
}): JSX.Element {
  const people = detail.participants.filter((person) => person.date_deleted === null);
  const [to, setTo] = useState(people[0]?.sid ?? "");
  const [body, setBody] = useState("");
  const run = useAction(async () => {
    await ask("POST /sessions/{sid}/messages", {
      path: { sid: detail.session.sid },
      body: { participant_sid: to, body },
    });
    toast("The message is on its way");
    sent();
    close();
  });
  return (
    <Dialog
      title="Send a message as the application"
      close={close}
      foot={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button kind="primary" icon="send" busy={run.busy} disabled={!to || !body.trim()} onClick={() => void run.run()}>
            Send
          </Button>
        </>
      }
    >
      <div class="stack">
        <Field label="To" hint="They see it come from the number that they dial in this session.">
          {(ids) => (
            <select {...ids} class="select" value={to} onChange={(event) => setTo(event.currentTarget.value)}>
              {people.map((person, at) => (
                <option key={person.sid} value={person.sid}>
                  {person.name ?? `Participant ${at + 1}`} ({grouped(person.identifier.text)})
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Message">
          {(ids) => (
            <textarea
              {...ids}
              class="input"
              rows={4}
              maxLength={1600}
              value={body}
              onInput={(event) => setBody(event.currentTarget.value)}
            />
          )}
        </Field>
        {run.error ? <ErrorNote error={run.error} /> : null}
      </div>
    </Dialog>
  );
}
