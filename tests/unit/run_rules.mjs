/** Answers one JSON line per line of input: {rule, context} → {value} or {refused}, {text} → {value} of parseFigure, {kept} → {value}. */

import { readFileSync } from "node:fs";
import readline from "node:readline";

// Imported as text: node takes a .js file for CommonJS unless a package.json says otherwise, a browser never does.
const source = readFileSync(new URL("../../app/static/js/rules.js", import.meta.url), "utf8");
const { evaluate, Figure, parseFigure, RuleError, tooLarge } = await import("data:text/javascript," + encodeURIComponent(source));

// The vectors write an exact figure in a context as {"figure": "0.1"}, which JSON itself cannot carry.
function revive(_key, value) {
  const tagged = value && typeof value === "object" && Object.keys(value).join() === "figure";
  return tagged ? parseFigure(value.figure) : value;
}

function shown(value) {
  if (value instanceof Figure) return { figure: String(value) };
  return Array.isArray(value) ? value.map(shown) : value;
}

function answer(line) {
  const asked = JSON.parse(line);
  if ("kept" in asked) return { value: !tooLarge(parseFigure(asked.kept)) };
  if ("text" in asked) return { value: shown(parseFigure(asked.text)) };
  try {
    return { value: shown(evaluate(asked.rule, JSON.parse(JSON.stringify(asked.context), revive))) };
  } catch (error) {
    if (error instanceof RuleError) return { refused: true };
    throw error;
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(answer(line)) + "\n");
}
