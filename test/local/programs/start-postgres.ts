/** Starts the PostgreSQL of the state folder given as argument, prints its address and stays until its input ends. */
import { join } from 'node:path';
import { startPostgres } from '../../../local/postgres.ts';
import { postgresHomeFor } from '../../../local/postgres-home.ts';

const stateDir = process.argv[2] as string;
const home = await postgresHomeFor(stateDir, process.env);
const logFile = join(stateDir, 'postgres.log');
const server = await startPostgres({ home, logFile, env: process.env, report: console.error });
console.log(JSON.stringify({ pid: server.pid, url: await server.database('lockstep'), dir: home.dir }));
process.stdin.resume().once('end', () => void server.stop());
