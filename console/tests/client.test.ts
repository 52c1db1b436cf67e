import assert from "node:assert/strict";
import { test } from "node:test";
import { address } from "../src/api/client";

test("a number's plus sign and a name's slashes are escaped in a path", () => {
  assert.equal(
    address("GET /handsets/{number}/messages", { number: "+14155550142" }, { after: undefined, limit: 5 }),
    "/console/api/handsets/%2B14155550142/messages?limit=5",
  );
  assert.equal(address("GET /sessions/{sid}", { sid: "../users" }), "/console/api/sessions/..%2Fusers");
});
