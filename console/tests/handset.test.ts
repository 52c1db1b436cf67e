import assert from "node:assert/strict";
import { test } from "node:test";
import type { HandsetCallView, HandsetMessageView } from "../src/api/types";
import { type HandsetState, step } from "../src/model/handset";

const message = (id: string, at: number): HandsetMessageView => ({
  id,
  at,
  direction: "inbound",
  peer: "+12025550100",
  body: id,
  media: [],
});
const call = (id: string, ended: number | null): HandsetCallView =>
  ({ id, started: 5, ended, status: ended === null ? "ringing" : "completed" }) as HandsetCallView;
const state = (messages: HandsetMessageView[], calls: HandsetCallView[]): HandsetState => ({
  messages,
  calls,
  error: null,
  ready: false,
});

test("what came while the lists were read stays", () => {
  const next = step(state([message("c", 3)], [call("2", null)]), {
    do: "lists",
    messages: [message("a", 1), message("b", 2)],
    calls: [],
  });
  assert.deepEqual(next.messages.map((one) => one.id), ["a", "b", "c"]);
  assert.deepEqual(next.calls.map((one) => one.id), ["2"]);
  assert.ok(next.ready);
});

test("lists hold nothing twice, and what they no longer hold goes", () => {
  const next = step(state([message("gone", 1), message("b", 2)], []), {
    do: "lists",
    messages: [message("b", 2), message("c", 3)],
    calls: [],
  });
  assert.deepEqual(next.messages.map((one) => one.id), ["b", "c"]);
});

test("a call that has ended does not ring again, and one that went on is as the lists say", () => {
  const ended = step(state([], [call("1", 9)]), { do: "lists", messages: [], calls: [call("1", null)] });
  assert.equal(ended.calls[0]?.ended, 9);
  const late = step(ended, { do: "call", call: call("1", null) });
  assert.equal(late.calls[0]?.ended, 9);
  const over = step(state([], [call("1", null)]), { do: "lists", messages: [], calls: [call("1", 9)] });
  assert.equal(over.calls[0]?.ended, 9);
});
