// A phone: its case, its status bar, and whichever of its apps is in front.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { HandsetCallView } from "../../api/types";
import type { HandsetModel } from "../../model/handset";
import { Icon, type IconName, phoneTime, useNow } from "../../ui";
import { CallScreen } from "./call";
import { Keypad } from "./keypad";
import { Messages } from "./messages";
import { Recents } from "./recents";

/** Whose phone it is, as the operator knows it; the phone itself shows none of it. */
export interface Owner {
  name: string;
  colour: "plum" | "amber" | "rose";
}

type App = "messages" | "keypad" | "recents";

const APPS: readonly (readonly [App, IconName, string])[] = [
  ["messages", "message", "Messages"],
  ["keypad", "keypad", "Keypad"],
  ["recents", "recent", "Recents"],
];

/** Ms for which an ended call stays on the screen. */
const AFTERGLOW = 2500;

export function Phone({
  owner,
  handset,
  contacts,
  hint,
  readOnly,
}: {
  owner: Owner;
  handset: HandsetModel;
  /** The numbers that this phone knows: all of them proxy numbers. */
  contacts: readonly string[];
  /** What stands where nothing was written yet. */
  hint: string;
  /** A viewer may look, and press nothing. */
  readOnly: boolean;
}): JSX.Element {
  const [app, setApp] = useState<App>("messages");
  const [dialled, setDialled] = useState(contacts[0] ?? "");
  const call = useCallInFront(handset.calls);
  const seen = useUnread(handset, app);
  const dial = (to: string): Promise<void> => handset.dial(to);
  return (
    <section class={`phone phone-${owner.colour}`} aria-label={`${owner.name}'s phone`}>
      <div class="phone-screen">
        <StatusBar />
        <div class="phone-app" inert={call !== null}>
          {app === "messages" && (
            <Messages handset={handset} contacts={contacts} hint={hint} owner={owner} dial={dial} readOnly={readOnly} />
          )}
          {app === "keypad" && (
            <Keypad number={dialled} change={setDialled} contacts={contacts} dial={dial} readOnly={readOnly} />
          )}
          {app === "recents" && <Recents calls={handset.calls} dial={dial} readOnly={readOnly} />}
        </div>
        <div class="phone-bar" role="group" aria-label={`${owner.name}'s apps`} inert={call !== null}>
          {APPS.map(([one, icon, label]) => (
            <button key={one} type="button" aria-pressed={app === one} onClick={() => setApp(one)}>
              <Icon name={icon} size={20} />
              {label}
              {seen[one] > 0 && (
                <span class="phone-count">
                  {seen[one]}
                  <span class="unseen"> new</span>
                </span>
              )}
            </button>
          ))}
        </div>
        {call && <CallScreen key={call.id} call={call} handset={handset} readOnly={readOnly} />}
      </div>
    </section>
  );
}

function StatusBar(): JSX.Element {
  const now = useNow(10_000);
  return (
    <div class="phone-status" aria-hidden="true">
      <span>{phoneTime(now, now)}</span>
      <span class="phone-island" />
      <svg width="46" height="12" viewBox="0 0 46 12">
        <path d="M0 8h3v4H0zM5 5.500h3V12H5zM10 3h3v9h-3zM15 0h3v12h-3z" fill="currentColor" />
        <rect x="23.5" y=".5" width="19" height="11" rx="3" fill="none" stroke="currentColor" />
        <rect x="25" y="2" width="13" height="8" rx="1.5" fill="currentColor" />
        <path d="M44 4v4c.8 0 1.5-.8 1.5-2S44.8 4 44 4z" fill="currentColor" />
      </svg>
    </div>
  );
}

/** The call that covers the screen: one that goes on, or one that ended just now. */
function useCallInFront(calls: readonly HandsetCallView[]): HandsetCallView | null {
  const now = useNow(500).getTime();
  const mounted = useRef(Date.now());
  const going = calls.filter((call) => call.ended === null);
  // A talk stays in front of a second call that rings.
  const front = going.find((call) => call.status === "in-progress") ?? going.at(-1);
  const last = calls.at(-1);
  const glows =
    last !== undefined &&
    last.ended !== null &&
    last.ended > mounted.current &&
    now - last.ended < AFTERGLOW;
  return front ?? (glows ? last : null);
}

/** How much is new in the apps that are not in front. */
function useUnread(handset: HandsetModel, app: App): Record<App, number> {
  const messages = handset.messages.filter((one) => one.direction === "inbound").length;
  const missed = handset.calls.filter(
    (one) => one.direction === "inbound" && one.ended !== null && one.answered === null,
  ).length;
  const [seen, setSeen] = useState({ messages: 0, missed: 0 });
  useEffect(() => {
    if (app === "messages") setSeen((old) => ({ ...old, messages }));
    if (app === "recents") setSeen((old) => ({ ...old, missed }));
  }, [app, messages, missed]);
  useEffect(() => {
    // What was there before the page was opened is not new.
    if (handset.ready) setSeen({ messages, missed });
  }, [handset.ready]);
  return {
    messages: app === "messages" ? 0 : messages - seen.messages,
    keypad: 0,
    recents: app === "recents" ? 0 : missed - seen.missed,
  };
}

