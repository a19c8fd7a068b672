// Checks manifests against Kubernetes' own schemas: node validate.js MANIFESTS.json TYPED.ts
//
// Two checks, because each sees what the other does not: a validator finds wrong types and
// missing members, and says so here; unknown members are found by the TypeScript compiler in
// TYPED.ts, where every manifest is written as a literal of its type.

const fs = require('fs');

const [input, typed] = process.argv.slice(2);
const manifests = JSON.parse(fs.readFileSync(input, 'utf8'));
let failures = 0;
let text = '';

manifests.forEach((manifest, index) => {
  const where = `${manifest.kind} ${manifest.metadata.name}`;
  const module_name = `kubernetes-models/${manifest.apiVersion}`;
  const Model = require(module_name)[manifest.kind];
  try {
    new Model(manifest).validate();
  } catch (error) {
    failures += 1;
    console.log(`${where}: ${error.message}`);
  }
  text += `import type { I${manifest.kind} as T${index} } from "${module_name}";\n` +
    `// ${where}\nexport const m${index}: T${index} = ${JSON.stringify(manifest, null, 1)};\n`;
});

fs.writeFileSync(typed, text);
console.log(`${manifests.length} manifests, ${failures} not valid`);
process.exit(failures === 0 ? 0 : 1);
