// Registering a campaign, or bringing one that was registered elsewhere.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../api/client";
import { useAction, useGet } from "../../api/hooks";
import type { A2p } from "../../api/types";
import { Link } from "../../router";
import { useViewer } from "../../session";
import { Dialog, EmptyState, ErrorNote, Field, Form, Loading, Tabs, toast } from "../../ui";
import { useAnswers } from "./answers";
import { TextFields, type Texts, tidied } from "./texts";

type Props = { of: A2p; close: () => void; done: () => void };
type Service = { sid: string; name: string };

export function NewCampaignDialog({ of, close, done }: Props): JSX.Element {
  const { account } = useViewer();
  const [kind, setKind] = useState<"new" | "external">("new");
  const services = useGet("GET /messaging-services", { query: { account, size: 100 } });
  const taken = new Set(of.campaigns.map((one) => one.service_sid));
  const free = services.data?.services.filter((one) => !taken.has(one.sid));
  return (
    <Dialog title="Register a campaign" close={close} wide>
      <div class="stack">
        <Tabs
          label="Which campaign"
          tabs={[
            { id: "new", label: "A new one" },
            { id: "external", label: "One from elsewhere" },
          ]}
          now={kind}
          choose={setKind}
        />
        {services.error ? (
          <ErrorNote error={services.error} again={services.again} />
        ) : !free ? (
          <Loading />
        ) : free.length === 0 ? (
          <EmptyState icon="message" title="No Messaging Service is without a campaign">
            <Link to="/messaging-services">Add one</Link> first: a campaign covers the numbers of one Messaging Service.
          </EmptyState>
        ) : kind === "external" ? (
          <External services={free} close={close} done={done} />
        ) : (
          <New of={of} services={free} close={close} done={done} />
        )}
      </div>
    </Dialog>
  );
}

function ServiceField({
  services,
  value,
  set,
}: {
  services: readonly Service[];
  value: string;
  set: (sid: string) => void;
}): JSX.Element {
  return (
    <Field label="Messaging Service" hint="Its long codes of the United States are bound to the campaign.">
      {(ids) => (
        <select {...ids} class="select" value={value} onChange={(event) => set(event.currentTarget.value)}>
          {services.map((one) => (
            <option key={one.sid} value={one.sid}>
              {one.name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function External({
  services,
  close,
  done,
}: {
  services: readonly Service[];
  close: () => void;
  done: () => void;
}): JSX.Element {
  const { account } = useViewer();
  const [service, setService] = useState(services[0]?.sid ?? "");
  const [id, setId] = useState("");
  const run = useAction(async () => {
    const body = { service_sid: service, campaign_id: id.trim() };
    await ask("POST /a2p/campaigns/external", { query: { account }, body });
    toast("Brought here");
    done();
  });
  return (
    <Form action={run} yes="Bring it" close={close}>
      <ServiceField services={services} value={service} set={setService} />
      <Field label="Its id at the registry" hint="As your provider shows it, such as CABC123.">
        {(ids) => (
          <input
            {...ids}
            class="input mono"
            required
            maxLength={64}
            autocomplete="off"
            value={id}
            onInput={(event) => setId(event.currentTarget.value)}
          />
        )}
      </Field>
    </Form>
  );
}

/** What a masking program may begin with. */
const BLANK: Texts = {
  description: "",
  message_flow: "",
  samples: [
    "ACME Rides: you and your driver can text each other at this number. Reply STOP to opt out, HELP for help.",
    "I am at the blue door, grey car.",
  ],
  has_links: false,
  has_phone: false,
  privacy_policy_url: "",
  terms_url: "",
};

function New({
  of,
  services,
  close,
  done,
}: {
  of: A2p;
  services: readonly Service[];
  close: () => void;
  done: () => void;
}): JSX.Element {
  const { account } = useViewer();
  const approved = of.brands.filter((one) => one.status === "APPROVED");
  const [service, setService] = useState(services[0]?.sid ?? "");
  const [brand, setBrand] = useState(approved[0]?.sid ?? "");
  const [usecase, setUsecase] = useState("PROXY");
  const [texts, setTexts] = useState(BLANK);
  const answers = useAnswers(service);
  // A person's brand is for one use case, which no company has.
  const person = approved.find((one) => one.sid === brand)?.brand_type === "SOLE_PROPRIETOR";
  const run = useAction(async () => {
    await ask("POST /a2p/campaigns", {
      query: { account },
      body: {
        service_sid: service,
        brand_sid: brand,
        usecase: person ? "SOLE_PROPRIETOR" : usecase,
        ...tidied(texts),
        ...answers.body,
      },
    });
    toast("Handed in", "A review often takes two or three weeks.");
    done();
  });
  if (approved.length === 0)
    return (
      <EmptyState icon="seal" title="No brand is approved yet">
        Register one first, and wait until the registry has approved it.
      </EmptyState>
    );
  return (
    <Form action={run} yes="Hand it in" disabled={answers.body === null} close={close}>
      <ServiceField services={services} value={service} set={setService} />
      <Field label="Brand">
        {(ids) => (
          <select {...ids} class="select" value={brand} onChange={(event) => setBrand(event.currentTarget.value)}>
            {approved.map((one) => (
              <option key={one.sid} value={one.sid}>
                {one.tcr_id ?? one.sid}
              </option>
            ))}
          </select>
        )}
      </Field>
      {person ? (
        <p class="small quiet">A sole proprietor’s campaign has a use case of its own, for whatever they send.</p>
      ) : (
        <Field label="Use case" hint="Masked conversations are PROXY.">
          {(ids) => (
            <select {...ids} class="select" value={usecase} onChange={(event) => setUsecase(event.currentTarget.value)}>
              {of.usecases.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          )}
        </Field>
      )}
      <TextFields of={texts} set={(change) => setTexts((now) => ({ ...now, ...change }))} />
      {answers.fields}
    </Form>
  );
}
