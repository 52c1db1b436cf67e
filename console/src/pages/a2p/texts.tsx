// What a reviewer reads of a campaign: a new one's, or those of one that is corrected.

import type { JSX } from "preact";
import type { CampaignTexts } from "../../api/types";
import { Button, Field } from "../../ui";

export type Texts = Required<CampaignTexts>;

/** As it is handed in: without what was left empty. */
export function tidied(of: Texts): Texts {
  return {
    ...of,
    description: of.description.trim(),
    message_flow: of.message_flow.trim(),
    samples: of.samples.map((one) => one.trim()).filter(Boolean),
    privacy_policy_url: of.privacy_policy_url.trim(),
    terms_url: of.terms_url.trim(),
  };
}

export function TextFields({ of, set }: { of: Texts; set: (change: Partial<Texts>) => void }): JSX.Element {
  const { samples } = of;
  return (
    <>
      <Long
        label="What it is"
        hint="40 characters or more: who writes to whom, and why."
        least={40}
        most={4096}
        value={of.description}
        set={(description) => set({ description })}
      />
      <Long
        label="How people agree"
        hint="40 characters or more: where and how both sides said yes to messages."
        least={40}
        most={2048}
        value={of.message_flow}
        set={(message_flow) => set({ message_flow })}
      />
      {samples.map((one, at) => (
        <Long
          key={at}
          label={`Sample ${at + 1}`}
          hint={at === 0 ? "Have one say how to opt out: reviewers look for it." : "20 characters or more."}
          least={20}
          most={1024}
          value={one}
          set={(text) => set({ samples: samples.map((other, place) => (place === at ? text : other)) })}
        />
      ))}
      {samples.length < 5 && (
        <div>
          <Button small icon="plus" onClick={() => set({ samples: [...samples, ""] })}>
            Another sample
          </Button>
        </div>
      )}
      <fieldset class="choices">
        <legend>Messages may hold</legend>
        <label>
          <input type="checkbox" checked={of.has_links} onChange={() => set({ has_links: !of.has_links })} /> links
        </label>
        <label>
          <input type="checkbox" checked={of.has_phone} onChange={() => set({ has_phone: !of.has_phone })} /> phone
          numbers
        </label>
      </fieldset>
      <Url
        label="Your privacy policy"
        value={of.privacy_policy_url}
        set={(privacy_policy_url) => set({ privacy_policy_url })}
      />
      <Url label="Your terms" value={of.terms_url} set={(terms_url) => set({ terms_url })} />
    </>
  );
}

function Long({
  label,
  hint,
  least,
  most,
  value,
  set,
}: {
  label: string;
  hint: string;
  least: number;
  most: number;
  value: string;
  set: (text: string) => void;
}): JSX.Element {
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <textarea
          {...ids}
          class="input"
          rows={2}
          required
          minLength={least}
          maxLength={most}
          value={value}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

function Url({ label, value, set }: { label: string; value: string; set: (text: string) => void }): JSX.Element {
  return (
    <Field label={label}>
      {(ids) => (
        <input
          {...ids}
          class="input"
          type="url"
          autocomplete="off"
          placeholder="https://"
          value={value}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
