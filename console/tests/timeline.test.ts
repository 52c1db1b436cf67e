import assert from "node:assert/strict";
import { test } from "node:test";
import type { AlertEntry, InteractionEntry, MessageEntry } from "../src/api/types";
import { group, merge } from "../src/model/timeline";

const person = { text: "*******0142", kind: "person", ref: null } as const;
const proxy = { text: "+16285550110", kind: "proxy", ref: null } as const;

function message(sid: string, at: number, more: Partial<MessageEntry> = {}): MessageEntry {
  return {
    type: "message",
    at,
    updated_at: at,
    sid,
    interaction_sid: null,
    direction: "inbound",
    sender: person,
    recipient: proxy,
    status: "received",
    error_code: null,
    error_text: null,
    carrier: "simulator",
    provider_id: null,
    segments: 1,
    media: [],
    ...more,
  };
}

function interaction(sid: string, at: number): InteractionEntry {
  return {
    type: "interaction",
    at,
    interaction_sid: sid,
    kind: "message",
    sender_sid: null,
    sender_name: null,
    recipient_sid: null,
    recipient_name: null,
    inbound_status: null,
    outbound_status: null,
    body: null,
    num_media: 0,
    duration: null,
  };
}

function alert(sid: string, at: number, resource: string | null): AlertEntry {
  return {
    type: "alert",
    at,
    sid,
    interaction_sid: null,
    resource_sid: resource,
    service_sid: null,
    code: 80604,
    level: "warning",
    text: "",
    more_info: "",
  };
}

test("what belongs to an interaction stands with it, whatever came first", () => {
  const groups = group([
    message("SM2", 11, { interaction_sid: "KI1", direction: "outbound" }),
    interaction("KI1", 10),
    message("SM1", 11, { interaction_sid: "KI1" }),
    interaction("KI2", 20),
  ]);
  assert.deepEqual(groups.map((one) => one.key), ["KI2", "KI1"]);
  assert.deepEqual(groups[1]?.messages.map((one) => one.sid), ["SM1", "SM2"]);
});

test("a stranger's message has with it what the debugger said of it, and nothing else", () => {
  const groups = group([alert("NO1", 31, "SM9"), message("SM9", 30), alert("NO2", 40, "SM7"), alert("NO3", 41, null)]);
  assert.deepEqual(groups.map((one) => one.key), ["NO3", "NO2", "SM9"]);
  assert.deepEqual(groups[2]?.alerts.map((one) => one.sid), ["NO1"]);
});

test("an old page does not undo what an event told", () => {
  const told = message("SM1", 10, { status: "delivered", updated_at: 50 });
  const [kept] = merge([told], [message("SM1", 10, { status: "queued", updated_at: 20 })]);
  assert.equal((kept as MessageEntry).status, "delivered");
  const [newer] = merge([told], [message("SM1", 10, { status: "failed", updated_at: 60 })]);
  assert.equal((newer as MessageEntry).status, "failed");
});
