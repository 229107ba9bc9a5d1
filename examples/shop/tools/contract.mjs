// The interface task of a package: checks the contract file it owns and locks the contract.
// usage, from the package's folder: node ../../tools/contract.mjs FILE

import { createHash } from "node:crypto";
import { problemsOf, readContract } from "./contracts.mjs";
import { emit, taskId } from "./event.mjs";

const file = process.argv[2];
const { bytes, schema } = readContract(file);
const problems = problemsOf(file, schema);
if (schema.contract.owner !== process.env.npm_package_name)
  problems.push(`owned by ${schema.contract.owner}, but locked by ${process.env.npm_package_name}`);

if (problems.length > 0) {
  for (const problem of problems) console.error(`contracts/${file}: ${problem}`);
  process.exit(1);
}

const { name, version } = schema.contract;
emit("CONTRACT_LOCKED", taskId(), {
  node_type: "INTERFACE",
  contract_id: name,
  contract_version: version,
  metadata: { file_path: `contracts/${file}`, sha256: createHash("sha256").update(bytes).digest("hex") },
});
console.log(`${name} ${version} locked: ${Object.keys(schema.$defs).join(", ")}`);
