// What went wrong, in words: what happened, and what to do.

import type { JSX } from "preact";
import { ApiError } from "../api/client";
import { Button } from "./basics";
import { Icon } from "./icon";

export function wordsOf(error: unknown): { title: string; more: string } {
  if (error instanceof ApiError) {
    if (error.status === 0)
      return { title: "The server does not answer", more: "It may be starting again. This page tries once more by itself, or press the button." };
    if (error.status === 403)
      return { title: "Your role does not allow this", more: error.message };
    if (error.status === 404) return { title: "There is no such thing here", more: error.message };
    if (error.fields.length > 0) return { title: error.message, more: "Each says what is wrong with it." };
    if (error.status === 429) return { title: "Too many requests", more: "Wait a moment, then try again." };
    return { title: error.message, more: error.code ? `Error ${error.code}, HTTP ${error.status}` : `HTTP ${error.status}` };
  }
  return { title: "This page failed", more: error instanceof Error ? error.message : String(error) };
}

export function ErrorNote({ error, again }: { error: unknown; again?: () => void }): JSX.Element {
  const { title, more } = wordsOf(error);
  return (
    <div class="note note-bad" role="alert">
      <Icon name="alert" />
      <div>
        <p class="strong">{title}</p>
        <p class="small">{more}</p>
      </div>
      {again && (
        <Button small icon="replay" class="push" onClick={again}>
          Try again
        </Button>
      )}
    </div>
  );
}
