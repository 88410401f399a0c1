// Bundles the page into one script and one style sheet, so that nothing is fetched from a network to look at it.
import { build } from "esbuild";
import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL(".", import.meta.url));
const target = fileURLToPath(new URL("../built/", import.meta.url));

await mkdir(target, { recursive: true });
const { metafile } = await build({
  entryPoints: { page: "page.jsx" },
  outdir: target,
  bundle: true,
  minify: true,
  metafile: true,
  format: "iife",
  target: ["es2020"],
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  // Half of the script's size: a smaller React, and what messages of devmetrics never need left out.
  alias: {
    react: "preact/compat",
    "react-dom/client": "preact/compat/client",
    "react/jsx-runtime": "preact/jsx-runtime",
    "node-emoji": "./standins.jsx",
    "react-markdown": "./standins.jsx",
    "remark-gfm": "./standins.jsx",
  },
  legalComments: "none",
  absWorkingDir: source,
});
await copyFile(`${source}index.html`, `${target}index.html`);
await writeFile(`${target}licenses.txt`, await licenses(Object.keys(metafile.inputs)));

// The licenses of everything that is in the bundle.
async function licenses(inputs) {
  const names = inputs.map((path) => path.match(/.*node_modules\/((@[^/]+\/)?[^/]+)/)?.[0]).filter(Boolean);
  const texts = [...new Set(names)].sort().map(async (folder) => {
    const about = JSON.parse(await readFile(`${source}${folder}/package.json`, "utf8"));
    const file = (await readdir(`${source}${folder}`)).find((name) => /^licen[cs]e/i.test(name));
    const text = file ? (await readFile(`${source}${folder}/${file}`, "utf8")).trim() : "";
    return `${about.name} ${about.version} (${about.license})\n\n${text}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}
