// The console's own API: one way to ask it, typed by the server's own description of itself.

import type { Endpoints, FieldProblem, Me, Problem } from "./types";

export const API = "/console/api";

/** What the server refused with, or status 0 when it did not answer. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    /** What is wrong with each field of a form. */
    readonly fields: readonly FieldProblem[] = [],
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export type Endpoint = keyof Endpoints;
export type Answer<E extends Endpoint> = Endpoints[E]["answer"];
export type Body<E extends Endpoint> = Endpoints[E]["body"];

export type Fill = Record<string, string | number | undefined | null>;

/** The rest of a call: `path` fills the braces, `query` what it names. */
export interface Ask<E extends Endpoint> {
  path?: Record<string, string>;
  query?: Fill;
  body?: Body<E>;
  signal?: AbortSignal;
}

let csrf = "";
let become: (me: Me | null) => void = () => {};

/** What goes into every request that changes something; made anew at each sign-in. */
export function useToken(token: string): void {
  csrf = token;
}

/** What to do when the server no longer knows who is asking, or knows somebody else: in another tab
 * of the same browser somebody has signed in anew. */
export function onSignIn(then: (me: Me | null) => void): void {
  become = then;
}

/** Looks whether somebody is still signed in, and says so where not. */
export function checkSignedIn(): void {
  ask("GET /me").catch((reason: unknown) => {
    if (reason instanceof ApiError && reason.status === 401) become(null);
  });
}

/** An endpoint's address, its braces filled. Each part is escaped, the plus sign of a number too. */
export function address(endpoint: string, path: Record<string, string> = {}, query: Fill = {}): string {
  const route = endpoint.slice(endpoint.indexOf(" ") + 1);
  const filled = route.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ""));
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== "") params.set(name, String(value));
  const text = params.toString();
  return API + filled + (text ? `?${text}` : "");
}

/** Asks an endpoint. Raises ApiError. */
export async function ask<E extends Endpoint>(endpoint: E, rest: Ask<E> = {}): Promise<Answer<E>> {
  const token = csrf;
  try {
    return await askOnce(endpoint, rest);
  } catch (reason) {
    if (!(reason instanceof ApiError) || reason.status !== 403 || endpoint.startsWith("GET")) throw reason;
    // The token goes with the cookie, and another tab may have changed that.
    const me = await askOnce("GET /me", {}).catch(() => null);
    if (!me || me.csrf_token === token) throw reason;
    useToken(me.csrf_token);
    become(me);
    return askOnce(endpoint, rest);
  }
}

async function askOnce<E extends Endpoint>(endpoint: E, rest: Ask<E>): Promise<Answer<E>> {
  const method = endpoint.slice(0, endpoint.indexOf(" "));
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  const { body } = rest;
  let payload: BodyInit | null = null;
  if (body instanceof Blob) {
    headers["Content-Type"] = body.type;
    payload = body;
  } else if (body !== undefined && body !== null) {
    headers["Content-Type"] = "application/json";
    payload = JSON.stringify(body);
  }
  let answer: Response;
  try {
    answer = await fetch(address(endpoint, rest.path, rest.query), {
      method,
      headers,
      body: payload,
      credentials: "same-origin",
      cache: "no-store",
      signal: rest.signal ?? null,
    });
  } catch (error) {
    if (rest.signal?.aborted) throw error;
    throw new ApiError(0, 0, "The server does not answer");
  }
  if (answer.ok) return (answer.status === 204 ? null : await answer.json()) as Answer<E>;
  const problem = (await answer.json().catch(() => null)) as Problem | null;
  if (answer.status === 401 && !endpoint.includes("/sign-in") && !endpoint.includes("/me")) become(null);
  throw new ApiError(
    answer.status,
    problem?.code ?? 0,
    problem?.message ?? `The server answered with HTTP ${answer.status}`,
    problem?.fields,
  );
}
