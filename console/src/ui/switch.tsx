// Something that is on or off at once, with what it means beside it.

import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

export function Switch({
  label,
  children,
  on,
  busy,
  disabled,
  turn,
  mono,
}: {
  label: string;
  /** What it means. */
  children: ComponentChildren;
  on: boolean;
  busy?: boolean;
  /** For whoever may only look. */
  disabled?: boolean;
  turn: (on: boolean) => void;
  mono?: boolean;
}): JSX.Element {
  const id = useId();
  return (
    <>
      <button
        type="button"
        role="switch"
        class="switch"
        aria-checked={on}
        aria-labelledby={id}
        aria-describedby={`${id}-says`}
        disabled={busy || disabled}
        onClick={() => turn(!on)}
      >
        <span class="switch-knob" />
      </button>
      <div>
        <p class={`strong ${mono ? "mono" : ""}`} id={id}>
          {label}
        </p>
        <p class="small quiet" id={`${id}-says`}>
          {children}
        </p>
      </div>
    </>
  );
}
