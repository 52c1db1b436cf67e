// A brand: registering it, and what became of that.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../../api/client";
import { useAction, useGet } from "../../api/hooks";
import type { BrandDetail, BrandReport, BrandView, PasscodeView } from "../../api/types";
import { useViewer } from "../../session";
import {
  Button,
  count,
  Dialog,
  ErrorNote,
  Facts,
  Field,
  Form,
  Icon,
  Loading,
  Sid,
  Time,
  toast,
} from "../../ui";
import { ReportForm, type Said } from "./report";
import { Ladder, ScoreField } from "./score";
import { Vettings } from "./vettings";
import { Errors, said, Steps } from "./words";

/** Ms between two looks at what somebody else has to do. */
const EVERY = 5_000;

type Ends = { close: () => void; done: () => void };

export function NewBrandDialog({ close, done }: Ends): JSX.Element {
  const { account } = useViewer();
  const [customer, setCustomer] = useState("");
  const [profile, setProfile] = useState("");
  const [type, setType] = useState("STANDARD");
  const [mock, setMock] = useState(false);
  const run = useAction(async () => {
    const body = {
      customer_profile_sid: customer.trim(),
      a2p_profile_sid: profile.trim(),
      brand_type: type,
      mock,
    };
    await ask("POST /a2p/brands", { query: { account }, body });
    toast("Handed in", "The registry usually decides within minutes, at times within days.");
    done();
  });
  return (
    <Dialog title="Register a brand" close={close}>
      <Form action={run} yes="Hand it in" close={close}>
        <ProfileField
          label="Customer profile"
          hint="Its SID at your provider, BU and 32 digits: who the company is."
          autofocus
          value={customer}
          set={setCustomer}
        />
        <ProfileField
          label="A2P profile"
          hint="The SID of the profile for messages, BU and 32 digits."
          value={profile}
          set={setProfile}
        />
        <fieldset class="choices">
          <legend>Who it is</legend>
          <label>
            <input type="radio" name="type" checked={type === "STANDARD"} onChange={() => setType("STANDARD")} />a
            company with a tax number
          </label>
          <label>
            <input
              type="radio"
              name="type"
              checked={type === "SOLE_PROPRIETOR"}
              onChange={() => setType("SOLE_PROPRIETOR")}
            />
            a person, the sole proprietor
          </label>
        </fieldset>
        <fieldset class="choices">
          <legend class="unseen">For a test</legend>
          <label>
            <input type="checkbox" checked={mock} onChange={() => setMock(!mock)} />
            <span>
              only a test
              <span class="small quiet block">It is approved at once, and nobody else hears of it.</span>
            </span>
          </label>
        </fieldset>
      </Form>
    </Dialog>
  );
}

/** The SID of one of the profiles that a brand is handed in with. */
function ProfileField({
  label,
  hint,
  autofocus,
  value,
  set,
}: {
  label: string;
  hint: string;
  autofocus?: boolean;
  value: string;
  set: (text: string) => void;
}): JSX.Element {
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <input
          {...ids}
          class="input mono"
          autofocus={autofocus}
          required
          pattern="BU[0-9a-fA-F]{32}"
          placeholder="BU…"
          autocomplete="off"
          value={value}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function BrandDialog({
  sid,
  mayChange,
  close,
  changed,
  done,
}: Ends & { sid: string; mayChange: boolean; changed: () => void }): JSX.Element {
  const { data, error, again, put } = useGet("GET /a2p/brands/{sid}", { path: { sid } });
  // What is under way with somebody else may end while it is looked at.
  const waits =
    data?.passcode?.state === "waits" || (data?.vettings.some((one) => one.status === "IN_PROGRESS") ?? false);
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setInterval(again, EVERY);
    return () => clearInterval(timer);
  }, [waits, again]);
  const set = (now: BrandDetail): void => {
    put(() => now);
    changed();
  };
  return (
    <Dialog title={`Brand ${data?.brand.tcr_id ?? sid.slice(0, 8)}`} close={close} wide>
      {error ? (
        <ErrorNote error={error} again={again} />
      ) : !data ? (
        <Loading />
      ) : (
        <div class="stack">
          <Steps kind="brand" now={data.brand.status} />
          <Errors of={data.brand.errors} />
          {mayChange && data.brand.status === "FAILED" && <Again of={data.brand} done={done} />}
          <About of={data} />
          {data.passcode && <Passcode of={data} passcode={data.passcode} mayChange={mayChange} put={set} />}
          {data.steps.length > 0 && <Worth of={data} />}
          <Vettings of={data} mayChange={mayChange} put={set} />
          {mayChange && data.brand.by_hand && <Report brand={data.brand} done={done} />}
        </div>
      )}
    </Dialog>
  );
}

