// What opens on the page itself, in place of the button that was pressed.

import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

const FIELD = "input:checked, input:not([type=radio]), select, textarea, button";

/** Whoever has only a keyboard goes on in it, and where it stood when it is gone: the pressed button
 * would take the focus away with it. */
export function Opened({ class: name, children }: { class?: string; children: ComponentChildren }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const home = box.current?.parentElement;
    box.current?.querySelector<HTMLElement>(FIELD)?.focus();
    return () => {
      // By then the button is there again.
      setTimeout(() => {
        if (document.activeElement === document.body) home?.querySelector<HTMLElement>("button")?.focus();
      });
    };
  }, []);
  return (
    <div ref={box} class={name}>
      {children}
    </div>
  );
}
