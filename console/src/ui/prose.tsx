// The dictionary's advice: plain sentences in which names of settings and parameters stand between
// backquotes.

import type { JSX } from "preact";

export function Prose({ text }: { text: string }): JSX.Element {
  return (
    <>
      {text.split("`").map((part, at) =>
        at % 2 ? (
          <code key={at} class="mono">
            {part}
          </code>
        ) : (
          part
        ),
      )}
    </>
  );
}
