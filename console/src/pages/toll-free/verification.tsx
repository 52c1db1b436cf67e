// One toll-free verification: how far it is, what is to be done, and what was handed in.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../api/client";
import { useAction, useEvery, useGet } from "../../api/hooks";
import type { VerificationDetail, VerificationReport } from "../../api/types";
import { go, Link } from "../../router";
import {
  Button,
  Confirm,
  ErrorNote,
  Facts,
  Field,
  Foreign,
  Form,
  Icon,
  Loading,
  Masked,
  NumberText,
  PageHead,
  Panel,
  plural,
  Sid,
  Time,
  toast,
} from "../../ui";
import { ReportForm, type Said } from "../a2p/report";
import { Steps } from "../a2p/words";
import { bodyOf, draftOf, type FieldSpec, linesOf, PARTS, refused, todo, told } from "./fields";
import { Parts, problemsOf, useFirstWrong } from "./form";
import { Reasons, Until } from "./reasons";
import { Tips } from "./tips";

const BACK = { to: "/toll-free", label: "Toll-free verification" };
/** Ms between two looks at what became of it. */
const EVERY = 15_000;

export default function VerificationPage({ params }: { params: Record<string, string> }): JSX.Element {
  const sid = params["sid"] ?? "";
  const { data, error, again, put } = useGet("GET /toll-free/{sid}", { path: { sid } });
  const [correcting, setCorrecting] = useState(false);
  const [deleting, setDeleting] = useState(false);
  // Nothing moves under the hands of whoever writes.
  useEvery(EVERY, again, !correcting);
  if (error || !data)
    return (
      <>
        <PageHead title="Toll-free number" back={BACK} />
        {error ? <ErrorNote error={error} again={again} /> : <Loading />}
      </>
    );
  const { verification: one } = data;
  const turn = (to: boolean): void => {
    setCorrecting(to);
    toTitle();
  };
  const taken = (next: VerificationDetail): void => {
    turn(false);
    put(() => next);
  };
  const noted = (): void => {
    again();
    toTitle();
  };
  return (
    <>
      <PageHead
        back={BACK}
        title={<NumberText text={one.number} />}
        lead={<Foreign text={one.business_name} />}
        actions={data.may_change && !correcting && <Button onClick={() => setDeleting(true)}>Delete</Button>}
      />
      {correcting ? (
        <Correct of={data} done={taken} close={() => turn(false)} />
      ) : (
        <>
          <Outlook of={data} correct={() => turn(true)} />
          <div class="columns">
            <div class="stack">
              <What of={data} />
            </div>
            <div class="stack">
              {data.may_change && data.by_hand && (
                <Report key={`${one.status}${one.date_updated}`} of={data} done={noted} />
              )}
              <About of={data} />
            </div>
          </div>
        </>
      )}
      {deleting && <Delete of={data} close={() => setDeleting(false)} />}
    </>
  );
}

/** What was pressed is gone: the keyboard goes on at the page's heading. */
function toTitle(): void {
  document.querySelector<HTMLElement>("main h1")?.focus();
}

const NOTES = { TWILIO_APPROVED: "note-good", TWILIO_REJECTED: "note-bad" } as const;
const ICONS = { TWILIO_APPROVED: "check", TWILIO_REJECTED: "alert" } as const;

function Outlook({ of, correct }: { of: VerificationDetail; correct: () => void }): JSX.Element {
  const { verification: one } = of;
  const decided = one.status === "TWILIO_APPROVED" || one.status === "TWILIO_REJECTED" ? one.status : null;
  return (
    <section class="stack" aria-label="How it stands">
      <Steps kind="tollfree" now={one.status} />
      <div class={`note note-acts ${!of.held ? "note-warn" : decided ? NOTES[decided] : ""}`}>
        <Icon name={decided ? ICONS[decided] : "info"} />
        <div class="stack stack-tight">
          <p class="strong">{todo(of)}</p>
          <Reasons of={one.rejections} />
          {decided === "TWILIO_REJECTED" && (
            <p class="sentence">
              <Until of={one} />
            </p>
          )}
          {of.held && refused(one) && (
            <p class="small">Until it is approved, carriers refuse what the number sends, with 30032.</p>
          )}
        </div>
        {one.may_correct && of.may_change && (
          <Button class="push" onClick={correct}>
            Correct it
          </Button>
        )}
      </div>
    </section>
  );
}

