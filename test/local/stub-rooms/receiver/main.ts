/** Stands for the receiver. */
import { createServer } from 'node:http';

createServer((_, answer) => answer.end()).listen(Number(process.env['LOCKSTEP_RECEIVER_PORT']), '127.0.0.1');
