/** Stands for the simulators: something that answers on their ports. */
import { createServer } from 'node:http';

for (const name of ['SANDBOX_CONTROL_PORT', 'SANDBOX_OKTA_PORT', 'SANDBOX_CLOUD_PORT']) {
  createServer((_, answer) => answer.end()).listen(Number(process.env[name]), '127.0.0.1');
}
