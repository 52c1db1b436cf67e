// Times, lengths and numbers as people read them, in the viewer's own zone and language.

const LANGUAGE = undefined;

const clockTime = new Intl.DateTimeFormat(LANGUAGE, { hour: "numeric", minute: "2-digit", second: "2-digit" });
const dayTime = new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
const yearTime = new Intl.DateTimeFormat(LANGUAGE, {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
});
const exactTime = new Intl.DateTimeFormat(LANGUAGE, {
  weekday: "short",
  year: "numeric",
  month: "long",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  timeZoneName: "short",
});

const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto", style: "long" });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** As short as tells it apart: the time today, the day this year, else with the year. */
export function shortTime(at: Date, now: Date = new Date()): string {
  if (at.toDateString() === now.toDateString()) return clockTime.format(at);
  return (at.getFullYear() === now.getFullYear() ? dayTime : yearTime).format(at);
}

const phoneClock = new Intl.DateTimeFormat(LANGUAGE, { hour: "numeric", minute: "2-digit" });

/** As a phone shows it: the time today, else the day too. */
export function phoneTime(at: Date, now: Date = new Date()): string {
  return at.toDateString() === now.toDateString() ? phoneClock.format(at) : dayTime.format(at);
}

/** To the millisecond, with the zone. */
export function exact(at: Date): string {
  return exactTime.format(at);
}

/** "3 minutes ago", "in 2 hours". */
export function ago(at: Date, now: Date = new Date()): string {
  const ms = at.getTime() - now.getTime();
  const size = Math.abs(ms);
  if (size < 10_000) return "just now";
  if (size < MINUTE) return relative.format(Math.round(ms / 1000), "second");
  if (size < HOUR) return relative.format(Math.round(ms / MINUTE), "minute");
  if (size < DAY) return relative.format(Math.round(ms / HOUR), "hour");
  return relative.format(Math.round(ms / DAY), "day");
}

/** Seconds as a phone shows a call's length: 0:07, 12:40, 1:02:03. */
export function callLength(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const two = (n: number): string => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** How long something took or lasts, from ms: 4 ms, 1.3 s, 2 min 5 s, 3 h 20 min, 9 d. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const part = (n: number, unit: string): string => (n ? ` ${n} ${unit}` : "");
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min${part(Math.floor((ms % MINUTE) / 1000), "s")}`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h${part(Math.floor((ms % HOUR) / MINUTE), "min")}`;
  return `${Math.floor(ms / DAY)} d${part(Math.floor((ms % DAY) / HOUR), "h")}`;
}

const whole = new Intl.NumberFormat(LANGUAGE);

export function count(n: number): string {
  return whole.format(n);
}

/** "1 session", "2 sessions". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** An E.164 number in the groups that people read it in; North America's are known, others go in
 * threes after the plus sign. A short code stays as it is. */
export function grouped(number: string): string {
  // Also while it is being dialled.
  const us = /^(\+1)([\dX]{1,3})([\dX]{0,3})([\dX]{0,4})$/.exec(number);
  if (us) return us.slice(1).filter(Boolean).join(" ");
  if (/^\+\d{8,15}$/.test(number)) return number.replace(/(\d{2,3})(?=(\d{3})+$)/g, "$1 ").trim();
  return number;
}

/** A SID's beginning and end: enough to tell two apart. */
export function shortSid(sid: string): string {
  return sid.length > 14 ? `${sid.slice(0, 4)}…${sid.slice(-4)}` : sid;
}
