// Writes static/vendor/ and tests/browser/vendor/ from the pinned packages, with
// licence texts and a SHA-256 list. `--check` compares instead of writing.
// The output is committed, so neither ./run nor ./test needs node.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const modules = join(here, "node_modules");
const vendor = join(root, "static", "vendor");
const testVendor = join(root, "tests", "browser", "vendor");

const stylesheet = () =>
  sass.compile(join(here, "scss", "nhsuk.scss"), {
    loadPaths: [modules],
    style: "compressed",
    quietDeps: true,
    silenceDeprecations: ["import"],
  }).css;

const npm = (path) => readFile(join(modules, path), "utf8");
const withoutMap = (text) => text.replace(/^\/[/*]# sourceMappingURL=.*$/gm, "").trimEnd() + "\n";

async function outputs() {
  return {
    [vendor]: {
      "nhsuk/nhsuk.css": stylesheet() + "\n",
      "nhsuk/nhsuk.min.js": withoutMap(
        await npm("nhsuk-frontend/dist/nhsuk/nhsuk-frontend-10.6.1.min.js"),
      ),
      "nhsuk/LICENCE.txt": await readFile(join(here, "licences", "nhsuk-frontend.txt"), "utf8"),
      "htmx/htmx.min.js": await npm("htmx.org/dist/htmx.min.js"),
      "htmx/LICENCE.txt": await npm("htmx.org/LICENSE"),
      "uplot/uPlot.iife.min.js": await npm("uplot/dist/uPlot.iife.min.js"),
      "uplot/uPlot.min.css": await npm("uplot/dist/uPlot.min.css"),
      "uplot/LICENCE.txt": await npm("uplot/LICENSE"),
    },
    [testVendor]: {
      "axe.min.js": await npm("axe-core/axe.min.js"),
      "LICENCE.txt": await npm("axe-core/LICENSE"),
    },
  };
}

function withSums(files) {
  const sums = Object.entries(files)
    .map(([name, text]) => `${createHash("sha256").update(text).digest("hex")}  ${name}`)
    .sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1));
  return { ...files, SHA256SUMS: sums.join("\n") + "\n" };
}

async function write(folder, files) {
  await rm(folder, { recursive: true, force: true });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

async function differences(folder, files) {
  const wrong = [];
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    const found = await readFile(path, "utf8").catch(() => null);
    if (found !== text) wrong.push(relative(root, path));
  }
  const stray = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !(relative(folder, path).replaceAll("\\", "/") in files));
  return wrong.concat(stray.map((path) => relative(root, path)));
}

const check = process.argv.includes("--check");
let wrong = [];
for (const [folder, files] of Object.entries(await outputs())) {
  const all = withSums(files);
  if (check) wrong = wrong.concat(await differences(folder, all));
  else await write(folder, all);
}
if (wrong.length) {
  console.error(`differ from a fresh build: ${wrong.join(", ")}; run "npm run build" in assets/`);
  process.exit(1);
}
