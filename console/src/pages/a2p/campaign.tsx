// A campaign: how far it is, its numbers, and what was handed in.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../api/client";
import { useAction, useGet } from "../../api/hooks";
import type { BoundNumber, CampaignDetail, CampaignReport } from "../../api/types";
import { Link } from "../../router";
import {
  Button,
  count,
  Dialog,
  ErrorNote,
  Facts,
  Field,
  Foreign,
  Form,
  Loading,
  NumberText,
  Opened,
  plural,
  Sid,
  toast,
} from "../../ui";
import { RegisteredAnswers } from "./answers";
import { ReportForm, type Said } from "./report";
import { TextFields, type Texts, tidied } from "./texts";
import { Errors, said, State, Steps } from "./words";

type Ends = { mayChange: boolean; close: () => void; done: () => void };

export function CampaignDialog({
  sid,
  most,
  usecases,
  mayChange,
  close,
  done,
}: Ends & { sid: string; most: number; usecases: readonly string[] }): JSX.Element {
  const { data, error, again } = useGet("GET /a2p/campaigns/{sid}", { path: { sid } });
  return (
    <Dialog title={`Campaign ${data?.campaign.campaign_id ?? ""}`} close={close} wide>
      {error ? (
        <ErrorNote error={error} again={again} />
      ) : !data ? (
        <Loading />
      ) : (
        <div class="stack">
          <Steps kind="campaign" now={data.campaign.status} />
          <Errors of={data.campaign.errors} />
          <About of={data} />
          <RegisteredAnswers of={data} />
          <Numbers of={data} most={most} />
          {mayChange && data.may_correct && <Correct of={data} done={done} />}
          {mayChange && data.campaign.by_hand && <Report of={data} usecases={usecases} done={done} />}
          {mayChange && <Delete of={data} done={done} />}
        </div>
      )}
    </Dialog>
  );
}

function About({ of }: { of: CampaignDetail }): JSX.Element {
  const { campaign } = of;
  return (
    <Facts
      of={[
        ["SID", <Sid of={campaign.sid} />],
        [
          "Service",
          <Link to={`/messaging-services/${campaign.service_sid}`}>
            <Foreign text={campaign.service_name ?? campaign.service_sid} />
          </Link>,
        ],
        ["Registered by", campaign.by_hand ? "an operator, by hand" : campaign.registrar],
        ["T-Mobile tier", said(campaign.tmobile_tier)],
        ["What it is", of.description ? <Foreign text={of.description} /> : null],
        ["How people agree", of.message_flow ? <Foreign text={of.message_flow} /> : null],
        [
          "Samples",
          of.samples.length > 0 ? (
            <ul class="plain-list">
              {of.samples.map((one) => (
                <li key={one}>
                  <Foreign text={one} />
                </li>
              ))}
            </ul>
          ) : null,
        ],
      ]}
    />
  );
}