function Again({ of, done }: { of: BrandView; done: () => void }): JSX.Element {
  const again = useAction(async () => {
    await ask("POST /a2p/brands/{sid}/resubmit", { path: { sid: of.sid } });
    toast("Handed in again");
    done();
  });
  return (
    <>
      <div class="row">
        <Button busy={again.busy} onClick={() => void again.run()}>
          Hand it in again
        </Button>
        <span class="small quiet">once the profile was corrected</span>
      </div>
      {again.error ? <ErrorNote error={again.error} /> : null}
    </>
  );
}

function About({ of }: { of: BrandDetail }): JSX.Element {
  const { brand } = of;
  const facts: [string, ComponentChildren][] = [
    ["SID", <Sid of={brand.sid} />],
    ["Registered by", brand.by_hand ? "an operator, by hand" : brand.registrar],
    ["Identity", brand.identity_status ? said(brand.identity_status) : null],
    ["Handed in", <Time at={brand.date_created} />],
  ];
  if (of.steps.length === 0) facts.push(["With T-Mobile", <Tier of={of} />]);
  return <Facts of={facts} />;
}

function Tier({ of }: { of: BrandDetail }): JSX.Element {
  return (
    <>
      <span class="number">{count(of.tmobile_daily_cap)}</span> segments a day, tier {said(of.tmobile_tier)}
    </>
  );
}

/** What its score is worth, and what holds where something else was reported. */
function Worth({ of }: { of: BrandDetail }): JSX.Element {
  return (
    <section class="stack stack-tight part">
      <h3>What its score is worth</h3>
      <Ladder steps={of.steps} score={of.brand.brand_score} />
      <p class="small quiet">
        {of.reported && (
          <>
            Its registrar reported something else, and that holds: <Tier of={of} />.{" "}
          </>
        )}
        Segments of all its campaigns together with T-Mobile, of each campaign with AT&amp;T. Some use cases have a class
        of their own there, whatever the score: for PROXY each number counts by itself.
      </p>
    </section>
  );
}

/** How far a sole proprietor has confirmed that it is them, and what they have to do. */
function Passcode({
  of,
  passcode,
  mayChange,
  put,
}: {
  of: BrandDetail;
  passcode: PasscodeView;
  mayChange: boolean;
  put: (now: BrandDetail) => void;
}): JSX.Element {
  const send = useAction(async () => {
    put(await ask("POST /a2p/brands/{sid}/passcode", { path: { sid: of.brand.sid } }));
    toast("A text is on its way", "Its owner answers it with YES.");
  });
  if (passcode.state === "confirmed")
    return (
      <div class="note note-good">
        <Icon name="check" />
        <p>Confirmed: its owner has answered the text.</p>
      </div>
    );
  if (passcode.state === "ended")
    return (
      <div class="note">
        <Icon name="info" />
        <p>Its owner has not answered the text, and need not: the brand is {said(of.brand.status)}.</p>
      </div>
    );
  return (
    <div class="note note-warn" role="status">
      <Icon name="message" />
      <div class="stack stack-tight">
        <p class="strong">Its owner has still to answer a text</p>
        <p class="small">
          It goes to the mobile number in their profile once the registry approves of them. They answer it with YES
          within a day; until then the registry takes no campaign of theirs. {of.brand.by_hand && BY_HAND}
        </p>
        {mayChange && passcode.may_send && (
          <div class="row">
            <Button small icon="send" busy={send.busy} onClick={() => void send.run()}>
              Send the text anew
            </Button>
            {passcode.asked !== null && (
              <span class="small">
                last asked for <Time at={passcode.asked} relative />
              </span>
            )}
          </div>
        )}
        {send.error ? <ErrorNote error={send.error} /> : null}
      </div>
    </div>
  );
}

const BY_HAND =
  "Have it sent where the brand is registered; once it is answered, note below that the identity is verified.";

const IDENTITIES = ["SELF_DECLARED", "UNVERIFIED", "VERIFIED", "VETTED_VERIFIED"];

function Report({ brand, done }: { brand: BrandView; done: () => void }): JSX.Element {
  const [score, setScore] = useState(brand.brand_score === null ? "" : String(brand.brand_score));
  const [identity, setIdentity] = useState(brand.identity_status ?? "");
  const note = ({ id, ...what }: Said) => {
    const body: BrandReport = what;
    if (id) body.tcr_id = id;
    if (score) body.brand_score = Number(score);
    if (identity) body.identity_status = identity;
    return ask("POST /a2p/brands/{sid}/report", { path: { sid: brand.sid }, body });
  };
  return (
    <ReportForm of={brand} id={brand.tcr_id} note={note} done={done}>
      <Field label="Identity">
        {(ids) => (
          <select {...ids} class="select" value={identity} onChange={(event) => setIdentity(event.currentTarget.value)}>
            {!brand.identity_status && <option value="">not known</option>}
            {IDENTITIES.map((one) => (
              <option key={one} value={one}>
                {said(one)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {brand.brand_type === "STANDARD" && (
        <ScoreField
          label="Score"
          hint="0 to 100: how much T-Mobile takes in a day depends on it."
          value={score}
          set={setScore}
        />
      )}
    </ReportForm>
  );
}
