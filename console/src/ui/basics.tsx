// The small parts: buttons, badges, panels, fields, and what stands where there is nothing yet.

import type { ComponentChildren, HTMLAttributes, JSX } from "preact";
import { useId } from "preact/hooks";
import { Link } from "../router";
import { Icon, type IconName } from "./icon";

export type Tone = "plain" | "good" | "warn" | "bad" | "accent" | "plum" | "amber" | "rose";

type ButtonProps = Omit<HTMLAttributes<HTMLButtonElement>, "icon" | "size" | "role"> & {
  kind?: "plain" | "primary" | "danger" | "ghost";
  icon?: IconName;
  /** Only the icon is seen; the children are what a screen reader says. */
  bare?: boolean;
  busy?: boolean;
  disabled?: boolean;
  type?: "button" | "submit";
  small?: boolean;
  class?: string;
  children?: ComponentChildren;
};

export function Button({
  kind = "plain",
  icon,
  bare,
  busy,
  disabled,
  small,
  type = "button",
  class: more = "",
  children,
  ...rest
}: ButtonProps): JSX.Element {
  const classes = ["button", `button-${kind}`, bare && "button-bare", small && "button-small", more];
  return (
    <button
      {...rest}
      type={type}
      class={classes.filter(Boolean).join(" ")}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    >
      {icon && <Icon name={icon} size={small ? 16 : 18} />}
      {bare ? <span class="unseen">{children}</span> : children}
    </button>
  );
}

export function Badge({ tone = "plain", children }: { tone?: Tone; children: ComponentChildren }): JSX.Element {
  return <span class={`badge badge-${tone}`}>{children}</span>;
}

const TONES: Record<string, Tone> = {
  delivered: "good",
  completed: "good",
  received: "good",
  sent: "good",
  answered: "good",
  open: "good",
  active: "good",
  "in-progress": "accent",
  scheduled: "accent",
  queued: "plain",
  accepted: "plain",
  initiated: "plain",
  ringing: "accent",
  sending: "plain",
  retrying: "warn",
  busy: "warn",
  "no-answer": "warn",
  canceled: "warn",
  closed: "plain",
  suspended: "warn",
  failed: "bad",
  undelivered: "bad",
  dead: "bad",
};

/** The word of a status, in the colour of how it went. */
export function Status({ of }: { of: string }): JSX.Element {
  return <Badge tone={TONES[of] ?? "plain"}>{of}</Badge>;
}

type PanelProps = {
  title?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
  /** Lets a table or a list reach the edges. */
  flush?: boolean;
};

export function Panel({ title, actions, children, class: more = "", flush }: PanelProps): JSX.Element {
  const id = useId();
  return (
    <section class={`panel ${more}`} aria-labelledby={title ? id : undefined}>
      {(title || actions) && (
        <header class="panel-head">
          {title && <h2 id={id}>{title}</h2>}
          {actions && <div class="row push">{actions}</div>}
        </header>
      )}
      <div class={flush ? "panel-flush" : "panel-body"}>{children}</div>
    </section>
  );
}

/** A page's heading, what it is for in one line, and what can be done on it. */
export function PageHead({
  title,
  lead,
  actions,
  back,
}: {
  title: ComponentChildren;
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  back?: { to: string; label: string };
}): JSX.Element {
  return (
    <header class="page-head">
      <div class="page-words">
        {back && (
          <Link to={back.to} class="back">
            <Icon name="left" size={14} />
            {back.label}
          </Link>
        )}
        <h1 tabIndex={-1}>{title}</h1>
        {lead && <p class="lead">{lead}</p>}
      </div>
      {actions && <div class="row">{actions}</div>}
    </header>
  );
}

/** Nothing is here: says why, and what to do next. */
export function EmptyState({
  icon = "info",
  title,
  children,
  action,
}: {
  icon?: IconName;
  title: string;
  children?: ComponentChildren;
  action?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={24} />
      </span>
      <p class="strong">{title}</p>
      {children && <div class="quiet empty-words">{children}</div>}
      {action}
    </div>
  );
}

export function Loading({ what = "Loading" }: { what?: string }): JSX.Element {
  return (
    <div class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      {what}…
    </div>
  );
}

type FieldProps = {
  label: string;
  hint?: ComponentChildren;
  error?: ComponentChildren;
  /** Said where most of a form's fields may stay empty. */
  needed?: boolean;
  children: (ids: { id: string; "aria-describedby"?: string; "aria-invalid"?: "true" }) => ComponentChildren;
};

/** A label over its control; the hint or the error under it is read out with it. */
export function Field({ label, hint, error, needed, children }: FieldProps): JSX.Element {
  const id = useId();
  const said = error ?? hint;
  const ids: { id: string; "aria-describedby"?: string; "aria-invalid"?: "true" } = { id };
  if (said) ids["aria-describedby"] = `${id}-said`;
  if (error) ids["aria-invalid"] = "true";
  return (
    <div class="field">
      <label for={id}>
        {label}
        {needed && <Needed />}
      </label>
      {children(ids)}
      {said && (
        <p id={`${id}-said`} class={error ? "field-error" : "field-hint"}>
          {said}
        </p>
      )}
    </div>
  );
}

export function Needed(): JSX.Element {
  return <span class="needed"> needed</span>;
}

/** Names and values, side by side where there is room. */
export function Facts({ of }: { of: readonly (readonly [string, ComponentChildren])[] }): JSX.Element {
  return (
    <dl class="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? <span class="quiet">none</span>}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Text that came from a phone or a program: kept apart so that right-to-left marks turn nothing
 * else around, its line breaks kept, its longest word broken. */
export function Foreign({ text, class: more = "" }: { text: string; class?: string }): JSX.Element {
  return (
    <bdi class={`foreign ${more}`} dir="auto">
      {text}
    </bdi>
  );
}

/** Somebody's initial in their colour: decoration beside their name. */
export function Avatar({ name, colour }: { name: string; colour: "plum" | "amber" | "rose" }): JSX.Element {
  // A name may begin with anything; only a letter or a digit stands for somebody.
  const initial = /[\p{L}\p{N}]/u.exec(name.replace(/^a /i, ""))?.[0] ?? "?";
  return (
    <span class={`person person-${colour}`} aria-hidden="true">
      {initial.toUpperCase()}
    </span>
  );
}

/** Views of one thing, with the arrow keys between them. */
export function Tabs<Id extends string>({
  label,
  tabs,
  now,
  choose,
}: {
  label: string;
  tabs: readonly { id: Id; label: ComponentChildren }[];
  now: Id;
  choose: (id: Id) => void;
}): JSX.Element {
  const move = (event: KeyboardEvent, at: number): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (!next) return;
    choose(next.id);
    const list = (event.currentTarget as HTMLElement).parentElement;
    (list?.children[tabs.indexOf(next)] as HTMLElement | undefined)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label}>
      {tabs.map((tab, at) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          aria-selected={tab.id === now}
          tabIndex={tab.id === now ? 0 : -1}
          onClick={() => choose(tab.id)}
          onKeyDown={(event) => move(event, at)}
        >
          {tab.label}
        </button>
      ))}
    </div>
  );
}
