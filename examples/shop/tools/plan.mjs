// Declares what is to be done before anything runs: each requirement, and each task of the workspace with
// the requirement it fulfils and the contract it implements ("delivers" in its package.json). A task that
// names no requirement is left for Mission Control to match by name.

import { readFileSync, readdirSync } from "node:fs";
import { emit, root } from "./event.mjs";

const readJson = (path) => JSON.parse(readFileSync(`${root}${path}`, "utf8"));

for (const { id, name, description } of readJson("requirements.json"))
  emit("REQUIREMENT_DECLARED", id, { requirement_id: id, metadata: { name, description } });

for (const folder of readdirSync(`${root}packages`).sort()) {
  const { name, version, delivers } = readJson(`packages/${folder}/package.json`);
  for (const [script, { requirement, implements: contract }] of Object.entries(delivers)) {
    const [contractName, contractVersion] = contract ? contract.split(":") : [];
    emit("TASK_CREATED", `${name}#${script}`, {
      node_type: script === "contract" ? "INTERFACE" : "ACTION",
      ...(requirement && { requirement_id: requirement }),
      ...(contract && { contract_id: contractName, contract_version: contractVersion }),
      metadata: { name: `${name}#${script}`, component: folder, package_version: version },
    });
  }
}
