// Whether what is on the screen is what is.

import type { JSX } from "preact";
import type { StreamState } from "../api/events";

const WORDS: Record<StreamState, string> = {
  connecting: "Connecting",
  live: "Live",
  waiting: "Reconnecting",
  refused: "Not live",
  closed: "Not live",
};

export function Live({ state }: { state: StreamState }): JSX.Element {
  return (
    <span class={`live live-${state}`} role="status">
      <span class="live-dot" aria-hidden="true" />
      {WORDS[state]}
    </span>
  );
}
