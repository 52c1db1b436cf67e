// Advanced Opt-Out: the service's own words and answers, by language and country.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../api/client";
import { useAction, useGet } from "../../api/hooks";
import type { OptOutListView } from "../../api/types";
import { wordsIn } from "../../model/answers";
import { country, language } from "../../model/places";
import {
  Badge,
  Button,
  type Column,
  Confirm,
  Dialog,
  EmptyState,
  ErrorNote,
  Field,
  Foreign,
  Form,
  Icon,
  Loading,
  Panel,
  Table,
  toast,
} from "../../ui";
import { Switch } from "../../ui/switch";

function nameOf(one: OptOutListView): string {
  return one.country ? `${language(one.language)}, ${country(one.country)}` : language(one.language);
}

function Words({ of }: { of: readonly string[] }): JSX.Element {
  if (of.length === 0) return <span class="quiet">none</span>;
  return (
    <span class="words">
      {of.map((word) => (
        <span key={word} class="badge">
          <Foreign text={word} />
        </span>
      ))}
    </span>
  );
}

export function OptOutLists({ sid, mayChange }: { sid: string; mayChange: boolean }): JSX.Element {
  const { data, error, again, put } = useGet("GET /messaging-services/{sid}/opt-out-lists", { path: { sid } });
  const [adding, setAdding] = useState(false);
  const [open, setOpen] = useState<OptOutListView | null>(null);
  const [removing, setRemoving] = useState<OptOutListView | null>(null);
  const turn = useAction(async (enabled: boolean) => {
    const found = await ask("POST /messaging-services/{sid}/opt-outs", { path: { sid }, body: { enabled } });
    put(() => found);
    toast(enabled ? "The service answers in its own words" : "The server’s own words count again");
  });
  const remove = useAction(async (one: OptOutListView) => {
    await ask("POST /messaging-services/{sid}/opt-out-lists/{list}/remove", { path: { sid, list: one.sid } });
    put((now) => ({ ...now, lists: now.lists.filter((other) => other.sid !== one.sid) }));
    setRemoving(null);
    toast("Removed");
  });
  if (error) return <ErrorNote error={error} again={again} />;
  if (!data) return <Loading />;
  const columns: Column<OptOutListView>[] = [
    {
      title: "Language",
      cell: (row) => (
        <>
          <button type="button" class="linkish strong" onClick={() => setOpen(row)}>
            {language(row.language)}
            <span class="unseen">{row.country ? `, ${country(row.country)}` : ", everywhere"}</span>
          </button>
        </>
      ),
    },
    { title: "For people of", cell: (row) => (row.country ? country(row.country) : <span class="quiet">all countries</span>) },
    { title: "No more messages", wide: true, cell: (row) => <Words of={row.opt_out_keywords} /> },
    { title: "Messages again", cell: (row) => <Words of={row.opt_in_keywords} /> },
    { title: "Help", cell: (row) => <Words of={row.help_keywords} /> },
  ];
  return (
    <>
      <Panel title="Advanced Opt-Out" flush>
        <ul class="switches">
          <li>
            <Switch
              label="Words and answers of its own"
              on={data.enabled}
              busy={turn.busy}
              disabled={!mayChange}
              turn={(on) => void turn.run(on)}
            >
              {data.enabled
                ? "People are answered in their language. Your program is told with OptOutType, and should not answer too."
                : "Until it is on, the server’s own words count, and its answers."}
            </Switch>
          </li>
        </ul>
        {turn.error ? <ErrorNote error={turn.error} /> : null}
      </Panel>
      <Panel
        flush
        title="Lists"
        actions={
          mayChange &&
          data.lists.length > 0 && (
            <Button small icon="plus" onClick={() => setAdding(true)}>
              Add a list
            </Button>
          )
        }
      >
        {data.lists.length === 0 ? (
          <EmptyState icon="stop" title="No lists yet">
            Turn Advanced Opt-Out on: the service then gets a list for each of the server’s languages, to be changed as
            you like. STOP, START, UNSTOP and HELP always count.
          </EmptyState>
        ) : (
          <Table
            caption="Lists, those for all countries first"
            columns={columns}
            rows={data.lists}
            keyOf={(row) => row.sid}
          />
        )}
      </Panel>
      {adding && (
        <Add
          sid={sid}
          languages={data.languages}
          close={() => setAdding(false)}
          added={(one) => {
            setAdding(false);
            put((now) => ({ ...now, lists: [...now.lists, one].sort(inOrder) }));
            setOpen(one);
          }}
        />
      )}
      {open && (
        <Edit
          key={open.sid}
          sid={sid}
          list={open}
          mayChange={mayChange}
          close={() => setOpen(null)}
          remove={() => {
            setRemoving(open);
            setOpen(null);
          }}
          saved={(one) => {
            put((now) => ({ ...now, lists: now.lists.map((other) => (other.sid === one.sid ? one : other)) }));
            setOpen(null);
            toast("Saved", "It counts for the next word that comes in.");
          }}
        />
      )}
      {removing && (
        <Confirm
          title={`Remove ${nameOf(removing)}?`}
          yes="Remove"
          danger
          busy={remove.busy}
          run={() => void remove.run(removing)}
          close={() => setRemoving(null)}
        >
          <p>Its words mean nothing any more. Who opted out with one stays opted out.</p>
          {remove.error ? <ErrorNote error={remove.error} /> : null}
        </Confirm>
      )}
    </>
  );
}

