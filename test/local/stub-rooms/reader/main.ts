/** Stands for the reader. */
import { createServer } from 'node:http';

createServer((_, answer) => answer.end()).listen(Number(process.env['LOCKSTEP_READER_PORT']), '127.0.0.1');
