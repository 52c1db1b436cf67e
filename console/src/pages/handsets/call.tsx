// A call in front of everything else on the phone: it rings, it talks, it has ended.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { HandsetCallView, HeardItem } from "../../api/types";
import type { HandsetModel } from "../../model/handset";
import { callLength, Foreign, grouped, Icon, NumberText, toastError, useNow } from "../../ui";
import { Keys } from "./keypad";
import { outcome } from "./recents";

export function CallScreen({
  call,
  handset,
  readOnly,
}: {
  call: HandsetCallView;
  handset: HandsetModel;
  readOnly: boolean;
}): JSX.Element {
  const [keys, setKeys] = useState(false);
  const [busy, setBusy] = useState(false);
  const act = (what: "answer" | "reject" | "hangup"): void => {
    setBusy(true);
    handset
      .act(call.id, what)
      .catch(toastError)
      .finally(() => setBusy(false));
  };
  const talking = call.ended === null && call.status === "in-progress";
  const rings = call.ended === null && !talking;
  const comingIn = rings && call.direction === "inbound";
  return (
    <div class={`call ${rings ? "call-rings" : ""}`} role="group" aria-label="Call">
      <div class="call-who">
        <span class="call-avatar">
          <Icon name="mask" size={34} />
        </span>
        <p class="call-number">
          <NumberText text={call.peer} />
        </p>
        <p class="call-state" role="status">
          {comingIn ? "Incoming call" : rings ? "Calling…" : talking ? <Timer call={call} /> : ended(call)}
        </p>
      </div>
      {keys && talking ? (
        <div class="call-keys">
          {/* Who is asked for keys must see what for. */}
          <Captions heard={call.heard} most={1} />
          <p class="call-digits mono">{call.digits || "\u00a0"}</p>
          <Keys press={(key) => void handset.press(call.id, key).catch(toastError)} />
        </div>
      ) : (
        <Captions heard={call.heard} most={5} />
      )}
      {!readOnly && call.ended === null && (
        <div class="call-buttons">
          {comingIn ? (
            <>
              <CallButton kind="stop" label={`Reject the call from ${grouped(call.peer)}`} text="Reject" busy={busy} press={() => act("reject")} />
              <CallButton kind="go" label={`Answer the call from ${grouped(call.peer)}`} text="Answer" busy={busy} press={() => act("answer")} />
            </>
          ) : (
            <>
              {talking && (
                <button type="button" class="call-button" aria-pressed={keys} onClick={() => setKeys(!keys)}>
                  <Icon name="keypad" size={24} />
                  <span class="call-word">Keypad</span>
                </button>
              )}
              <CallButton kind="stop" label="Hang up" text="Hang up" busy={busy} press={() => act("hangup")} />
            </>
          )}
        </div>
      )}
    </div>
  );
}

function CallButton({
  kind,
  label,
  text,
  busy,
  press,
}: {
  kind: "go" | "stop";
  label: string;
  text: string;
  busy: boolean;
  press: () => void;
}): JSX.Element {
  return (
    <button type="button" class={`call-button call-${kind}`} aria-label={label} disabled={busy} onClick={press}>
      <Icon name={kind === "go" ? "call" : "hangup"} size={26} />
      <span class="call-word">{text}</span>
    </button>
  );
}

function Timer({ call }: { call: HandsetCallView }): JSX.Element {
  const now = useNow(250).getTime();
  return <span class="call-timer number">{callLength((now - (call.answered ?? now)) / 1000)}</span>;
}

function ended(call: HandsetCallView): string {
  return call.answered === null ? outcome(call) : `Call ended, ${callLength(call.duration ?? 0)}`;
}

/** What sounded, as captions: nobody hears a simulated line. */
function Captions({ heard, most }: { heard: readonly HeardItem[]; most: number }): JSX.Element {
  return (
    <ul class="captions" aria-label="What is heard" aria-live="polite">
      {heard
        .filter((one) => one.what !== "pause")
        .slice(-most)
        .map((one, at) => (
          <li key={at} class={`caption caption-${one.what}`}>
            {words(one)}
          </li>
        ))}
    </ul>
  );
}

function words(one: HeardItem): JSX.Element {
  switch (one.what) {
    case "say":
      return <Foreign text={`“${one.text}”`} />;
    case "play":
      return (
        <>
          ♪ <Foreign text={one.text.split("/").at(-1) ?? one.text} />
        </>
      );
    case "digits":
      return <>The other side pressed {one.text}</>;
    case "record":
      return <>● Recording</>;
    default:
      return <Foreign text={one.text} />;
  }
}