/** What was handed in, part by part, as far as something was said. */
function What({ of }: { of: VerificationDetail }): JSX.Element {
  const draft = draftOf(of.handed_in);
  const personal = new Map(of.personal.map((one) => [one.field, one.value]));
  const value = (spec: FieldSpec): ComponentChildren => {
    const hidden = personal.get(spec.name);
    return hidden ? <Masked of={hidden} what={spec.label} /> : <Value spec={spec} text={draft[spec.name]} />;
  };
  return (
    <>
      {PARTS.map((part) => {
        const said = part.fields.filter((spec) => draft[spec.name] || personal.has(spec.name));
        return (
          said.length > 0 && (
            <Panel key={part.title} title={part.title} class="facts-beside">
              <Facts of={said.map((spec) => [spec.label, value(spec)] as const)} />
            </Panel>
          )
        );
      })}
    </>
  );
}

function Value({ spec, text }: { spec: FieldSpec; text: string }): JSX.Element {
  const lines = spec.kind === "lines" || spec.kind === "choices" ? linesOf(text) : [text];
  const shown = lines.map((one) => (/^https?:\/\//.test(one) ? <Out key={one} to={one} /> : <Foreign key={one} text={told(spec, one)} />));
  return lines.length === 1 ? (
    <>{shown}</>
  ) : (
    <ul class="plain-list">
      {shown.map((one, at) => (
        <li key={at}>{one}</li>
      ))}
    </ul>
  );
}

/** A page of the business's own. */
function Out({ to }: { to: string }): JSX.Element {
  return (
    <a href={to} target="_blank" rel="noreferrer noopener">
      <Foreign text={to} />
    </a>
  );
}

function About({ of }: { of: VerificationDetail }): JSX.Element {
  const { verification: one } = of;
  return (
    <Panel title="The verification">
      <Facts
        of={[
          ["SID", <Sid of={one.sid} />],
          ["Number", of.held ? <Sid of={of.number_sid} /> : "no longer this account’s"],
          [
            "Pool",
            of.service_sid ? (
              <Link to={`/pools/${of.service_sid}`}>
                <Foreign text={of.service_name ?? of.service_sid} />
              </Link>
            ) : null,
          ],
          ["Registered by", of.by_hand ? "an operator, by hand" : of.registrar],
          ["Handed in", <Time at={one.date_created} />],
          ...(of.submissions > 1 ? [["So far", plural(of.submissions, "time")] as const] : []),
          ["Changed", <Time at={one.date_updated} />],
          ...(of.edit_reason ? [["Corrected because", <Foreign text={of.edit_reason} />] as const] : []),
          ...(of.customer_profile_sid ? [["Customer profile", <Sid of={of.customer_profile_sid} />] as const] : []),
          ...(of.external_reference_id
            ? [["Your own reference", <Foreign text={of.external_reference_id} />] as const]
            : []),
        ]}
      />
    </Panel>
  );
}

function Report({ of, done }: { of: VerificationDetail; done: () => void }): JSX.Element {
  const { verification: one } = of;
  const [codes, setCodes] = useState("");
  const [may, setMay] = useState(one.status !== "TWILIO_REJECTED" || one.may_correct);
  const [until, setUntil] = useState("");
  const note = ({ status, error }: Said) => {
    const body: VerificationReport = { status };
    if (status === "TWILIO_REJECTED") {
      body.codes = codes.split(/[\s,]+/).filter(Boolean).map(Number);
      body.may_correct = may;
      if (error) body.reason = error;
      if (may && until) body.correct_until = new Date(until).getTime();
    }
    return ask("POST /toll-free/{sid}/report", { path: { sid: one.sid }, body });
  };
  return (
    <Panel title="What was decided">
      <ReportForm of={{ status: one.status, next: of.next }} title="" note={note} done={done}>
        {(status) =>
          status === "TWILIO_REJECTED" && (
            <>
              <Field label="Error codes" hint="As your provider shows them, such as 30484, 30513.">
                {(ids) => (
                  <input
                    {...ids}
                    class="input mono"
                    inputMode="numeric"
                    pattern="\d{5}([\s,]+\d{5})*"
                    autocomplete="off"
                    value={codes}
                    onInput={(event) => setCodes(event.currentTarget.value)}
                  />
                )}
              </Field>
              <fieldset class="choices">
                <legend class="unseen">What can be done about it</legend>
                <label>
                  <input type="checkbox" checked={may} onChange={() => setMay(!may)} /> it can be corrected
                </label>
              </fieldset>
              {may && (
                <Field label="Until" hint="Seven days at Twilio. Empty: without an end.">
                  {(ids) => (
                    <input
                      {...ids}
                      class="input"
                      type="datetime-local"
                      value={until}
                      onInput={(event) => setUntil(event.currentTarget.value)}
                    />
                  )}
                </Field>
              )}
            </>
          )
        }
      </ReportForm>
    </Panel>
  );
}

function Correct({
  of,
  done,
  close,
}: {
  of: VerificationDetail;
  done: (next: VerificationDetail) => void;
  close: () => void;
}): JSX.Element {
  const { verification: one } = of;
  const [draft, setDraft] = useState(() => draftOf(of.handed_in));
  const [reason, setReason] = useState("");
  const run = useAction(async () => {
    const body = { ...bodyOf(draft), edit_reason: reason.trim() };
    const next = await ask("POST /toll-free/{sid}/correct", { path: { sid: one.sid }, body });
    toast("Handed in again", "A review often takes one to three weeks.");
    done(next);
  });
  const wrong = problemsOf(run.error);
  const told = one.rejections.map(
    (each) =>
      [
        each.field ?? "",
        <>
          <Foreign text={each.reason || "Rejected"} /> ({each.code})
        </>,
      ] as const,
  );
  const box = useFirstWrong(run.error);
  return (
    <div class="columns">
      <div ref={box}>
        <Form action={run} yes="Hand it in again" close={close} no="Leave it" unchecked>
          <div class="note note-bad">
            <Icon name="alert" />
            <div class="stack stack-tight">
              <p class="strong">Why it was rejected</p>
              <Reasons of={one.rejections} />
              <p class="sentence">
                <Until of={one} />
              </p>
              <p class="small">What you leave empty stays as it was handed in.</p>
            </div>
          </div>
          <Parts
            draft={draft}
            set={(name, value) => setDraft((now) => ({ ...now, [name]: value }))}
            problems={new Map<string, ComponentChildren>([...told, ...wrong])}
            kept={new Map(of.personal.map((each) => [each.field, each.value.text]))}
          />
          <Panel title="What has changed">
            <Field label="For the reviewer" error={wrong.get("edit_reason")}>
              {(ids) => (
                <textarea
                  {...ids}
                  name="edit_reason"
                  class="input"
                  rows={2}
                  value={reason}
                  onInput={(event) => setReason(event.currentTarget.value)}
                />
              )}
            </Field>
          </Panel>
        </Form>
      </div>
      <Tips />
    </div>
  );
}

function Delete({ of, close }: { of: VerificationDetail; close: () => void }): JSX.Element {
  const { sid, status } = of.verification;
  const run = useAction(async () => {
    await ask("POST /toll-free/{sid}/delete", { path: { sid } });
    toast("Deleted", "The number can be verified anew.");
    go("/toll-free");
  });
  return (
    <Confirm
      title="Delete this verification?"
      yes="Delete it"
      danger
      busy={run.busy}
      run={() => void run.run()}
      close={close}
    >
      <p>
        {status === "TWILIO_APPROVED"
          ? "From then on carriers refuse what the number sends, and a new review takes weeks."
          : "A new one begins from nothing, and waits in the queue again."}
        {of.by_hand && " At your provider, take it back yourself."}
      </p>
      {run.error ? <ErrorNote error={run.error} /> : null}
    </Confirm>
  );
}
