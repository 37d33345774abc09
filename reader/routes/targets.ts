import type { FastifyInstance } from 'fastify';
import type { Page, TargetRef } from '../api.ts';
import type { ReaderDependencies } from '../dependencies.ts';

export function targetRoutes(app: FastifyInstance, { config }: ReaderDependencies): void {
  app.get('/targets', async (): Promise<Page<TargetRef>> => {
    return { items: config.targets.map(({ settings, kind }) => ({ name: settings.name, kind })) };
  });
}
