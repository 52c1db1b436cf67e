// The form of a toll-free verification: a new one's, and that of one which is corrected. The server
// checks it, all fields at once, and what is wrong stands beside the field that it is about.

import { type ComponentChildren, Fragment, type JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { ApiError } from "../../api/client";
import { Field, Foreign, grouped, Needed, Panel } from "../../ui";
import { type Draft, type FieldSpec, isNeeded, linesOf, type Name, PARTS } from "./fields";

/** What is wrong, by the field. */
export type Problems = ReadonlyMap<string, ComponentChildren>;

export function problemsOf(error: unknown): Problems {
  const found = error instanceof ApiError ? error.fields : [];
  return new Map(found.map((one) => [one.field, `${one.says} (${one.code})`]));
}

/** Leads to the first field that the server says is wrong: with what it says, not after it, when
 * somebody may be about to press something. */
export function useFirstWrong(error: unknown): { current: HTMLDivElement | null } {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const wrong = problemsOf(error);
    const fields = box.current?.querySelectorAll<HTMLInputElement>("[name]") ?? [];
    [...fields].find((one) => wrong.has(one.name))?.focus();
  }, [error]);
  return box;
}

type Props = {
  draft: Draft;
  set: (name: Name, value: string) => void;
  problems: Problems;
  /** Of fields that are kept as they are when nothing is written into them: what they are. */
  kept?: ReadonlyMap<string, string>;
};

export function Parts({ draft, set, problems, kept }: Props): JSX.Element {
  return (
    <>
      {PARTS.map((part) => (
        <Panel key={part.title} title={part.title}>
          <div class="stack">
            {part.lead && <p class="quiet">{part.lead}</p>}
            <div class="fields">
              {part.fields.map((spec) => (
                <Fragment key={spec.name}>
                  <Control
                    spec={spec}
                    value={draft[spec.name]}
                    set={(value) => set(spec.name, value)}
                    error={problems.get(spec.name)}
                    needed={isNeeded(spec, draft)}
                    kept={kept?.get(spec.name)}
                  />
                </Fragment>
              ))}
            </div>
          </div>
        </Panel>
      ))}
    </>
  );
}

type ControlProps = {
  spec: FieldSpec;
  value: string;
  set: (value: string) => void;
  error: ComponentChildren;
  needed: boolean;
  kept: string | undefined;
};

function Control({ spec, value, set, error, needed, kept }: ControlProps): JSX.Element {
  if (spec.kind === "choices") return <Choices {...{ spec, value, set, error, needed }} />;
  const hint = kept ? (
    <>
      Stays <Foreign text={grouped(kept)} /> unless you write another.
    </>
  ) : (
    spec.hint
  );
  const wide = spec.kind === "long" || spec.name === "opt_in_image_urls";
  return (
    <div class={wide ? "fields-all" : ""}>
      <Field label={spec.label} hint={hint} error={error} needed={needed && !kept}>
        {(ids) => <Input ids={ids} {...{ spec, value, set }} needed={needed && !kept} />}
      </Field>
    </div>
  );
}

function Input({
  ids,
  spec,
  value,
  set,
  needed,
}: {
  ids: { id: string };
  spec: FieldSpec;
  value: string;
  set: (value: string) => void;
  needed: boolean;
}): JSX.Element {
  const { kind, choices = {}, example } = spec;
  if (kind === "choice" || kind === "yes-no")
    return (
      <select {...ids} name={spec.name} class="select" required={needed} value={value} onChange={(event) => set(event.currentTarget.value)}>
        <option value="">{needed ? "choose one" : "not said"}</option>
        {Object.entries(choices).map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
        {value && !(value in choices) && <option value={value}>{value}</option>}
      </select>
    );
  if (kind === "long" || kind === "lines")
    return (
      <textarea
        {...ids}
        name={spec.name}
        class="input"
        rows={kind === "long" || spec.needed ? 3 : 2}
        required={needed}
        placeholder={example}
        value={value}
        onInput={(event) => set(event.currentTarget.value)}
      />
    );
  return (
    <input
      {...ids}
      name={spec.name}
      class="input"
      inputMode={kind === "url" || kind === "email" || kind === "tel" ? kind : "text"}
      required={needed}
      autocomplete="off"
      placeholder={example ?? PLACEHOLDERS[kind ?? ""]}
      maxLength={kind === "country" ? 2 : undefined}
      value={value}
      onInput={({ currentTarget }) => set(kind === "country" ? currentTarget.value.toUpperCase() : currentTarget.value)}
    />
  );
}

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  url: "https://",
  tel: "+1",
  country: "US",
};

function Choices({ spec, value, set, error, needed }: Omit<ControlProps, "kept">): JSX.Element {
  const chosen = linesOf(value);
  const turn = (one: string): void =>
    set((chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one]).join("\n"));
  const id = `${spec.name}-said`;
  return (
    <fieldset class="choices fields-all">
      <legend>
        {spec.label}
        {needed && <Needed />}
      </legend>
      <div class="choices-beside">
        {Object.entries(spec.choices ?? {}).map(([one, words]) => (
          <label key={one}>
            <input
              type="checkbox"
              name={spec.name}
              checked={chosen.includes(one)}
              aria-describedby={id}
              aria-invalid={error ? "true" : undefined}
              onChange={() => turn(one)}
            />
            {words}
          </label>
        ))}
      </div>
      <p id={id} class={error ? "field-error" : "field-hint"}>
        {error ?? spec.hint}
      </p>
    </fieldset>
  );
}
