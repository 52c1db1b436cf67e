// One message or call as support reads it: who, which rule, each leg and what its carrier said, the
// programs that were asked and told, and what was amiss.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type {
  AlertEntry,
  CallEntry,
  MessageEntry,
  Number as Shown,
  SessionEntry,
  WebhookEntry,
} from "../api/types";
import type { Group } from "../model/timeline";
import {
  Badge,
  callLength,
  Foreign,
  Icon,
  type IconName,
  Masked,
  NumberText,
  plural,
  Sid,
  span,
  Status,
  Time,
} from "../ui";
import { WebhookDialog } from "./webhook";

/** The people of a session: what they are called, and the number that each dials. */
export type People = readonly {
  sid: string;
  name: string;
  proxy: string;
  colour: "plum" | "amber";
}[];

export function GroupCard({
  group,
  people,
  compact,
  replayed,
}: {
  group: Group;
  people: People;
  /** For the live view: the legs in short. */
  compact?: boolean;
  /** Called when a webhook was sent again. */
  replayed?: () => void;
}): JSX.Element {
  const [open, setOpen] = useState<string | null>(null);
  if (group.session) return <SessionLine entry={group.session} />;
  const { interaction, messages, calls, webhooks, alerts } = group;
  const stray = interaction === null && (messages.length > 0 || calls.length > 0);
  const voice = interaction ? interaction.kind === "voice" : calls.length > 0;
  // Where both people are known by name, their names tell more than masked numbers.
  const end = (number: Shown, inbound: boolean): JSX.Element => {
    const sid = inbound ? interaction?.sender_sid : interaction?.recipient_sid;
    const person = compact && number.kind === "person" ? people.find((one) => one.sid === sid) : undefined;
    return person ? <bdi class={`strong ink-${person.colour}`}>{person.name}</bdi> : <Masked of={number} />;
  };
  return (
    <article class={`card ${stray ? "card-stray" : ""} ${compact ? "card-compact" : ""}`}>
      <header class="card-head">
        <span class="card-icon">
          <Icon name={cardIcon(group, voice)} size={16} />
        </span>
        <h3>
          <Title group={group} people={people} stray={stray} voice={voice} />
        </h3>
        <span class="push quiet small nowrap">
          <Time at={group.at} />
        </span>
      </header>
      {interaction?.body && <Foreign text={interaction.body} class="card-body" />}
      {interaction !== null && interaction.body === null && interaction.kind === "message" && !compact && (
        <p class="quiet small">Your role may not read what was written.</p>
      )}
      <Rule group={group} people={people} stray={stray} voice={voice} />
      {(messages.length > 0 || calls.length > 0) && (
        <ul class="legs">
          {messages.map((leg) => (
            <MessageLeg key={leg.sid} leg={leg} end={end} compact={compact ?? false} />
          ))}
          {calls.map((leg) => (
            <CallLeg key={leg.sid} leg={leg} end={end} compact={compact ?? false} />
          ))}
        </ul>
      )}
      {webhooks.length > 0 &&
        (compact ? (
          <HooksInShort hooks={webhooks} open={setOpen} />
        ) : (
          <ul class="hooks">
            {webhooks.map((one) => (
              <Hook key={one.sid} hook={one} open={() => setOpen(one.sid)} />
            ))}
          </ul>
        ))}
      <Alerts alerts={alerts} />
      {open && <WebhookDialog sid={open} close={() => setOpen(null)} replayed={replayed} />}
    </article>
  );
}

function cardIcon(group: Group, voice: boolean): IconName {
  if (group.interaction || group.messages.length || group.calls.length) return voice ? "call" : "message";
  return group.webhooks.length ? "webhook" : "alert";
}

function Title({
  group,
  people,
  stray,
  voice,
}: {
  group: Group;
  people: People;
  stray: boolean;
  voice: boolean;
}): JSX.Element {
  const { interaction } = group;
  if (interaction)
    return (
      <>
        <Name people={people} sid={interaction.sender_sid} name={interaction.sender_name} none="The application" />
        <Icon name="arrow" size={14} />
        <span class="unseen">to</span>
        <Name people={people} sid={interaction.recipient_sid} name={interaction.recipient_name} none="nobody" />
        {voice && Boolean(interaction.duration) && (
          <span class="quiet small number">{callLength(interaction.duration ?? 0)}</span>
        )}
      </>
    );
  if (stray) return <span class="ink-rose">{voice ? "A stranger calls" : "A stranger writes"}</span>;
  return <>{group.webhooks.length ? "A program was called" : "The debugger was told"}</>;
}

