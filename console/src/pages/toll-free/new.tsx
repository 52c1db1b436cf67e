// Handing in the verification of a toll-free number.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../api/client";
import { useAction, useGet } from "../../api/hooks";
import type { TollFreePage } from "../../api/types";
import { go, useQuery } from "../../router";
import { useViewer } from "../../session";
import { EmptyState, ErrorNote, Field, Form, grouped, Loading, PageHead, Panel, toast, toastError } from "../../ui";
import { bodyOf, draftOf } from "./fields";
import { Parts, problemsOf, useFirstWrong } from "./form";
import { Tips } from "./tips";

const BACK = { to: "/toll-free", label: "Toll-free verification" };

export default function NewVerificationPage(): JSX.Element {
  const { account } = useViewer();
  const { data, error, again } = useGet("GET /toll-free", { query: { account, size: 100 } });
  return (
    <>
      <PageHead
        title="Verify a toll-free number"
        lead="What carriers want to know of it. All that is not marked as needed may stay empty, but the more a reviewer can look up, the sooner it is approved."
        back={BACK}
      />
      {error ? <ErrorNote error={error} again={again} /> : null}
      {!data && !error && <Loading />}
      {data &&
        (!data.may_change ? (
          <EmptyState icon="audit" title="Only an admin hands one in">
            You may look at those that there are.
          </EmptyState>
        ) : data.unverified.length === 0 ? (
          <EmptyState icon="seal" title="Every toll-free number has a verification">
            One that was rejected is corrected on its own page.
          </EmptyState>
        ) : (
          <New of={data} />
        ))}
    </>
  );
}

function New({ of }: { of: TollFreePage }): JSX.Element {
  const { account } = useViewer();
  const [query] = useQuery();
  const wanted = of.unverified.find((one) => one.sid === query.get("number"));
  const [number, setNumber] = useState((wanted ?? of.unverified[0])?.sid ?? "");
  const [draft, setDraft] = useState(draftOf);
  const [profile, setProfile] = useState("");
  const [reference, setReference] = useState("");
  const run = useAction(async () => {
    const body = {
      ...bodyOf(draft),
      number_sid: number,
      customer_profile_sid: profile.trim(),
      external_reference_id: reference.trim(),
    };
    const made = await ask("POST /toll-free", { query: { account }, body });
    toast("Handed in", made.by_hand ? "Note on this page what comes of it." : "A review often takes one to three weeks.");
    go(`/toll-free/${made.verification.sid}`);
  });
  const problems = problemsOf(run.error);
  const box = useFirstWrong(run.error);
  return (
    <div class="columns">
      <div ref={box}>
        <Form action={run} yes="Hand it in" close={() => go("/toll-free")} unchecked>
          <Panel title="The number">
            <div class="fields">
              <Field
                label="Toll-free number"
                hint="Those without a verification, those in pools first."
                error={problems.get("number_sid")}
              >
                {(ids) => (
                  <select
                    {...ids}
                    name="number_sid"
                    class="select"
                    value={number}
                    onChange={(event) => setNumber(event.currentTarget.value)}
                  >
                    {of.unverified.map((one) => (
                      <option key={one.sid} value={one.sid}>
                        {grouped(one.number)}
                        {one.service_name ? `, in the pool ${one.service_name}` : ""}
                      </option>
                    ))}
                  </select>
                )}
              </Field>
              {of.verifications.length > 0 && <Like of={of} take={setDraft} />}
            </div>
          </Panel>
          <Parts
            draft={draft}
            set={(name, value) => setDraft((now) => ({ ...now, [name]: value }))}
            problems={problems}
          />
          <Panel title="For your provider and you">
            <div class="fields">
              <Field
                label="Customer profile"
                hint="Its SID at Twilio, BU and 32 digits, where Twilio registers."
                error={problems.get("customer_profile_sid")}
              >
                {(ids) => (
                  <input
                    {...ids}
                    name="customer_profile_sid"
                    class="input mono"
                    placeholder="BU…"
                    autocomplete="off"
                    value={profile}
                    onInput={(event) => setProfile(event.currentTarget.value)}
                  />
                )}
              </Field>
              <Field
                label="Your own reference"
                hint="By which your programs find it again."
                error={problems.get("external_reference_id")}
              >
                {(ids) => (
                  <input
                    {...ids}
                    name="external_reference_id"
                    class="input"
                    autocomplete="off"
                    value={reference}
                    onInput={(event) => setReference(event.currentTarget.value)}
                  />
                )}
              </Field>
            </div>
          </Panel>
        </Form>
      </div>
      <Tips />
    </div>
  );
}

/** Whoever has several numbers says most of it once. */
function Like({
  of,
  take,
}: {
  of: TollFreePage;
  take: (draft: ReturnType<typeof draftOf>) => void;
}): JSX.Element {
  const fill = (sid: string): void => {
    if (sid)
      ask("GET /toll-free/{sid}", { path: { sid } }).then((one) => take(draftOf(one.handed_in)), toastError);
  };
  return (
    <Field label="Begin with what was said of" hint="All but people’s names and addresses is filled in.">
      {(ids) => (
        <select {...ids} class="select" onChange={(event) => fill(event.currentTarget.value)}>
          <option value="">nothing</option>
          {of.verifications.map((one) => (
            <option key={one.sid} value={one.sid}>
              {grouped(one.number)}, {one.business_name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
