// Builds the console into src/maskline/console/static: hashed files, each with a gzipped copy.
//
//   node build.mjs            writes there
//   node build.mjs --out DIR  writes elsewhere: how the check compares a rebuild with what is kept
//   node build.mjs --watch    writes again at every change, readable and with source maps
//
// The same sources give the same bytes everywhere. Only the gzipped copies may differ in theirs, as
// each version of Node.js brings its own zlib; what they hold is the same.

import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const words = process.argv.slice(2);
const watch = words.includes("--watch");
const at = words.indexOf("--out");
const out = at >= 0 ? resolve(words[at + 1]) : resolve(here, "../src/maskline/console/static");
const base = "/console/";
/** Smaller files gain nothing from being packed. */
const worthPacking = 600;

/** @type {import("esbuild").BuildOptions} */
const options = {
  absWorkingDir: here,
  entryPoints: { app: "src/main.tsx" },
  outdir: join(out, "assets"),
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["chrome123", "firefox120", "safari17.5"],
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: !watch,
  sourcemap: watch ? "linked" : false,
  legalComments: "none",
  charset: "utf8",
  metafile: true,
  logLevel: "warning",
};

/** Writes index.html, the icon and the gzipped copies around what esbuild made. */
async function finish(metafile) {
  const made = Object.entries(metafile.outputs).map(([path, output]) => ({
    url: base + relative(out, resolve(here, path)).split("\\").join("/"),
    ...output,
  }));
  const entry = made.find((one) => one.entryPoint === "src/main.tsx");
  const css = made.find((one) => one.url.endsWith(".css"));
  // What the entry imports at once is fetched beside it, not after it.
  const early = entry.imports
    .filter((one) => one.kind === "import-statement")
    .map((one) => base + relative(out, resolve(here, one.path)).split("\\").join("/"));
  const page = (await readFile(join(here, "index.html"), "utf8"))
    .replace("%STYLE%", css.url)
    .replace("%SCRIPT%", entry.url)
    .replace("    %EARLY%\n", early.map((url) => `    <link rel="modulepreload" href="${url}" />\n`).join(""));
  await writeFile(join(out, "index.html"), page);
  await writeFile(join(out, "icon.svg"), await readFile(join(here, "icon.svg")));
  if (watch) return;
  for (const name of await readdir(out, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    const path = join(name.parentPath ?? name.path, name.name);
    const bytes = await readFile(path);
    if (bytes.length >= worthPacking) await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  }
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
if (watch) {
  const context = await esbuild.context({
    ...options,
    plugins: [{ name: "finish", setup: (build) => build.onEnd((result) => result.metafile && finish(result.metafile)) }],
  });
  await context.watch();
} else {
  await finish((await esbuild.build(options)).metafile);
}
