import assert from "node:assert/strict";
import { test } from "node:test";
import type { HandedIn, VerificationDetail, VerificationRow } from "../src/api/types";
import { bodyOf, draftOf, FIELDS, isNeeded, type Name, todo } from "../src/pages/toll-free/fields";

const SAID: HandedIn = {
  ...bodyOf(draftOf()),
  business_name: "Rides",
  business_type: "PRIVATE_PROFIT",
  business_contact_phone: "+14155550100",
  use_case_categories: ["CUSTOMER_CARE", "EVENTS"],
  message_volume: "10,000",
  age_gated_content: false,
  opt_in_image_urls: ["https://rides.example/1.png", "https://rides.example/2.png"],
};

test("what was handed in comes back from the form as it was", () => {
  assert.deepEqual(bodyOf(draftOf(SAID)), SAID);
  assert.equal(Object.keys(bodyOf(draftOf())).length, FIELDS.size);
});

test("what is not said is nothing, and not an empty choice", () => {
  const body = bodyOf(draftOf());
  assert.deepEqual(
    [body.business_name, body.business_type, body.opt_in_image_urls, body.age_gated_content, body.message_volume],
    ["", null, [], null, ""],
  );
});

test("people write as they like", () => {
  const draft = {
    ...draftOf(),
    business_name: "  Rides ",
    business_contact_phone: "+1 (415) 555-0100",
    opt_in_keywords: "START\n\n RIDE \n",
    age_gated_content: "yes",
  };
  const body = bodyOf(draft);
  assert.deepEqual(
    [body.business_name, body.business_contact_phone, body.opt_in_keywords, body.age_gated_content],
    ["Rides", "+14155550100", ["START", "RIDE"], true],
  );
});

test("a registered business says where", () => {
  const needed = (name: Name, business_type: string): boolean => {
    const spec = FIELDS.get(name);
    assert.ok(spec);
    return isNeeded(spec, { ...draftOf(), business_type });
  };
  assert.equal(needed("business_registration_number", ""), false);
  assert.equal(needed("business_registration_number", "SOLE_PROPRIETOR"), false);
  assert.equal(needed("business_registration_number", "NON_PROFIT"), true);
  assert.equal(needed("business_city", "NON_PROFIT"), false);
  assert.equal(needed("business_website", ""), true);
});

test("what is to be done depends on how it stands and on who registers", () => {
  const one = (status: VerificationRow["status"], more: Partial<VerificationDetail> = {}, may_correct = false): string =>
    todo({
      verification: { status, may_correct } as VerificationRow,
      held: true,
      by_hand: true,
      underway: false,
      registrar: "main",
      ...more,
    } as VerificationDetail);
  assert.match(one("PENDING_REVIEW"), /Hand in at your provider/);
  assert.match(one("PENDING_REVIEW", { by_hand: false, underway: true }), /main has not taken it yet/);
  assert.match(one("IN_REVIEW", { by_hand: false }), /Wait: main/);
  assert.match(one("TWILIO_APPROVED"), /^Nothing/);
  assert.match(one("TWILIO_REJECTED", {}, true), /Correct what is named/);
  assert.match(one("TWILIO_REJECTED"), /begin a new one/);
  assert.match(one("TWILIO_APPROVED", { held: false }), /no longer this account’s/);
});
