import type { FastifyInstance } from 'fastify';
import type { ReaderDependencies } from '../dependencies.ts';
import { driftView } from '../drift.ts';
import type { DriftView } from '../drift-api.ts';
import { listQuery } from '../paging.ts';
import { parsed } from '../problems.ts';

export function driftRoutes(app: FastifyInstance, deps: ReaderDependencies): void {
  app.get('/drift', async (request): Promise<DriftView> => driftView(deps, parsed(listQuery, request.query)));
}
