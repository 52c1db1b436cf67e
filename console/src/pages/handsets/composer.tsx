// Where a message is written: text, emoji, a picture with its preview.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon, toastError } from "../../ui";
import type { Owner } from "./phone";
import { SAMPLES } from "./samples";

const EMOJI = [
  "😀", "😂", "😊", "😍", "😎", "🤔", "😅", "😴",
  "👍", "👋", "🙏", "👏", "💪", "🤝", "❤️", "🎉",
  "🚗", "🚕", "📦", "🏠", "🔔", "☎️", "⏰", "📍",
  "☀️", "🌧️", "☕", "🍕", "🐕", "🌷", "✅", "❓",
];

const MOST_BYTES = 1_048_576;
const MOST_CHARACTERS = 1600;
const MOST_PICTURES = 10;

interface Attached {
  blob: Blob;
  /** An address of the browser's own, for the preview. */
  url: string;
}

export function Composer({
  to,
  owner,
  send,
}: {
  to: string;
  owner: Owner;
  send: (to: string, body: string, pictures: readonly Blob[]) => Promise<void>;
}): JSX.Element {
  const [body, setBody] = useState("");
  const [pictures, setPictures] = useState<Attached[]>([]);
  const [open, setOpen] = useState<"emoji" | "pictures" | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const file = useRef<HTMLInputElement>(null);
  const tray = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (open) tray.current?.querySelector("button")?.focus();
  }, [open]);
  const shut = (): void => {
    setOpen(null);
    field.current?.focus();
  };
  const attach = (blob: Blob): void => {
    if (blob.size > MOST_BYTES) return toastError(new Error("A picture can have 1 MiB at most."));
    setPictures((now) => [...now, { blob, url: URL.createObjectURL(blob) }].slice(0, MOST_PICTURES));
    shut();
  };
  const insert = (emoji: string): void => {
    const area = field.current;
    const from = area?.selectionStart ?? body.length;
    const to = area?.selectionEnd ?? body.length;
    setBody(body.slice(0, from) + emoji + body.slice(to));
    setOpen(null);
    requestAnimationFrame(() => {
      area?.focus();
      area?.setSelectionRange(from + emoji.length, from + emoji.length);
    });
  };
  const submit = async (): Promise<void> => {
    if (busy || (!body.trim() && pictures.length === 0)) return;
    setBusy(true);
    try {
      await send(to, body, pictures.map((one) => one.blob));
      for (const one of pictures) URL.revokeObjectURL(one.url);
      setBody("");
      setPictures([]);
    } catch (error) {
      // What was written stays: it was not sent.
      toastError(error);
    } finally {
      setBusy(false);
      field.current?.focus();
    }
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={(event) => event.key === "Escape" && open && shut()}
    >
      {open === "emoji" && (
        <div class="tray tray-emoji" ref={tray} role="group" aria-label="Emoji">
          {EMOJI.map((emoji) => (
            <button key={emoji} type="button" onClick={() => insert(emoji)}>
              {emoji}
            </button>
          ))}
        </div>
      )}
      {open === "pictures" && (
        <div class="tray tray-pictures" ref={tray} role="group" aria-label="Pictures">
          {SAMPLES.map((sample) => (
            <button key={sample.name} type="button" onClick={() => attach(sample.blob)}>
              <img src={sample.url} alt="" />
              {sample.name}
            </button>
          ))}
          <button type="button" onClick={() => file.current?.click()}>
            <Icon name="plus" size={26} />
            From a file
          </button>
        </div>
      )}
      <input
        ref={file}
        hidden
        type="file"
        accept="image/png,image/jpeg,image/gif,image/webp,image/svg+xml"
        onChange={(event) => {
          const chosen = event.currentTarget.files?.[0];
          if (chosen) attach(chosen);
          event.currentTarget.value = "";
        }}
      />
      {pictures.length > 0 && (
        <ul class="previews">
          {pictures.map((one) => (
            <li key={one.url}>
              <img src={one.url} alt="Picture to be sent" />
              <button
                type="button"
                onClick={() => {
                  URL.revokeObjectURL(one.url);
                  setPictures(pictures.filter((other) => other !== one));
                }}
              >
                <Icon name="close" size={12} />
                <span class="unseen">Remove the picture</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="composer-row">
        <button
          type="button"
          class="phone-round"
          aria-expanded={open === "pictures"}
          onClick={() => setOpen(open === "pictures" ? null : "pictures")}
        >
          <Icon name="clip" />
          <span class="unseen">Attach a picture</span>
        </button>
        <textarea
          ref={field}
          rows={1}
          maxLength={MOST_CHARACTERS}
          placeholder="Text message"
          aria-label={`${owner.name}'s message`}
          value={body}
          onInput={(event) => setBody(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
              event.preventDefault();
              void submit();
            }
          }}
        />
        <button
          type="button"
          class="phone-round"
          aria-expanded={open === "emoji"}
          onClick={() => setOpen(open === "emoji" ? null : "emoji")}
        >
          <Icon name="smile" />
          <span class="unseen">Emoji</span>
        </button>
        <button type="submit" class="phone-round phone-send" disabled={busy || (!body.trim() && !pictures.length)}>
          <Icon name="send" />
          <span class="unseen">Send</span>
        </button>
      </div>
    </form>
  );
}
