// The phone's list of calls.

import type { JSX } from "preact";
import type { HandsetCallView } from "../../api/types";
import { callLength, grouped, Icon, NumberText, phoneTime, toastError } from "../../ui";

export function Recents({
  calls,
  dial,
  readOnly,
}: {
  calls: readonly HandsetCallView[];
  dial: (to: string) => Promise<void>;
  readOnly: boolean;
}): JSX.Element {
  const ended = calls.filter((call) => call.ended !== null).reverse();
  return (
    <>
      <p class="phone-title">Recents</p>
      {ended.length === 0 && <p class="thread-empty">No calls yet.</p>}
      <ul class="phone-list" tabIndex={0} aria-label="Calls">
        {ended.map((call) => (
          <li key={call.id} class="recent">
            <span class={`recent-way ${call.answered === null && call.direction === "inbound" ? "recent-missed" : ""}`} aria-hidden="true">
              {call.direction === "outbound" ? "↗" : "↙"}
            </span>
            <span class="phone-line">
              <NumberText text={call.peer} proxy />
              <span class="phone-last">{outcome(call)}</span>
            </span>
            <span class="tiny">{phoneTime(new Date(call.started))}</span>
            {!readOnly && (
              <button type="button" class="phone-round" onClick={() => void dial(call.peer).catch(toastError)}>
                <Icon name="call" size={16} />
                <span class="unseen">Call {grouped(call.peer)} again</span>
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

/** How a call went, in its owner's words. */
export function outcome(call: HandsetCallView): string {
  const out = call.direction === "outbound";
  if (call.answered !== null) return `${out ? "Outgoing" : "Incoming"}, ${callLength(call.duration ?? 0)}`;
  switch (call.status) {
    case "busy":
      return out ? "Busy" : "Declined";
    case "no-answer":
      return out ? "No answer" : "Missed";
    case "canceled":
      return out ? "Given up" : "Missed";
    default:
      return out ? "Did not connect" : "Missed";
  }
}