function Name({
  people,
  sid,
  name,
  none,
}: {
  people: People;
  sid: string | null;
  name: string | null;
  none: string;
}): JSX.Element {
  const person = people.find((one) => one.sid === sid);
  if (sid === null && name === null) return <span class="quiet">{none}</span>;
  return <bdi class={person ? `ink-${person.colour}` : ""}>{person?.name ?? name ?? "Someone"}</bdi>;
}

/** The rule that was followed, in one line. */
function Rule({
  group,
  people,
  stray,
  voice,
}: {
  group: Group;
  people: People;
  stray: boolean;
  voice: boolean;
}): JSX.Element | null {
  const { interaction } = group;
  if (stray) {
    const leg = group.messages[0]?.recipient ?? group.calls[0]?.called;
    return (
      <p class="rule">
        The sender is in no open session with {leg ? <NumberText text={leg.text} proxy /> : "this number"}: passed on
        to nobody.
      </p>
    );
  }
  if (!interaction) return null;
  const sender = people.find((one) => one.sid === interaction.sender_sid);
  const recipient = people.find((one) => one.sid === interaction.recipient_sid);
  if (!recipient) return null;
  if (!sender)
    return (
      <p class="rule">
        Sent by the application; <bdi>{recipient.name}</bdi> sees <NumberText text={recipient.proxy} proxy />.
      </p>
    );
  return (
    <p class="rule">
      <NumberText text={sender.proxy} proxy /> is <bdi>{recipient.name}</bdi> for <bdi>{sender.name}</bdi>:{" "}
      {voice ? "rings" : "goes on"} from <NumberText text={recipient.proxy} proxy />.
    </p>
  );
}

function Leg({
  way,
  status,
  children,
  more,
}: {
  way: "in" | "out";
  status: string;
  children: ComponentChildren;
  more?: ComponentChildren;
}): JSX.Element {
  return (
    <li class="leg">
      <span class="leg-way">{way}</span>
      <span class="leg-numbers">{children}</span>
      <Status of={status} />
      {more && <span class="leg-more">{more}</span>}
    </li>
  );
}

/** How an end of a leg is shown. */
type End = (number: Shown, inbound: boolean) => JSX.Element;

/** Changes soon after the first word are not worth a time of their own. */
const SOON = 2000;

function MessageLeg({ leg, end, compact }: { leg: MessageEntry; end: End; compact: boolean }): JSX.Element {
  const inbound = leg.direction.startsWith("inbound");
  return (
    <Leg
      way={inbound ? "in" : "out"}
      status={leg.status}
      more={
        <>
          {!compact && (
            <>
              <Sid of={leg.sid} />
              <span>carrier {leg.carrier}</span>
              {leg.provider_id && (
                <span>
                  its id <Foreign text={leg.provider_id} class="mono" />
                </span>
              )}
              <span>{plural(leg.segments, "segment")}</span>
              {leg.updated_at - leg.at > SOON && (
                <span>
                  last changed <Time at={leg.updated_at} />
                </span>
              )}
            </>
          )}
          {leg.media.length > 0 && !(compact && !inbound && leg.interaction_sid) && (
            <span class="leg-media">
              {leg.media.map((medium) =>
                medium.src ? (
                  <img key={medium.url} src={medium.src} alt={`Picture, ${medium.content_type}`} loading="lazy" />
                ) : (
                  <span key={medium.url} class="bubble-file">
                    <Icon name="clip" size={14} />
                    <Foreign text={medium.content_type || "file"} />
                  </span>
                ),
              )}
            </span>
          )}
          {leg.error_code !== null && (
            <span class="ink-bad">
              {leg.error_code} {leg.error_text}
            </span>
          )}
        </>
      }
    >
      {end(leg.sender, inbound)}
      <Icon name="arrow" size={13} />
      {end(leg.recipient, inbound)}
    </Leg>
  );
}

