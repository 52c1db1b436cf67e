// Opting out, opting in and asking for help: what a campaign says of them, beside what its numbers do.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { useGet } from "../../api/hooks";
import type { CampaignDetail, KindAnswers, NewCampaign, SaidAnswer, ServiceAnswers } from "../../api/types";
import { type Difference, differences, wordsIn } from "../../model/answers";
import { Link } from "../../router";
import { Button, count, ErrorNote, Field, Foreign, Icon, Loading } from "../../ui";

type Kind = KindAnswers["kind"];
type Said = { words: string; message: string };
type Edits = Partial<Record<Kind, Partial<Said>>>;
/** The part of a new campaign that is about answers. */
export type Answers = Required<
  Pick<
    NewCampaign,
    "opt_in_keywords" | "opt_out_keywords" | "help_keywords" | "opt_in_message" | "opt_out_message" | "help_message"
  >
>;

const KINDS: readonly Kind[] = ["opt-out", "opt-in", "help"];
const TITLES: Readonly<Record<Kind, string>> = {
  "opt-out": "No more messages",
  "opt-in": "Messages again",
  help: "Help",
};
/** What the registry takes: characters of an answer, and of all words of a kind together. */
const LEAST = 20;
const MOST = 320;
const MOST_WORDS = 255;

/** What a Messaging Service answers, and what somebody wants to register instead. */
export function useAnswers(sid: string): {
  fields: JSX.Element;
  /** As it is handed in; null until it is known what is sent. */
  body: Answers | null;
} {
  const { data, error, again } = useGet("GET /a2p/answers/{sid}", sid ? { path: { sid } } : null);
  const [edits, setEdits] = useState<Edits>({});
  const said = (kind: Kind): Said => {
    const sent = data?.kinds.find((one) => one.kind === kind);
    return { words: sent?.words.join(" ") ?? "", message: sent?.message ?? "", ...edits[kind] };
  };
  const body = (): Answers => {
    const [out, back, help] = [said("opt-out"), said("opt-in"), said("help")];
    return {
      opt_out_keywords: wordsIn(out.words),
      opt_out_message: out.message.trim(),
      opt_in_keywords: wordsIn(back.words),
      opt_in_message: back.message.trim(),
      help_keywords: wordsIn(help.words),
      help_message: help.message.trim(),
    };
  };
  const fields = error ? (
    <ErrorNote error={error} again={again} />
  ) : !data ? (
    <Loading />
  ) : (
    <section class="stack stack-tight answers">
      <h3>What people are answered</h3>
      <p class="small quiet">{lead(data)}</p>
      {KINDS.map((kind) => (
        <KindFields
          key={kind}
          kind={kind}
          said={said(kind)}
          sent={data.kinds.find((one) => one.kind === kind)}
          set={(change) => setEdits((now) => ({ ...now, [kind]: { ...now[kind], ...change } }))}
          reset={() => setEdits((now) => ({ ...now, [kind]: {} }))}
        />
      ))}
    </section>
  );
  return { fields, body: data ? body() : null };
}

function lead(of: ServiceAnswers): string {
  if (of.kinds.length === 0)
    return "Carriers try these words. Your program answers them by itself here: say what it answers, word for word.";
  const whose = of.own ? "the service’s own lists" : "the server";
  return `Carriers try these words and look at the answers. This is what ${whose} says today, so leave it if it is right.`;
}

