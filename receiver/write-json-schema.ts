/** `node receiver/write-json-schema.ts`: writes the JSON Schema of what HR sends. */
import { writeFileSync } from 'node:fs';
import { jsonSchema } from './hr-order.ts';

const path = new URL('hr-order.schema.json', import.meta.url);
writeFileSync(path, `${JSON.stringify(jsonSchema(), null, 2)}\n`);
console.error(`wrote ${path.pathname}`);
