// node validate.mjs FILE...: checks each object of the files against its model. The test runs a copy beside node_modules.
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";

let failed = false;
for (const file of process.argv.slice(2)) {
  for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
    const object = document.toJS();
    const name = `${object.kind} ${object.metadata.name}`;
    const of_operator = object.apiVersion.startsWith("monitoring.coreos.com/");
    const home = of_operator ? "@kubernetes-models/prometheus-operator" : "kubernetes-models";
    try {
      const model = await import(`${home}/${object.apiVersion}/${object.kind}`);
      new model[object.kind](object).validate();
      console.log(`${name}: ok`);
    } catch (error) {
      failed = true;
      console.error(`${name}: ${error.message}`);
    }
  }
}
process.exit(failed ? 1 : 0);