function CallLeg({ leg, end, compact }: { leg: CallEntry; end: End; compact: boolean }): JSX.Element {
  const inbound = leg.direction.startsWith("inbound");
  return (
    <Leg
      way={inbound ? "in" : "out"}
      status={leg.status}
      more={
        !compact && (
          <>
            <Sid of={leg.sid} />
            <span>carrier {leg.carrier}</span>
            {leg.provider_id && (
              <span>
                its id <Foreign text={leg.provider_id} class="mono" />
              </span>
            )}
            {Boolean(leg.duration) && <span>{callLength(leg.duration ?? 0)} long</span>}
            {leg.updated_at - leg.at > SOON && (
              <span>
                last changed <Time at={leg.updated_at} />
              </span>
            )}
          </>
        )
      }
    >
      {end(leg.caller, inbound)}
      <Icon name="arrow" size={13} />
      {end(leg.called, inbound)}
    </Leg>
  );
}

const HOOKS: Record<string, string> = {
  callback: "Status callback",
  intercept: "Intercept",
  "out-of-session": "Out of session",
  inbound: "Inbound",
  status: "Status",
  debugger: "Debugger webhook",
  document: "Document",
};

export function hookName(kind: string): string {
  return HOOKS[kind] ?? kind;
}

export function HookState({ hook }: { hook: WebhookEntry }): JSX.Element {
  const tone = hook.state === "delivered" ? "good" : hook.state === "dead" ? "bad" : "warn";
  return <Badge tone={tone}>{hook.status ?? "no answer"}</Badge>;
}

function Hook({ hook, open }: { hook: WebhookEntry; open: () => void }): JSX.Element {
  return (
    <li>
      <button type="button" class={`hook ${hook.state === "dead" ? "hook-bad" : ""}`} onClick={open}>
        <Icon name="webhook" size={14} />
        <span>{hookName(hook.kind)}</span>
        {hook.attempt > 1 && <span class="quiet">attempt {hook.attempt}</span>}
        <HookState hook={hook} />
        <span class="quiet">{span(hook.latency_ms)}</span>
        {hook.error && <Foreign text={hook.error} class="ink-bad" />}
        {hook.state === "dead" && <span class="ink-bad">given up</span>}
        <span class="push quiet">
          <Time at={hook.at} />
        </span>
        <span class="unseen">Show the request and the answer</span>
      </button>
    </li>
  );
}

/** One line for each kind, with the answers behind it. */
function HooksInShort({
  hooks,
  open,
}: {
  hooks: readonly WebhookEntry[];
  open: (sid: string) => void;
}): JSX.Element {
  const kinds = [...new Set(hooks.map((one) => one.kind))];
  return (
    <>
      {kinds.map((kind) => (
        <p key={kind} class="hooks-short">
          <Icon name="webhook" size={14} />
          {hookName(kind)}
          {hooks
            .filter((one) => one.kind === kind)
            .map((one) => (
              <button
                key={one.sid}
                type="button"
                title={`Attempt ${one.attempt}, after ${span(one.latency_ms)}. Press for the request and the answer.`}
                onClick={() => open(one.sid)}
              >
                <HookState hook={one} />
              </button>
            ))}
        </p>
      ))}
    </>
  );
}

/** What the debugger was told; the same thing several times is one line. */
function Alerts({ alerts }: { alerts: readonly AlertEntry[] }): JSX.Element {
  const words = (one: AlertEntry): string => `${one.code} ${one.text}`;
  const first = alerts.filter((one, at) => alerts.findIndex((other) => words(other) === words(one)) === at);
  return (
    <>
      {first.map((alert) => {
        const times = alerts.filter((one) => words(one) === words(alert)).length;
        const tone = alert.level === "error" ? "bad" : alert.level === "warning" ? "warn" : "plain";
        return (
          <p key={alert.sid} class={`alert alert-${tone}`}>
            <Icon name="alert" size={14} />
            <span>
              <b class="number">{alert.code}</b> <Foreign text={alert.text} />
            </span>
            {times > 1 && <span class="push nowrap">{times} times</span>}
          </p>
        );
      })}
    </>
  );
}

const EVENTS: Record<string, string> = {
  created: "The session was created",
  started: "The first message or call passed",
  reopened: "The session was opened again",
  closed: "The session was closed",
  "participant-added": "A participant was added",
  "participant-removed": "A participant was removed",
};

function SessionLine({ entry }: { entry: SessionEntry }): JSX.Element {
  return (
    <p class="session-line">
      <span class="session-dot" aria-hidden="true" />
      <span>
        {EVENTS[entry.what] ?? entry.what}
        {entry.detail && (
          <>
            : <Foreign text={entry.detail} />
          </>
        )}
      </span>
      <span class="push quiet small nowrap">
        <Time at={entry.at} />
      </span>
    </p>
  );
}
