// A session's timeline as support reads it: everything that belongs to one message or call together.

import type {
  AlertEntry,
  CallEntry,
  Entry,
  InteractionEntry,
  MessageEntry,
  SessionEntry,
  WebhookEntry,
} from "../api/types";

/** One message or call with its legs, the programs that were asked and told, and what was amiss; or
 * something that happened to the session itself; or what came in and led nowhere. */
export interface Group {
  key: string;
  at: number;
  interaction: InteractionEntry | null;
  messages: MessageEntry[];
  calls: CallEntry[];
  webhooks: WebhookEntry[];
  alerts: AlertEntry[];
  session: SessionEntry | null;
}

/** What two entries about the same thing share. */
export function keyOf(entry: Entry): string {
  if (entry.type === "interaction") return entry.interaction_sid;
  if (entry.type === "session") return `${entry.sid} ${entry.what} ${entry.at}`;
  return entry.sid;
}

/** The entries with `fresh` among them, in place of what was known of the same things. */
export function merge(entries: readonly Entry[], fresh: readonly Entry[]): Entry[] {
  const all = new Map(entries.map((entry) => [keyOf(entry), entry]));
  for (const entry of fresh) {
    const known = all.get(keyOf(entry));
    // A page that was fetched while something happened may be older than what an event told.
    if (known && stamp(known) > stamp(entry)) continue;
    all.set(keyOf(entry), entry);
  }
  return [...all.values()];
}

function stamp(entry: Entry): number {
  return "updated_at" in entry ? entry.updated_at : 0;
}

/** Groups, newest first; within one, each kind in the order in which it happened. */
export function group(entries: readonly Entry[]): Group[] {
  const groups = new Map<string, Group>();
  const of = (key: string, at: number): Group => {
    let one = groups.get(key);
    if (!one) {
      one = { key, at, interaction: null, messages: [], calls: [], webhooks: [], alerts: [], session: null };
      groups.set(key, one);
    }
    return one;
  };
  // What led nowhere has no interaction: what was said about it joins it by its own SID.
  const strays = new Set(
    entries.flatMap((entry) =>
      (entry.type === "message" || entry.type === "call") && entry.interaction_sid === null
        ? [entry.sid]
        : [],
    ),
  );
  for (const entry of [...entries].sort((a, b) => a.at - b.at)) {
    if (entry.type === "session") {
      of(keyOf(entry), entry.at).session = entry;
      continue;
    }
    const resource = entry.type === "alert" ? entry.resource_sid : null;
    const home = entry.interaction_sid ?? (resource && strays.has(resource) ? resource : keyOf(entry));
    const one = of(home, entry.at);
    one.at = Math.min(one.at, entry.at);
    if (entry.type === "interaction") {
      one.interaction = entry;
      one.at = entry.at;
    } else if (entry.type === "message") one.messages.push(entry);
    else if (entry.type === "call") one.calls.push(entry);
    else if (entry.type === "webhook") one.webhooks.push(entry);
    else one.alerts.push(entry);
  }
  for (const one of groups.values()) {
    one.messages.sort(comesFirst);
    one.calls.sort(comesFirst);
  }
  return [...groups.values()].sort((a, b) => b.at - a.at);
}

/** What came in stands above what went out for it, also when both are of one millisecond. */
function comesFirst(a: MessageEntry | CallEntry, b: MessageEntry | CallEntry): number {
  return outward(a) - outward(b) || a.at - b.at;
}

function outward(leg: MessageEntry | CallEntry): number {
  return leg.direction.startsWith("inbound") ? 0 : 1;
}
