// How a session is told of.

const REASONS: Record<string, string> = {
  api: "by the application",
  ttl: "nothing passed for its time to live",
  "date-expiry": "its date had come",
};

/** Why it ended, in words. */
export function endedBecause(reason: string | null): string {
  return reason === null ? "ended" : (REASONS[reason] ?? reason);
}
