// What the operator sees of one session while it happens: which session, which rule, which legs.

import type { JSX } from "preact";
import { useCallback, useState } from "preact/hooks";
import { ask } from "../../api/client";
import type { Entry, Event, Scene } from "../../api/types";
import { group, merge } from "../../model/timeline";
import { Link } from "../../router";
import { EmptyState, ErrorNote, Icon, Loading, NumberText, Status } from "../../ui";
import { GroupCard, type People } from "../timeline";

export interface OperatorModel {
  entries: Entry[];
  status: string;
  error: unknown;
  ready: boolean;
  refresh: () => void;
  take: (event: Event) => void;
}

/** The groups that are kept on the screen. */
const KEPT = 30;
/** Those that are there at first: what came before them is a click away, in the timeline. */
const FIRST = 12;

/** Of a session that is not read yet: see `refresh`. */
export function useOperator(scene: Scene): OperatorModel {
  const [entries, setEntries] = useState<Entry[]>([]);
  const [status, setStatus] = useState("open");
  const [error, setError] = useState<unknown>(null);
  const [ready, setReady] = useState(false);
  const add = (fresh: readonly Entry[]): void => setEntries((old) => merge(old, fresh));
  const refresh = useCallback(() => {
    const path = { sid: scene.session_sid };
    Promise.all([
      ask("GET /sessions/{sid}/timeline", { path, query: { size: FIRST } }),
      ask("GET /sessions/{sid}", { path }),
    ]).then(
      ([page, detail]) => {
        add(page.entries);
        setStatus(detail.session.status);
        setError(null);
        setReady(true);
      },
      (reason: unknown) => {
        setError(reason);
        setReady(true);
      },
    );
  }, [scene.session_sid]);
  const proxies = scene.people.map((person) => person.proxy);
  const take = (event: Event): void => {
    if (event.type === "session" && event.session.sid === scene.session_sid) setStatus(event.session.status);
    else if (event.type === "interaction" && event.session_sid === scene.session_sid) add([event.entry]);
    else if (event.type === "message" || event.type === "call") {
      const { entry } = event;
      const to = entry.type === "message" ? entry.recipient : entry.called;
      // What a stranger sends to these numbers belongs to no session, and is just what to show.
      if (event.session_sid === scene.session_sid || (event.session_sid === null && proxies.includes(to.text)))
        add([entry]);
    } else if (event.type === "webhook" && (event.session_sid === scene.session_sid || event.session_sid === null))
      add([event.entry]);
    else if (event.type === "alert") add([event.entry]);
  };
  return { entries, status, error, ready, refresh, take };
}

export function Operator({
  scene,
  names,
  model,
}: {
  scene: Scene;
  names: readonly [string, string];
  model: OperatorModel;
}): JSX.Element {
  const [one, two] = scene.people;
  const people: People = scene.people.map((person, at) => ({
    sid: person.participant_sid,
    name: names[at] ?? "",
    proxy: person.proxy,
    colour: at === 0 ? "plum" : "amber",
  }));
  // An alert or a callback without its message is about something else on this account.
  const groups = group(model.entries)
    .filter((one) => one.interaction || one.messages.length > 0 || one.calls.length > 0)
    .slice(0, KEPT);
  return (
    <section class="operator" aria-label="What the operator sees">
      <header class="operator-head">
        <h2>
          <Icon name="mask" size={20} /> The operator sees
        </h2>
        <Link to={`/sessions/${scene.session_sid}`} class="push">
          {scene.unique_name ?? "the session"}
        </Link>
        <Status of={model.status} />
      </header>
      {one && two && (
        <div class="wiring" aria-label="Who reaches whom">
          <Wire from={names[0]} to={names[1]} proxy={one.proxy} shows={two.proxy} colours={["plum", "amber"]} />
          <Wire from={names[1]} to={names[0]} proxy={two.proxy} shows={one.proxy} colours={["amber", "plum"]} />
        </div>
      )}
      <div class="operator-feed" role="log" aria-label="Messages and calls, newest first" tabIndex={0}>
        {model.error ? (
          <ErrorNote error={model.error} again={model.refresh} />
        ) : !model.ready ? (
          <Loading />
        ) : groups.length === 0 ? (
          <EmptyState icon="message" title="Nothing has passed yet">
            Write a message on one of the phones, or call.
          </EmptyState>
        ) : (
          groups.map((one) => <GroupCard key={one.key} group={one} people={people} compact />)
        )}
      </div>
    </section>
  );
}

function Wire({
  from,
  to,
  proxy,
  shows,
  colours,
}: {
  from: string;
  to: string;
  proxy: string;
  shows: string;
  colours: readonly [string, string];
}): JSX.Element {
  return (
    <p class="wire">
      <b class={`ink-${colours[0]}`}>
        <bdi>{from}</bdi>
      </b>
      <span class="quiet">dials</span>
      <NumberText text={proxy} proxy />
      <Icon name="arrow" size={14} />
      <b class={`ink-${colours[1]}`}>
        <bdi>{to}</bdi>
      </b>
      <span class="quiet">sees</span>
      <NumberText text={shows} proxy />
    </p>
  );
}
