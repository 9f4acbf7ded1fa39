// Copies the few files that the platform serves or embeds out of node_modules, and nothing else:
// the font packages alone unpack to hundreds of megabytes. Run after `npm ci --ignore-scripts`.
import { copyFile, mkdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const VENDOR = "app/static/vendor";
const FONTS = "app/reports/fonts";

const FILES = [
  ["htmx.org/dist/htmx.min.js", `${VENDOR}/htmx.min.js`],
  ["htmx.org/LICENSE", `${VENDOR}/htmx.LICENSE.txt`],
  ["echarts/dist/echarts.common.min.js", `${VENDOR}/echarts.min.js`],
  ["echarts/LICENSE", `${VENDOR}/echarts.LICENSE.txt`],
  ["@expo-google-fonts/noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf", `${FONTS}/NotoSerifSC-Regular.ttf`],
  ["@expo-google-fonts/noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf", `${FONTS}/NotoSerifSC-Bold.ttf`],
  ["@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf", `${FONTS}/NotoSansSC-Regular.ttf`],
  ["@expo-google-fonts/noto-sans-sc/LICENSE_FONT", `${FONTS}/Noto.LICENSE.txt`],
  ["dejavu-fonts-ttf/ttf/DejaVuSans.ttf", `${FONTS}/DejaVuSans.ttf`],
  ["dejavu-fonts-ttf/LICENSE", `${FONTS}/DejaVu.LICENSE.txt`],
];

async function copy([source, target]) {
  const from = join(ROOT, "node_modules", source);
  const to = join(ROOT, target);
  await stat(from).catch(() => {
    throw new Error(`${source} is missing: run "npm ci --ignore-scripts" first`);
  });
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

for (const folder of [VENDOR, FONTS]) {
  await rm(join(ROOT, folder), { recursive: true, force: true });
}
await Promise.all(FILES.map(copy));
console.log(`${FILES.length} files copied to ${VENDOR} and ${FONTS}`);
