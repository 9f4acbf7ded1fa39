/** Answers one JSON line per line of input: {rule, fields, kind} → {rows, rule}; rows is null for what rows cannot express. */

import { readFileSync } from "node:fs";
import readline from "node:readline";

const source = readFileSync(new URL("../../app/static/js/rule_model.js", import.meta.url), "utf8");
const { toGroup, toRule, toValue, valueRule, rowRule } = await import("data:text/javascript," + encodeURIComponent(source));

function answer({ rule, fields, kind, row }) {
  if (row) return { rule: rowRule(row, fields) ?? null };
  const rows = kind === "value" ? toValue(rule, fields) : toGroup(rule, fields);
  if (!rows) return { rows: null };
  return { rows, rule: (kind === "value" ? valueRule : toRule)(rows, fields) ?? null };
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\n");
}
