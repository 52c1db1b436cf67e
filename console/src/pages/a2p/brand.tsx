// A brand: registering it, and what became of that.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../api/client";
import { useAction } from "../../api/hooks";
import type { BrandReport, BrandView } from "../../api/types";
import { useViewer } from "../../session";
import { Button, Dialog, ErrorNote, Facts, Field, Form, Sid, Time, toast } from "../../ui";
import { ReportForm, type Said } from "./report";
import { Errors, said, Steps } from "./words";

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
        <Field label="Customer profile" hint="Its SID at your provider, BU and 32 digits: who the company is.">
          {(ids) => (
            <input
              {...ids}
              class="input mono"
              autofocus
              required
              pattern="BU[0-9a-fA-F]{32}"
              placeholder="BU…"
              autocomplete="off"
              value={customer}
              onInput={(event) => setCustomer(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="A2P profile" hint="The SID of the profile for messages, BU and 32 digits.">
          {(ids) => (
            <input
              {...ids}
              class="input mono"
              required
              pattern="BU[0-9a-fA-F]{32}"
              placeholder="BU…"
              autocomplete="off"
              value={profile}
              onInput={(event) => setProfile(event.currentTarget.value)}
            />
          )}
        </Field>
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

export function BrandDialog({
  brand,
  mayChange,
  close,
  done,
}: Ends & { brand: BrandView; mayChange: boolean }): JSX.Element {
  const again = useAction(async () => {
    await ask("POST /a2p/brands/{sid}/resubmit", { path: { sid: brand.sid } });
    toast("Handed in again");
    done();
  });
  return (
    <Dialog title={`Brand ${brand.tcr_id ?? brand.sid.slice(0, 8)}`} close={close} wide>
      <div class="stack">
        <Steps kind="brand" now={brand.status} />
        <Errors of={brand.errors} />
        <Facts
          of={[
            ["SID", <Sid of={brand.sid} />],
            ["Registered by", brand.by_hand ? "an operator, by hand" : brand.registrar],
            ["Identity", brand.identity_status ? said(brand.identity_status) : null],
            ["Handed in", <Time at={brand.date_created} />],
          ]}
        />
        {mayChange && brand.status === "FAILED" && (
          <div class="row">
            <Button busy={again.busy} onClick={() => void again.run()}>
              Hand it in again
            </Button>
            <span class="small quiet">once the profile was corrected</span>
          </div>
        )}
        {again.error ? <ErrorNote error={again.error} /> : null}
        {mayChange && brand.by_hand && <Report brand={brand} done={done} />}
      </div>
    </Dialog>
  );
}

function Report({ brand, done }: { brand: BrandView; done: () => void }): JSX.Element {
  const [score, setScore] = useState(brand.brand_score === null ? "" : String(brand.brand_score));
  const note = ({ id, ...what }: Said) => {
    const body: BrandReport = what;
    if (id) body.tcr_id = id;
    if (score) body.brand_score = Number(score);
    return ask("POST /a2p/brands/{sid}/report", { path: { sid: brand.sid }, body });
  };
  return (
    <ReportForm of={brand} id={brand.tcr_id} note={note} done={done}>
      <Field label="Score" hint="0 to 100: how much T-Mobile takes in a day depends on it.">
        {(ids) => (
          <input
            {...ids}
            class="input"
            type="number"
            min={0}
            max={100}
            value={score}
            onInput={(event) => setScore(event.currentTarget.value)}
          />
        )}
      </Field>
    </ReportForm>
  );
}
