/** `node config/write-json-schema.ts`: writes the JSON Schema that editors use for lockstep.yaml. */
import { writeFileSync } from 'node:fs';
import { jsonSchema } from './schema.ts';

const path = new URL('lockstep.schema.json', import.meta.url);
writeFileSync(path, `${JSON.stringify(jsonSchema(), null, 2)}\n`);
console.error(`wrote ${path.pathname}`);
