// A dialog: the browser's own, so that focus, Escape and the page behind are as they should be.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "./basics";

export function Dialog({
  title,
  close,
  children,
  foot,
  wide,
}: {
  title: string;
  close: () => void;
  children: ComponentChildren;
  foot?: ComponentChildren;
  wide?: boolean;
}): JSX.Element {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    const dialog = box.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class={`dialog ${wide ? "dialog-wide" : ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => event.target === box.current && close()}
    >
      <div class="dialog-box">
        <header class="dialog-head">
          <h2 id={id}>{title}</h2>
          <Button kind="ghost" bare icon="close" onClick={close}>
            Close
          </Button>
        </header>
        <div class="dialog-body">{children}</div>
        {foot && <footer class="dialog-foot">{foot}</footer>}
      </div>
    </dialog>
  );
}

/** Asks before something that is hard to take back. */
export function Confirm({
  title,
  children,
  yes,
  danger,
  busy,
  run,
  close,
}: {
  title: string;
  children: ComponentChildren;
  yes: string;
  danger?: boolean;
  busy?: boolean;
  run: () => void;
  close: () => void;
}): JSX.Element {
  return (
    <Dialog
      title={title}
      close={close}
      foot={
        <>
          <Button onClick={close}>Leave it</Button>
          <Button kind={danger ? "danger" : "primary"} busy={busy ?? false} onClick={run}>
            {yes}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
