// A map of thousands of squares on one canvas, which the arrow keys walk through as the pointer does.
// Each step of the scale differs in lightness, so that no colour has to be told from another.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { layout, step } from "../model/pool";

export interface Square {
  key: string;
  /** Which step of the scale. */
  shade: number;
  /** Drawn hollow: it is there, but not to be had. */
  hollow: boolean;
}

export function HeatMap({
  label,
  squares,
  legend,
  hollow,
  say,
  show,
}: {
  /** What the whole shows, for who does not see it. */
  label: string;
  squares: readonly Square[];
  /** What each step of the scale means. */
  legend: readonly string[];
  /** What a hollow square means. */
  hollow: string;
  /** A square in words, read out when the keyboard stands on it. */
  say: (at: number) => string;
  /** The same to look at. */
  show: (at: number) => ComponentChildren;
}): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = useRef<HTMLUListElement>(null);
  const [width, setWidth] = useState(0);
  const [at, setAt] = useState<number | null>(null);
  const [tick, setTick] = useState(0);
  const byKey = useRef(false);
  const { size, across } = layout(squares.length, width);
  const height = Math.ceil(squares.length / across) * size;
  useLayoutEffect(() => {
    const box = frame.current;
    if (!box) return undefined;
    const look = new ResizeObserver(() => setWidth(box.clientWidth));
    look.observe(box);
    setWidth(box.clientWidth);
    return () => look.disconnect();
  }, []);
  useEffect(() => {
    // Colours are read from the legend, which follows light and dark by itself.
    const again = (): void => setTick((now) => now + 1);
    const media = matchMedia("(prefers-color-scheme: dark)");
    const theme = new MutationObserver(again);
    media.addEventListener("change", again);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => {
      media.removeEventListener("change", again);
      theme.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    const pen = canvas.current?.getContext("2d");
    if (!canvas.current || !pen || width === 0) return;
    const ratio = devicePixelRatio || 1;
    canvas.current.width = across * size * ratio;
    canvas.current.height = height * ratio;
    pen.scale(ratio, ratio);
    const [hollowed, ...colours] = [...(scale.current?.querySelectorAll<HTMLElement>(".heat-swatch") ?? [])]
      .reverse()
      .map((one) => {
        const style = getComputedStyle(one);
        return { fill: style.backgroundColor, line: style.borderTopColor };
      });
    colours.reverse();
    const gap = size > 14 ? 3 : 2;
    const inner = size - gap;
    const round = size > 14 ? 3 : 2;
    squares.forEach((square, i) => {
      const colour = colours[square.shade];
      if (!colour) return;
      const x = (i % across) * size;
      const y = Math.floor(i / across) * size;
      pen.beginPath();
      pen.roundRect(x + 0.5, y + 0.5, inner, inner, round);
      pen.lineWidth = 1;
      if (square.hollow) {
        pen.strokeStyle = hollowed?.line ?? "";
        pen.stroke();
        pen.beginPath();
        pen.moveTo(x + 2.5, y + inner - 1.5);
        pen.lineTo(x + inner - 1.5, y + 2.5);
        pen.stroke();
        return;
      }
      pen.fillStyle = colour.fill;
      pen.fill();
      pen.strokeStyle = colour.line;
      pen.stroke();
    });
  }, [squares, width, height, size, across, tick]);
  const placeOf = (event: PointerEvent): number | null => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / size);
    const row = Math.floor((event.clientY - box.top) / size);
    const place = row * across + column;
    return column >= 0 && column < across && place >= 0 && place < squares.length ? place : null;
  };
  const left = at === null ? 0 : (at % across) * size;
  const top = at === null ? 0 : Math.floor(at / across) * size;
  return (
    <div class="heat">
      <ul class="heat-scale" ref={scale} aria-label="What the squares mean">
        {legend.map((words, shade) => (
          <li key={words}>
            <span class={`heat-swatch heat-${shade}`} />
            {words}
          </li>
        ))}
        <li>
          <span class="heat-swatch heat-hollow" />
          {hollow}
        </li>
      </ul>
      <div
        class="heat-frame"
        ref={frame}
        role="application"
        aria-roledescription="map"
        aria-label={`${label}. The arrow keys go from number to number.`}
        tabIndex={0}
        onFocus={(event) => {
          byKey.current = event.currentTarget.matches(":focus-visible");
          if (byKey.current && at === null && squares.length > 0) setAt(0);
        }}
        onBlur={() => setAt(null)}
        onKeyDown={(event) => {
          if (event.key === "Escape") return setAt(null);
          const next = step(event.key, at ?? -1, squares.length, across);
          if (next === null || squares.length === 0) return;
          event.preventDefault();
          byKey.current = true;
          setAt(next);
        }}
      >
        <canvas
          ref={canvas}
          aria-hidden="true"
          style={{ width: `${across * size}px`, height: `${height}px` }}
          onPointerMove={(event) => {
            byKey.current = false;
            setAt(placeOf(event));
          }}
          onPointerDown={(event) => setAt(placeOf(event))}
          onPointerLeave={(event) => event.pointerType === "mouse" && setAt(null)}
        />
        {at !== null && squares[at] && (
          <>
            <span
              class="heat-at"
              style={{ left: `${left}px`, top: `${top}px`, width: `${size}px`, height: `${size}px` }}
            />
            <div
              class={`heat-tip ${left > width / 2 ? "heat-tip-left" : ""} ${top + 140 > height && top > 140 ? "heat-tip-up" : ""}`}
              style={{ left: `${left}px`, top: `${top}px` }}
            >
              {show(at)}
            </div>
          </>
        )}
      </div>
      <p class="unseen" aria-live="polite">
        {at !== null && byKey.current ? say(at) : ""}
      </p>
    </div>
  );
}
