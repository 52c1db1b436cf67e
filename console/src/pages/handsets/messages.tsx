// The phone's messages: the numbers that it wrote with, and one conversation.

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { HandsetMedium, HandsetMessageView } from "../../api/types";
import type { HandsetModel } from "../../model/handset";
import { exact, Foreign, grouped, Icon, NumberText, phoneTime, toastError } from "../../ui";
import { Composer } from "./composer";
import type { Owner } from "./phone";

export function Messages({
  handset,
  contacts,
  hint,
  owner,
  dial,
  readOnly,
}: {
  handset: HandsetModel;
  contacts: readonly string[];
  hint: string;
  owner: Owner;
  dial: (to: string) => Promise<void>;
  readOnly: boolean;
}): JSX.Element {
  const [peer, setPeer] = useState<string | null>(contacts[0] ?? null);
  const numbers = [
    ...new Set([...contacts, ...handset.messages.map((one) => one.peer)]),
  ];
  if (peer === null || !numbers.includes(peer))
    return <Threads numbers={numbers} messages={handset.messages} open={setPeer} />;
  return (
    <>
      <header class="phone-head">
        {numbers.length > 1 && (
          <button type="button" class="phone-round" onClick={() => setPeer(null)}>
            <Icon name="left" size={18} />
            <span class="unseen">All conversations</span>
          </button>
        )}
        <span class="phone-avatar">
          <Icon name="mask" size={18} />
        </span>
        <span class="phone-peer">
          <NumberText text={peer} proxy />
        </span>
        {!readOnly && (
          <button type="button" class="phone-round" onClick={() => void dial(peer).catch(toastError)}>
            <Icon name="call" size={18} />
            <span class="unseen">Call {grouped(peer)}</span>
          </button>
        )}
      </header>
      <Thread messages={handset.messages.filter((one) => one.peer === peer)} hint={hint} />
      {!readOnly && <Composer key={peer} to={peer} owner={owner} send={handset.text} />}
    </>
  );
}

function Threads({
  numbers,
  messages,
  open,
}: {
  numbers: readonly string[];
  messages: readonly HandsetMessageView[];
  open: (peer: string) => void;
}): JSX.Element {
  return (
    <>
      <p class="phone-title">Messages</p>
      <ul class="phone-list">
        {numbers.map((number) => {
          const last = messages.findLast((one) => one.peer === number);
          return (
            <li key={number}>
              <button type="button" onClick={() => open(number)}>
                <span class="phone-avatar">
                  <Icon name="mask" size={18} />
                </span>
                <span class="phone-line">
                  <NumberText text={number} proxy />
                  <span class="phone-last">{last ? last.body || "Picture" : "No messages yet"}</span>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** Two messages further apart have the time between them. */
const PAUSE = 5 * 60_000;

function Thread({ messages, hint }: { messages: readonly HandsetMessageView[]; hint: string }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  // Whoever has scrolled up to read is not pulled down by a picture that has loaded.
  const atEnd = useRef(true);
  const last = messages.at(-1)?.id;
  const toEnd = (): void => {
    const list = box.current;
    if (list) list.scrollTop = list.scrollHeight;
  };
  useLayoutEffect(toEnd, [last]);
  return (
    <div
      class="thread"
      ref={box}
      role="log"
      aria-label="Conversation"
      tabIndex={0}
      onScroll={({ currentTarget: list }) => {
        atEnd.current = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
      }}
      onLoadCapture={() => atEnd.current && toEnd()}
    >
      {messages.length === 0 && <p class="thread-empty">{hint}</p>}
      {messages.map((message, at) => {
        const before = messages[at - 1];
        return (
          <div key={message.id} class="thread-item">
            {(!before || message.at - before.at > PAUSE) && (
              <p class="thread-time">{phoneTime(new Date(message.at))}</p>
            )}
            <Bubble message={message} />
          </div>
        );
      })}
    </div>
  );
}

function Bubble({ message }: { message: HandsetMessageView }): JSX.Element {
  const mine = message.direction === "outbound";
  return (
    <div class={`bubble ${mine ? "bubble-mine" : "bubble-theirs"}`} title={exact(new Date(message.at))}>
      <span class="unseen">{mine ? "Sent: " : "Received: "}</span>
      {message.media.map((medium) => (
        <Medium key={medium.url} medium={medium} />
      ))}
      {message.body && <Foreign text={message.body} />}
    </div>
  );
}

/** A picture is only ever an image: what is inside an SVG file can't run there. */
function Medium({ medium }: { medium: HandsetMedium }): JSX.Element {
  const [broken, setBroken] = useState(false);
  if (medium.src !== null && !broken)
    return <img class="bubble-picture" src={medium.src} alt="Picture" onError={() => setBroken(true)} />;
  const name = /^https?:/.test(medium.url) ? (medium.url.split("/").at(-1) ?? "") : medium.url;
  return (
    <span class="bubble-file">
      <Icon name="clip" size={16} />
      <Foreign text={name.slice(0, 80)} />
    </span>
  );
}
