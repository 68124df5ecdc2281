// Checks the committed AsyncAPI document with the parser of the AsyncAPI initiative.
// The first argument is the directory that it is installed in.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const require = createRequire(resolve(process.argv[2], "package.json"));
const { Parser } = require("@asyncapi/parser");

const ERROR = 0;
const file = new URL("../../api/asyncapi.json", import.meta.url);
const { document, diagnostics } = await new Parser().parse(readFileSync(file, "utf8"));
const errors = diagnostics.filter((one) => one.severity === ERROR);
for (const one of errors) console.log(`api/asyncapi.json: ${one.path.join("/")}: ${one.message}`);
if (!document && errors.length === 0) console.log("api/asyncapi.json: no document");
process.exit(document && errors.length === 0 ? 0 : 1);
