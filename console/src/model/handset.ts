// One simulated handset: what it shows, and what its owner can do with it.

import { useCallback, useReducer } from "preact/hooks";
import { ask } from "../api/client";
import type { Event, HandsetCallView, HandsetMessageView } from "../api/types";

export interface HandsetState {
  messages: HandsetMessageView[];
  calls: HandsetCallView[];
  /** Null until the lists were read. */
  error: unknown;
  ready: boolean;
}

type Change =
  | { do: "lists"; messages: HandsetMessageView[]; calls: HandsetCallView[] }
  | { do: "message"; message: HandsetMessageView }
  | { do: "call"; call: HandsetCallView }
  | { do: "heard"; id: string; heard: HandsetCallView["heard"][number] }
  | { do: "failed"; error: unknown };

const EMPTY: HandsetState = { messages: [], calls: [], error: null, ready: false };
const PAGE = 1000;

function put<T extends { id: string }>(list: readonly T[], one: T): T[] {
  const at = list.findIndex((known) => known.id === one.id);
  return at < 0 ? [...list, one] : list.map((known, i) => (i === at ? one : known));
}

/** A list that was read, and what an event told of while it was under way. */
function join<T extends { id: string }>(read: readonly T[], known: readonly T[], at: (one: T) => number): T[] {
  const ids = new Set(read.map((one) => one.id));
  const last = Math.max(0, ...read.slice(-1).map(at));
  return [...read, ...known.filter((one) => at(one) >= last && !ids.has(one.id))];
}

/** The call, or what is known of its end: the answer to a request may come after the event that
 * followed it. */
function over(known: readonly HandsetCallView[], call: HandsetCallView): HandsetCallView {
  const one = known.find(({ id }) => id === call.id);
  return one && one.ended !== null && call.ended === null ? one : call;
}

export function step(state: HandsetState, change: Change): HandsetState {
  switch (change.do) {
    case "lists":
      return {
        messages: join(change.messages, state.messages, (one) => one.at),
        calls: join(change.calls, state.calls, (one) => one.started).map((call) => over(state.calls, call)),
        error: null,
        ready: true,
      };
    case "message":
      return { ...state, messages: put(state.messages, change.message) };
    case "call":
      return { ...state, calls: put(state.calls, over(state.calls, change.call)) };
    case "heard":
      return {
        ...state,
        calls: state.calls.map((call) =>
          call.id === change.id ? { ...call, heard: [...call.heard, change.heard] } : call,
        ),
      };
    case "failed":
      return { ...state, error: change.error };
  }
}

export interface HandsetModel extends HandsetState {
  number: string;
  /** Reads its lists, for the first time too. */
  refresh: () => void;
  /** Takes what happened; what is another handset's passes by. */
  take: (event: Event) => void;
  text: (to: string, body: string, pictures: readonly Blob[]) => Promise<void>;
  dial: (to: string) => Promise<void>;
  act: (call: string, what: "answer" | "reject" | "hangup") => Promise<void>;
  press: (call: string, digits: string) => Promise<void>;
}

/** A handset whose lists are not read yet. */
export function useHandset(number: string): HandsetModel {
  const [state, change] = useReducer(step, EMPTY);
  const refresh = useCallback(() => {
    Promise.all([messagesOf(number), ask("GET /handsets/{number}/calls", { path: { number } })]).then(
      ([messages, { calls }]) => change({ do: "lists", messages, calls }),
      (error: unknown) => change({ do: "failed", error }),
    );
  }, [number]);
  const take = (event: Event): void => {
    if (!("number" in event) || event.number !== number) return;
    if (event.type === "handset-message") change({ do: "message", message: event.message });
    else if (event.type === "handset-call") change({ do: "call", call: event.call });
    else change({ do: "heard", id: event.call_id, heard: event.heard });
  };
  const path = { number };
  return {
    ...state,
    number,
    refresh,
    take,
    text: async (to, body, pictures) => {
      const media = await Promise.all(
        pictures.map(async (picture) => (await ask("POST /handsets/{number}/pictures", { path, body: picture })).url),
      );
      const message = await ask("POST /handsets/{number}/messages", { path, body: { to, body, media } });
      change({ do: "message", message });
    },
    dial: async (to) => {
      change({ do: "call", call: await ask("POST /handsets/{number}/calls", { path, body: { to } }) });
    },
    act: async (call, what) => {
      const endpoint = `POST /handsets/{number}/calls/{call}/${what}` as const;
      const body = what === "reject" ? {} : null;
      change({ do: "call", call: await ask(endpoint, { path: { number, call }, body }) });
    },
    press: async (call, digits) => {
      const body = { digits };
      change({
        do: "call",
        call: await ask("POST /handsets/{number}/calls/{call}/digits", { path: { number, call }, body }),
      });
    },
  };
}

async function messagesOf(number: string): Promise<HandsetMessageView[]> {
  const all: HandsetMessageView[] = [];
  for (;;) {
    const query = { after: all.at(-1)?.id, limit: PAGE };
    const page = await ask("GET /handsets/{number}/messages", { path: { number }, query });
    all.push(...page.messages);
    if (page.messages.length < PAGE) return all;
  }
}
