/** Stands for the worker: ready at once, ends only after a while, as one does that finishes its work. */
import { createServer } from 'node:http';

createServer((_, answer) => answer.end()).listen(Number(process.env['LOCKSTEP_WORKER_HTTP_PORT']), '127.0.0.1');
process.on('SIGTERM', () => {
  setTimeout(() => {
    console.log('finished its work');
    process.exit(0);
  }, 500);
});
