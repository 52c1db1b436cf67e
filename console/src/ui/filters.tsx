// A row of filters over a list. Each lives in the page's address, so that a view can be sent on.

import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import { Button } from "./basics";

export function Filters({
  children,
  clear,
}: {
  children: ComponentChildren;
  /** Given when something is filtered out. */
  clear?: (() => void) | undefined;
}): JSX.Element {
  return (
    <div class="filters" role="group" aria-label="Filters">
      {children}
      {clear && (
        <Button small kind="ghost" icon="close" onClick={clear}>
          Clear
        </Button>
      )}
    </div>
  );
}

export function Choice({
  label,
  value,
  options,
  change,
}: {
  label: string;
  value: string;
  options: readonly (readonly [value: string, label: string])[];
  change: (value: string) => void;
}): JSX.Element {
  const id = useId();
  return (
    <div class="filter">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => change(event.currentTarget.value)}>
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Text that takes effect on Enter or when the field is left. */
export function TextFilter({
  label,
  value,
  placeholder,
  change,
}: {
  label: string;
  value: string;
  placeholder?: string;
  change: (value: string) => void;
}): JSX.Element {
  const id = useId();
  return (
    <div class="filter">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="search"
        defaultValue={value}
        placeholder={placeholder}
        onChange={(event) => change(event.currentTarget.value.trim())}
      />
    </div>
  );
}
