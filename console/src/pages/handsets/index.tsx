// Two handsets side by side, a stranger's beside them, and between them what the operator sees.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useEvents, useGet } from "../../api/hooks";
import type { Event, Handsets, Person, Scene } from "../../api/types";
import { type HandsetModel, useHandset } from "../../model/handset";
import { useQuery } from "../../router";
import { useViewer } from "../../session";
import { Avatar, EmptyState, ErrorNote, grouped, Live, Loading, NumberText, PageHead, Tabs } from "../../ui";
import { HowToBegin } from "./begin";
import { Operator, useOperator } from "./operator";
import { type Owner, Phone } from "./phone";

export default function HandsetsPage(): JSX.Element {
  const { account } = useViewer();
  const { data, error, again } = useGet("GET /handsets", { query: { account } });
  const [query, change] = useQuery();
  if (!data)
    return (
      <>
        <PageHead title="Handsets" />
        {error ? <ErrorNote error={error} again={again} /> : <Loading what="Switching the handsets on" />}
      </>
    );
  const scene = data.scenes.find((one) => one.session_sid === query.get("session")) ?? data.scenes[0];
  if (!scene || scene.people.length < 2)
    return (
      <>
        <PageHead title="Handsets" lead="Two simulated phones that text and call each other through the mask." />
        <EmptyState icon="phones" title="No session between two simulated phones yet">
          <HowToBegin again={again} />
        </EmptyState>
      </>
    );
  return (
    <Stage
      key={scene.session_sid}
      scene={scene}
      all={data}
      choose={(session) => change({ session })}
      again={again}
    />
  );
}

type Seat = "left" | "operator" | "right" | "stranger";

function Stage({
  scene,
  all,
  choose,
  again,
}: {
  scene: Scene;
  all: Handsets;
  choose: (session: string) => void;
  again: () => void;
}): JSX.Element {
  const { account, may } = useViewer();
  const [one, two] = scene.people as [Person, Person];
  const left = useHandset(one.number);
  const right = useHandset(two.number);
  const stranger = useHandset(all.stranger);
  const operator = useOperator(scene);
  const refresh = (): void => {
    for (const handset of [left, right, stranger]) handset.refresh();
    operator.refresh();
    again();
  };
  const take = (event: Event): void => {
    for (const handset of [left, right, stranger]) handset.take(event);
    operator.take(event);
  };
  const live = useEvents(
    {
      topics: ["handsets", "sessions", "interactions", "messages", "calls", "webhooks", "alerts"],
      account,
      handsets: [one.number, two.number, all.stranger],
    },
    take,
    refresh,
  );
  // What is there is read once the stream is open, and so once, with nothing lost between the two. A
  // stream that can't be opened leaves the page with what is there now.
  useEffect(() => {
    if (!operator.ready && (live === "waiting" || live === "refused")) refresh();
  }, [live]);
  const [names] = useState(() => [one.name ?? "Phone 1", two.name ?? "Phone 2"] as const);
  const readOnly = !may("support");
  const seats = useSeats();
  const [front, setFront] = useState<Seat>("left");
  const [guest, setGuest] = useState<"right" | "stranger">("right");
  const shown = (seat: Seat): boolean => {
    if (seats === 1) return front === seat;
    return seats === 4 || (seat !== "right" && seat !== "stranger") || guest === seat;
  };
  return (
    <>
      <PageHead
        title="Handsets"
        lead="Neither phone ever sees the other’s number. Write or call on one, and watch the other."
        actions={
          <>
            <Live state={live} />
            {all.scenes.length > 1 && (
              <select
                class="select"
                aria-label="Session"
                value={scene.session_sid}
                onChange={(event) => choose(event.currentTarget.value)}
              >
                {all.scenes.map((other) => (
                  <option key={other.session_sid} value={other.session_sid}>
                    {sceneName(other)}
                  </option>
                ))}
              </select>
            )}
            {(seats === 2 || seats === 3) && (
              <Tabs<"right" | "stranger">
                label="The phone on the right"
                now={guest}
                choose={setGuest}
                tabs={[
                  { id: "right", label: names[1] },
                  { id: "stranger", label: "A stranger" },
                ]}
              />
            )}
          </>
        }
      />
      {readOnly && (
        <p class="note note-plain">
          Your role may watch. To write and call on these phones takes the role support.
        </p>
      )}
      {seats === 1 && (
        <Tabs<Seat>
          label="What to show"
          now={front}
          choose={setFront}
          tabs={[
            { id: "left", label: names[0] },
            { id: "operator", label: "Operator" },
            { id: "right", label: names[1] },
            { id: "stranger", label: "Stranger" },
          ]}
        />
      )}
      <div class={`seats seats-${seats}`}>
        <div class="seat" hidden={!shown("left")}>
          <MaskedPhone
            owner={{ name: names[0], colour: "plum" }}
            person={one}
            reaches={names[1]}
            handset={left}
            readOnly={readOnly}
          />
        </div>
        <div class="seat seat-operator" hidden={!shown("operator")}>
          <Operator scene={scene} names={names} model={operator} />
        </div>
        <div class="seat" hidden={!shown("right")}>
          <MaskedPhone
            owner={{ name: names[1], colour: "amber" }}
            person={two}
            reaches={names[0]}
            handset={right}
            readOnly={readOnly}
          />
        </div>
        <div class="seat" hidden={!shown("stranger")}>
          <Caption name="A stranger" colour="rose" number={stranger.number}>
            is in no session
          </Caption>
          <Phone
            owner={{ name: "A stranger", colour: "rose" }}
            handset={stranger}
            contacts={scene.people.map((person) => person.proxy)}
            hint="Nothing yet. Write something, and see where it ends."
            readOnly={readOnly}
          />
        </div>
      </div>
    </>
  );
}

function MaskedPhone({
  owner,
  person,
  reaches,
  handset,
  readOnly,
}: {
  owner: Owner;
  person: Person;
  reaches: string;
  handset: HandsetModel;
  readOnly: boolean;
}): JSX.Element {
  return (
    <>
      <Caption name={owner.name} colour={owner.colour} number={person.number}>
        reaches {reaches} at <NumberText text={person.proxy} proxy />
      </Caption>
      <Phone
        owner={owner}
        handset={handset}
        contacts={[person.proxy]}
        hint={`Nothing yet. Write something: ${reaches} gets it from another number.`}
        readOnly={readOnly}
      />
    </>
  );
}

/** What the operator knows of a phone and the other phone does not. */
function Caption({
  name,
  colour,
  number,
  children,
}: {
  name: string;
  colour: Owner["colour"];
  number: string;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="caption-head">
      <Avatar name={name} colour={colour} />
      <div>
        <h2>
          <bdi>{name}</bdi> <span class={`real real-${colour}`}>{grouped(number)}</span>
        </h2>
        <p class="small quiet">{children}</p>
      </div>
    </div>
  );
}

function sceneName(scene: Scene): string {
  const people = scene.people.map((person) => person.name ?? "someone").join(" and ");
  return `${scene.unique_name ?? scene.session_sid}: ${people}`;
}

/** How many of the four (two phones, the operator, the stranger's phone) have room side by side; of
 * two, the operator's stands below. */
type Seats = 1 | 2 | 3 | 4;

function useSeats(): Seats {
  const [seats, setSeats] = useState(count);
  useEffect(() => {
    const look = (): void => setSeats(count());
    addEventListener("resize", look);
    return () => removeEventListener("resize", look);
  }, []);
  return seats;
}

function count(): Seats {
  return innerWidth >= 1800 ? 4 : innerWidth >= 1310 ? 3 : innerWidth >= 700 ? 2 : 1;
}
