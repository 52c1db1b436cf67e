// Tables. On a phone's width each row becomes a card of names and values. Long lists come a page at
// a time, by keys that the server gives: there is no counting of pages and no loading of everything.

import type { ComponentChildren, JSX } from "preact";
import { Button } from "./basics";

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ComponentChildren;
  /** Numbers stand to the right. */
  end?: boolean;
  /** Takes what is left; the others take what they need. */
  wide?: boolean;
}

export function Table<Row>({
  caption,
  columns,
  rows,
  keyOf,
  foot,
}: {
  /** What the table lists, for screen readers. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  foot?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="table-frame">
      <table class="table">
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" class={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <td key={column.title} class={classOf(column)} data-title={column.title}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {foot}
    </div>
  );
}

function classOf<Row>(column: Column<Row>): string {
  return [column.end && "end", column.wide && "wide"].filter(Boolean).join(" ");
}

/** Newer and older. A key that is null has no page behind it. */
export function Pager({
  newer,
  older,
  children,
}: {
  newer?: (() => void) | null;
  older?: (() => void) | null;
  children?: ComponentChildren;
}): JSX.Element | null {
  if (!newer && !older && !children) return null;
  return (
    <nav class="pager" aria-label="Pages">
      <span class="quiet small">{children}</span>
      <span class="row push">
        <Button small icon="left" disabled={!newer} onClick={() => newer?.()}>
          Newer
        </Button>
        <Button small disabled={!older} onClick={() => older?.()}>
          Older
        </Button>
      </span>
    </nav>
  );
}
