// A brand's vettings: third parties that examine it, and the scores that they gave it.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../api/client";
import { useAction } from "../../api/hooks";
import type { BrandDetail, VettingReport, VettingView } from "../../api/types";
import { Button, Field, Form, Opened, Time, toast } from "../../ui";
import { ReportForm } from "./report";
import { Ladder, ScoreField } from "./score";
import { State } from "./words";

const NAMES: Readonly<Record<string, string>> = { aegis: "Aegis Mobile", "campaign-verify": "Campaign Verify" };

type Props = { of: BrandDetail; mayChange: boolean; put: (now: BrandDetail) => void };

export function Vettings({ of, mayChange, put }: Props): JSX.Element {
  const [asking, setAsking] = useState(false);
  const [noting, setNoting] = useState<string | null>(null);
  const done = (now: BrandDetail): void => {
    setAsking(false);
    setNoting(null);
    put(now);
  };
  return (
    <section class="stack stack-tight part">
      <div class="row">
        <h3>Vettings</h3>
        {mayChange && !asking && (
          <span class="push">
            <Button small icon="seal" onClick={() => setAsking(true)}>
              Have it vetted…
            </Button>
          </span>
        )}
      </div>
      {asking && <Request of={of} put={done} close={() => setAsking(false)} />}
      {of.vettings.length === 0 && !asking && (
        <p class="quiet">
          None yet.{" "}
          {of.steps.length > 0
            ? "Somebody else looks at the company and gives it a score; the better it is, the more carriers take."
            : "Carriers take the same of all sole proprietors, whatever somebody finds who looks at them."}
        </p>
      )}
      {of.vettings.length > 0 && (
        <ul class="vettings">
          {of.vettings.map((one) => (
            <li key={one.sid}>
              <div class="vetting">
                <span class="vetting-score" title="The score that it gave">
                  {one.score ?? <span class="quiet">–</span>}
                  <span class="unseen"> was the score</span>
                </span>
                <span class="vetting-words">
                  <span class="strong">{NAMES[one.provider] ?? one.provider}</span>
                  <span class="small quiet">
                    {one.vetting_class.toLowerCase()}, <When of={one} />
                  </span>
                </span>
                <span class="row push">
                  <State of={one.status} />
                  {mayChange && one.next.length > 0 && noting !== one.sid && (
                    <Button small onClick={() => setNoting(one.sid)}>
                      Note the result…
                    </Button>
                  )}
                </span>
              </div>
              {noting === one.sid && <Result of={of} vetting={one} put={done} close={() => setNoting(null)} />}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function When({ of }: { of: VettingView }): JSX.Element {
  const over = of.status !== "IN_PROGRESS";
  return (
    <>
      {over ? "ended" : "asked for"} <Time at={over ? of.date_updated : of.date_created} relative />
    </>
  );
}

const WORTH: Readonly<Record<string, string>> = {
  aegis: "It gives the score by which carriers set how much they take. It costs a fee.",
  "campaign-verify": "For campaigns and parties: it lets them send political messages, and gives no score.",
};

function Request({
  of,
  put,
  close,
}: {
  of: BrandDetail;
  put: (now: BrandDetail) => void;
  close: () => void;
}): JSX.Element {
  const [provider, setProvider] = useState(of.providers.includes("aegis") ? "aegis" : (of.providers[0] ?? ""));
  const [token, setToken] = useState("");
  const run = useAction(async () => {
    const body = { provider, token: token.trim() };
    put(await ask("POST /a2p/brands/{sid}/vettings", { path: { sid: of.brand.sid }, body }));
    toast("Asked for", of.brand.by_hand ? "Order it where the brand is registered." : "It may take some days.");
  });
  const political = provider === "campaign-verify";
  return (
    <Opened class="box">
      <Form action={run} yes="Have it vetted" close={close}>
        <fieldset class="choices">
          <legend>By whom</legend>
          {of.providers.map((one) => (
            <label key={one}>
              <input type="radio" name="provider" checked={provider === one} onChange={() => setProvider(one)} />
              <span>
                {NAMES[one] ?? one}
                <span class="small quiet block">{WORTH[one]}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <Field
          label="Its token"
          hint={political ? "What Campaign Verify gave you; it begins with cv|" : "Only where it has examined the brand already."}
        >
          {(ids) => (
            <input
              {...ids}
              class="input mono"
              required={political}
              pattern={political ? "\\s*cv\\|.*" : undefined}
              maxLength={500}
              autocomplete="off"
              spellcheck={false}
              value={token}
              onInput={(event) => setToken(event.currentTarget.value)}
            />
          )}
        </Field>
        {of.brand.by_hand && (
          <p class="small quiet">
            The brand is registered by hand: order the vetting there, and note here what comes of it.
          </p>
        )}
      </Form>
    </Opened>
  );
}

function Result({
  of,
  vetting,
  put,
  close,
}: {
  of: BrandDetail;
  vetting: VettingView;
  put: (now: BrandDetail) => void;
  close: () => void;
}): JSX.Element {
  const [score, setScore] = useState("");
  const note = async ({ status }: { status: string }): Promise<void> => {
    const body: VettingReport = { status };
    if (status === "SUCCESS" && score) body.score = Number(score);
    const path = { sid: of.brand.sid, vetting: vetting.sid };
    put(await ask("POST /a2p/brands/{sid}/vettings/{vetting}/report", { path, body }));
  };
  return (
    <Opened class="box">
      <ReportForm of={vetting} title="What it came to" first="SUCCESS" close={close} note={note}>
        {(status) =>
          status === "SUCCESS" && (
            <>
              <ScoreField
                label="The score that it gave"
                hint="0 to 100; empty, where it gives none. It is the brand’s from then on."
                value={score}
                set={setScore}
              />
              {of.steps.length > 0 && score !== "" && (
                <Ladder steps={of.steps} score={of.brand.brand_score} then={Number(score)} />
              )}
            </>
          )
        }
      </ReportForm>
    </Opened>
  );
}
