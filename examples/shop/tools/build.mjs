// Builds one package: every module of src/ goes to dist/ under a banner with the package's version, and is
// reported with its hash. The paths reported are those dependency-cruiser reports for the same modules.
// usage, from the package's folder: node ../../tools/build.mjs

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { emit, root, taskId } from "./event.mjs";

const { name, version } = JSON.parse(readFileSync("package.json", "utf8"));
rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");

const files = readdirSync("src").filter((file) => file.endsWith(".js")).sort();
for (const file of files) {
  const text = `/* ${name} ${version} */\n${readFileSync(`src/${file}`, "utf8")}`;
  writeFileSync(`dist/${file}`, text);
  const path = relative(root, `${process.cwd()}/dist/${file}`);
  emit("ARTIFACT_CREATED", taskId(), {
    artifact_path: path,
    artifact_hash: createHash("sha256").update(text).digest("hex"),
    metadata: { size_bytes: String(Buffer.byteLength(text)) },
  }, path);
}
console.log(`${name} ${version}: ${files.length} modules`);