function KindFields({
  kind,
  said,
  sent,
  set,
  reset,
}: {
  kind: Kind;
  said: Said;
  sent: KindAnswers | undefined;
  set: (change: Partial<Said>) => void;
  reset: () => void;
}): JSX.Element {
  const length = [...said.message.trim()].length;
  const found = sent && differences(sent, wordsIn(said.words), said.message);
  return (
    <fieldset class="part">
      <legend class="strong">{TITLES[kind]}</legend>
      <Field label="Words" hint={kind === "opt-in" ? "Empty, where nobody can begin by a text." : undefined}>
        {(ids) => (
          <input
            {...ids}
            class="input"
            autocomplete="off"
            spellcheck={false}
            maxLength={MOST_WORDS}
            pattern="[0-9A-Za-z\s,;]*"
            title="Letters and digits, with blanks between the words"
            value={said.words}
            onInput={(event) => set({ words: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label="Answer" hint={`${count(length)} characters; from ${LEAST} to ${MOST} can be registered.`}>
        {(ids) => (
          <textarea
            {...ids}
            class="input"
            dir="auto"
            rows={2}
            minLength={LEAST}
            maxLength={MOST}
            value={said.message}
            onInput={(event) => set({ message: event.currentTarget.value })}
          />
        )}
      </Field>
      {found && (
        <Differs found={found}>
          <div>
            <Button small icon="replay" onClick={reset}>
              Take what is sent
            </Button>
          </div>
        </Differs>
      )}
    </fieldset>
  );
}

/** Says that numbers do otherwise than is registered; nothing where they do the same. */
function Differs({ found, children }: { found: Difference; children?: ComponentChildren }): JSX.Element | null {
  if (found.unknown.length === 0 && found.sent.length === 0) return null;
  return (
    <div class="note note-warn" role="status">
      <Icon name="alert" />
      <div class="stack stack-tight">
        {found.unknown.length > 0 && (
          <p>
            <Words of={found.unknown} /> {found.unknown.length === 1 ? "is" : "are"} not taken for this by the numbers.
          </p>
        )}
        {found.sent.map((one) => (
          <p key={one.message}>
            {one.words.length > 0 ? (
              <>
                To <Words of={one.words} /> another answer is sent:
              </>
            ) : (
              "Another answer is sent:"
            )}{" "}
            <q class="answer-sent">
              <Foreign text={one.message} />
            </q>
          </p>
        ))}
        {children}
      </div>
    </div>
  );
}

function Words({ of }: { of: readonly string[] }): JSX.Element {
  return (
    <>
      {of.map((word, at) => (
        <span key={word}>
          {at > 0 && ", "}
          <strong>
            <Foreign text={word} />
          </strong>
        </span>
      ))}
    </>
  );
}

/** What was registered of a campaign, and where its numbers do otherwise. */
export function RegisteredAnswers({ of }: { of: CampaignDetail }): JSX.Element | null {
  if (of.answers.length === 0) return null;
  const differ = of.answers.some((one) => one.unknown.length > 0 || one.sent.length > 0);
  return (
    <section class="stack stack-tight part">
      <h3>What people are answered</h3>
      {!of.compared && (
        <p class="small quiet">Your program answers by itself: whether it says the same is not known here.</p>
      )}
      <dl class="said-answers">
        {of.answers.map((one) => (
          <div key={one.kind}>
            <dt>
              <span class="strong">{TITLES[one.kind]}</span>
              <span class="words">
                {one.words.map((word) => (
                  <span key={word} class={one.unknown.includes(word) ? "badge badge-warn" : "badge"}>
                    <Foreign text={word} />
                  </span>
                ))}
              </span>
            </dt>
            <dd class="stack stack-tight">
              {one.message ? (
                <Foreign text={one.message} />
              ) : (
                <span class="quiet">{one.words.length > 0 ? "no answer" : "nothing"} was registered</span>
              )}
              <Differs found={{ unknown: one.unknown, sent: one.sent.map(alone) }} />
            </dd>
          </div>
        ))}
      </dl>
      {differ && (
        <p class="small">
          Have <Link to={`/messaging-services/${of.campaign.service_sid}?view=opt-outs`}>the service’s own lists</Link>{" "}
          say what was registered: carriers stop a campaign whose answers are others.
        </p>
      )}
    </section>
  );
}

function alone(message: string): SaidAnswer {
  return { message, words: [] };
}
