import type { FastifyInstance } from 'fastify';
import type { ParkedView } from '../api.ts';
import type { ReaderDependencies } from '../dependencies.ts';
import { listQuery } from '../paging.ts';
import { parkedView } from '../parked.ts';
import { parsed } from '../problems.ts';

export function parkedRoutes(app: FastifyInstance, deps: ReaderDependencies): void {
  app.get('/parked', async (request): Promise<ParkedView> => parkedView(deps, parsed(listQuery, request.query)));
}
