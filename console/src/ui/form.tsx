// A form that does one thing: its fields, what went wrong, and the two ways out.

import type { ComponentChildren, JSX } from "preact";
import { Button } from "./basics";
import { ErrorNote } from "./errors";
import type { IconName } from "./icon";

export function Form({
  action,
  yes,
  icon,
  disabled,
  close,
  no = "Cancel",
  part,
  unchecked,
  children,
}: {
  /** What sending it does, as `useAction` gives it. */
  action: { run: () => Promise<boolean>; busy: boolean; error: unknown };
  yes: ComponentChildren;
  icon?: IconName;
  disabled?: boolean;
  /** Leaves without it, by a button named `no`; a form that stands on a page has none. */
  close?: () => void;
  no?: string;
  /** It is one part of something larger. */
  part?: boolean;
  /** The server checks it, and what it says stands beside the fields: the browser says nothing. */
  unchecked?: boolean;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <form
      class={part ? "stack part" : "stack"}
      noValidate={unchecked}
      onSubmit={(event) => {
        event.preventDefault();
        void action.run();
      }}
    >
      {children}
      {action.error ? <ErrorNote error={action.error} /> : null}
      <div class="row end">
        {close && <Button onClick={close}>{no}</Button>}
        <Button kind="primary" type="submit" icon={icon} busy={action.busy} disabled={disabled}>
          {yes}
        </Button>
      </div>
    </form>
  );
}
