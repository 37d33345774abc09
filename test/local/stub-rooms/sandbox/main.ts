/** Stands for the simulators: something that answers on their ports, and takes any event hook. */
import { createServer } from 'node:http';

for (const name of ['SANDBOX_CONTROL_PORT', 'SANDBOX_OKTA_PORT', 'SANDBOX_CLOUD_PORT']) {
  createServer(({ method }, answer) => answer.end(method === 'GET' ? '[]' : '{"id":"who1"}')).listen(
    Number(process.env[name]),
    '127.0.0.1',
  );
}