function Numbers({ of, most }: { of: CampaignDetail; most: number }): JSX.Element {
  return (
    <section class="stack stack-tight part">
      <h3>
        {plural(of.campaign.numbers, "number")} of {most} that T-Mobile takes unasked
      </h3>
      {of.numbers.length === 0 ? (
        <p class="quiet">
          None yet: numbers join with their Messaging Service. Short codes, toll-free numbers and those of other
          countries need no campaign.
        </p>
      ) : (
        <>
          <p class="small quiet">{tally(of.numbers)}</p>
          {/* A long one scrolls by itself, also by the keys. */}
          <ul class="number-list" tabIndex={of.numbers.length > SHORT ? 0 : undefined} aria-label="Its numbers">
            {[...of.numbers].sort(inOrder).map((one) => (
              <li key={one.sid}>
                <NumberText text={one.number} proxy />
                {one.status ? <State of={one.status} /> : <span class="small quiet">needs none</span>}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** Numbers that are seen without scrolling. */
const SHORT = 8;
/** What needs a look first. */
const ORDER = ["failed", "pending", "registered", ""];

function inOrder(one: BoundNumber, other: BoundNumber): number {
  const rank = ORDER.indexOf(one.status) - ORDER.indexOf(other.status);
  return rank || one.number.localeCompare(other.number);
}

/** "1 failed, 2 registered". */
function tally(numbers: readonly BoundNumber[]): string {
  const parts = ORDER.map((status) => [status, numbers.filter((one) => one.status === status).length] as const);
  return parts
    .filter(([, many]) => many > 0)
    .map(([status, many]) => `${count(many)} ${status || (many === 1 ? "needs none" : "need none")}`)
    .join(", ");
}

function Correct({ of, done }: { of: CampaignDetail; done: () => void }): JSX.Element {
  const [open, setOpen] = useState(false);
  const [texts, setTexts] = useState<Texts>({
    description: of.description,
    message_flow: of.message_flow,
    samples: of.samples,
    has_links: of.has_links,
    has_phone: of.has_phone,
    privacy_policy_url: of.privacy_policy_url,
    terms_url: of.terms_url,
  });
  const run = useAction(async () => {
    await ask("POST /a2p/campaigns/{sid}/correct", { path: { sid: of.campaign.sid }, body: tidied(texts) });
    toast("Handed in again", "A review often takes two or three weeks.");
    done();
  });
  if (!open)
    return (
      <div class="row end">
        <Button kind="primary" onClick={() => setOpen(true)}>
          Correct it…
        </Button>
      </div>
    );
  return (
    <Opened>
      <Form action={run} yes="Hand it in again" close={() => setOpen(false)} no="Leave it" part>
        <h3>What is handed in again</h3>
        <TextFields of={texts} set={(change) => setTexts((now) => ({ ...now, ...change }))} />
      </Form>
    </Opened>
  );
}

function Report({
  of,
  usecases,
  done,
}: {
  of: CampaignDetail;
  usecases: readonly string[];
  done: () => void;
}): JSX.Element {
  const { campaign } = of;
  const [usecase, setUsecase] = useState(campaign.usecase);
  const note = ({ id, ...what }: Said) => {
    const body: CampaignReport = what;
    if (id) body.campaign_id = id;
    if (campaign.external && usecase) body.usecase = usecase;
    return ask("POST /a2p/campaigns/{sid}/report", { path: { sid: campaign.sid }, body });
  };
  return (
    <ReportForm of={campaign} id={campaign.campaign_id} note={note} done={done}>
      {campaign.external && (
        <Field label="Use case">
          {(ids) => (
            <select {...ids} class="select" value={usecase} onChange={(event) => setUsecase(event.currentTarget.value)}>
              <option value="">not known</option>
              {usecases.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          )}
        </Field>
      )}
    </ReportForm>
  );
}

function Delete({ of, done }: { of: CampaignDetail; done: () => void }): JSX.Element {
  const [sure, setSure] = useState(false);
  const run = useAction(async () => {
    await ask("POST /a2p/campaigns/{sid}/delete", { path: { sid: of.campaign.sid } });
    toast("Deleted", "Its numbers are registered no more.");
    done();
  });
  return (
    <section class="stack part">
      {sure ? (
        <Opened class="stack">
          <p>
            From now on carriers in the United States refuse what its {plural(of.campaign.numbers, "number")} send, and
            a new campaign takes weeks.
          </p>
          <div class="row end">
            <Button onClick={() => setSure(false)}>Leave it</Button>
            <Button kind="danger" busy={run.busy} onClick={() => void run.run()}>
              Delete the campaign
            </Button>
          </div>
        </Opened>
      ) : (
        <div class="row end">
          <Button kind="ghost" onClick={() => setSure(true)}>
            Delete this campaign…
          </Button>
        </div>
      )}
      {run.error ? <ErrorNote error={run.error} /> : null}
    </section>
  );
}
