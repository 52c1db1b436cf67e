// A plot of a few series over time: own SVG, no library. The same figures stand in a table for
// screen readers.

import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { count, exact, shortTime } from "./format";
import { niceTop } from "./scale";

export interface Series {
  name: string;
  /** A colour of the system, such as `var(--good)`. */
  colour: string;
  /** One value per time. */
  values: readonly number[];
}

const WIDTH = 640;
const LEFT = 44;
const BOTTOM = 22;
const TOP = 8;

/** Bars that stand on each other (counts per interval), or lines (levels). */
export function Plot({
  title,
  times,
  series,
  kind = "bars",
  height = 180,
  format = count,
}: {
  title: string;
  /** When each value's interval begins, in ms. */
  times: readonly number[];
  series: readonly Series[];
  kind?: "bars" | "lines";
  height?: number;
  format?: (value: number) => string;
}): JSX.Element {
  const id = useId();
  const [at, setAt] = useState<number | null>(null);
  const tops = times.map((_, i) => {
    const values = series.map((one) => one.values[i] ?? 0);
    return kind === "bars" ? values.reduce((sum, value) => sum + value, 0) : Math.max(0, ...values);
  });
  const highest = niceTop(Math.max(1, ...tops));
  const inner = height - TOP - BOTTOM;
  const step = (WIDTH - LEFT) / Math.max(1, times.length);
  const x = (i: number): number => LEFT + i * step;
  const y = (value: number): number => TOP + inner * (1 - value / highest);
  const ticks = [0, highest / 2, highest];
  return (
    <figure class="plot" aria-labelledby={id}>
      <figcaption class="plot-head">
        <span id={id} class="unseen">
          {title}
        </span>
        <span class="plot-keys">
          {series.map((one) => (
            <span key={one.name} class="plot-key">
              <Swatch colour={one.colour} />
              {one.name}
              {at !== null && <b class="number">{format(one.values[at] ?? 0)}</b>}
            </span>
          ))}
        </span>
        <span class="quiet small push number">
          {at !== null && times[at] !== undefined && exact(new Date(times[at]))}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        aria-hidden="true"
        onPointerLeave={() => setAt(null)}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const i = Math.floor((((event.clientX - box.left) / box.width) * WIDTH - LEFT) / step);
          setAt(i >= 0 && i < times.length ? i : null);
        }}
      >
        {ticks.map((tick) => (
          <g key={tick}>
            <line class="plot-grid" x1={LEFT} x2={WIDTH} y1={y(tick)} y2={y(tick)} />
            <text class="plot-text" x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
              {format(tick)}
            </text>
          </g>
        ))}
        {at !== null && <rect class="plot-at" x={x(at)} y={TOP} width={step} height={inner} />}
        {kind === "bars"
          ? times.map((time, i) => {
              let under = 0;
              return (
                <g key={time}>
                  {series.map((one) => {
                    const value = one.values[i] ?? 0;
                    const from = under;
                    under += value;
                    const gap = Math.min(2, step * 0.2);
                    return (
                      value > 0 && (
                        <rect
                          key={one.name}
                          fill={one.colour}
                          x={x(i) + gap / 2}
                          width={Math.max(0.5, step - gap)}
                          y={y(under)}
                          height={y(from) - y(under)}
                        />
                      )
                    );
                  })}
                </g>
              );
            })
          : series.map((one) => (
              <polyline
                key={one.name}
                class="plot-line"
                stroke={one.colour}
                points={times.map((_, i) => `${x(i) + step / 2},${y(one.values[i] ?? 0)}`).join(" ")}
              />
            ))}
        {[0, Math.floor(times.length / 2), times.length - 1].map((i, place) => {
          const time = times[i];
          const anchor = (["start", "middle", "end"] as const)[place];
          return (
            time !== undefined && (
              <text
                key={place}
                class="plot-text"
                x={place === 0 ? x(0) : place === 2 ? WIDTH : x(i) + step / 2}
                y={height - 5}
                text-anchor={anchor}
              >
                {shortTime(new Date(time))}
              </text>
            )
          );
        })}
      </svg>
      <table class="unseen">
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map((one) => (
              <th key={one.name} scope="col">
                {one.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, i) =>
            (tops[i] ?? 0) > 0 ? (
              <tr key={time}>
                <th scope="row">{exact(new Date(time))}</th>
                {series.map((one) => (
                  <td key={one.name}>{format(one.values[i] ?? 0)}</td>
                ))}
              </tr>
            ) : null,
          )}
        </tbody>
      </table>
    </figure>
  );
}

function Swatch({ colour }: { colour: string }): JSX.Element {
  return (
    <svg class="swatch" width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
      <rect width="10" height="10" rx="2.5" fill={colour} />
    </svg>
  );
}