function inOrder(one: OptOutListView, other: OptOutListView): number {
  return one.country.localeCompare(other.country) || one.language.localeCompare(other.language);
}

function Add({
  sid,
  languages,
  close,
  added,
}: {
  sid: string;
  languages: readonly string[];
  close: () => void;
  added: (one: OptOutListView) => void;
}): JSX.Element {
  const [name, setName] = useState("FRENCH");
  const [code, setCode] = useState("");
  const run = useAction(async () => {
    const body = { language: name, country: code.trim().toUpperCase() };
    added(await ask("POST /messaging-services/{sid}/opt-out-lists", { path: { sid }, body }));
  });
  return (
    <Dialog title="Add a list" close={close}>
      <Form action={run} yes="Add" close={close}>
        <Field label="Language" hint="It begins with what the server knows of this language.">
          {(ids) => (
            <select {...ids} class="select" value={name} onChange={(event) => setName(event.currentTarget.value)}>
              {languages.map((one) => (
                <option key={one} value={one}>
                  {language(one)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Only for people of" hint="Two letters, as CA; empty for all. A country’s own list goes first.">
          {(ids) => (
            <input
              {...ids}
              class="input"
              maxLength={2}
              autocomplete="off"
              value={code}
              onInput={(event) => setCode(event.currentTarget.value)}
            />
          )}
        </Field>
      </Form>
    </Dialog>
  );
}

/** What a list is made of: the words of a kind, the answer, and how both are called. */
const PARTS = [
  ["opt_out_keywords", "opt_out_message", "No more messages", "STOP"],
  ["opt_in_keywords", "opt_in_message", "Messages again", "START UNSTOP"],
  ["help_keywords", "help_message", "Help", "HELP"],
] as const;

/** The longest answer that Twilio allows. */
const MOST = 320;

function Edit({
  sid,
  list,
  mayChange,
  close,
  remove,
  saved,
}: {
  sid: string;
  list: OptOutListView;
  mayChange: boolean;
  close: () => void;
  remove: () => void;
  saved: (one: OptOutListView) => void;
}): JSX.Element {
  const [texts, setTexts] = useState<Record<string, string>>(() =>
    Object.fromEntries(
      PARTS.flatMap(([words, answer]) => [
        [words, list[words].join(" ")],
        [answer, list[answer]],
      ]),
    ),
  );
  const run = useAction(async () => {
    const words = (name: string): string[] => wordsIn(texts[name] ?? "");
    const body = {
      opt_out_keywords: words("opt_out_keywords"),
      opt_in_keywords: words("opt_in_keywords"),
      help_keywords: words("help_keywords"),
      opt_out_message: texts["opt_out_message"] ?? "",
      opt_in_message: texts["opt_in_message"] ?? "",
      help_message: texts["help_message"] ?? "",
    };
    const path = { sid, list: list.sid };
    saved(await ask("POST /messaging-services/{sid}/opt-out-lists/{list}", { path, body }));
  });
  const set = (name: string, text: string): void => setTexts((now) => ({ ...now, [name]: text }));
  return (
    <Dialog title={nameOf(list)} close={close} wide>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void run.run();
        }}
      >
        {list.fixed && (
          <div class="note">
            <Icon name="info" />
            <p class="small">
              STOP, START, UNSTOP and HELP stay in this list whatever is saved, and mean the same in every other:
              nobody is left without a way out.
            </p>
          </div>
        )}
        {PARTS.map(([words, answer, title, always]) => (
          <fieldset key={words} class="part" disabled={!mayChange}>
            <legend>
              {title} {list.fixed && <Badge>{always} always</Badge>}
            </legend>
            <Field label="Words">
              {(ids) => (
                <input
                  {...ids}
                  class="input"
                  dir="auto"
                  autocomplete="off"
                  spellcheck={false}
                  value={texts[words]}
                  onInput={(event) => set(words, event.currentTarget.value)}
                />
              )}
            </Field>
            <Field label="Answer" hint={`${[...(texts[answer] ?? "")].length} of ${MOST} characters`}>
              {(ids) => (
                <textarea
                  {...ids}
                  class="input"
                  dir="auto"
                  rows={2}
                  maxLength={MOST}
                  value={texts[answer]}
                  onInput={(event) => set(answer, event.currentTarget.value)}
                />
              )}
            </Field>
          </fieldset>
        ))}
        {run.error ? <ErrorNote error={run.error} /> : null}
        <div class="row end">
          {mayChange && !list.fixed && (
            <Button kind="ghost" onClick={remove}>
              Remove this list
            </Button>
          )}
          <Button onClick={close}>{mayChange ? "Cancel" : "Close"}</Button>
          {mayChange && (
            <Button kind="primary" type="submit" busy={run.busy}>
              Save
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
