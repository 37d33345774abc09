import type { FastifyInstance } from 'fastify';
import { pausedTargets } from '../../store/target-state.ts';
import type { Page, TargetRef } from '../api.ts';
import type { ReaderDependencies } from '../dependencies.ts';
import { pauseView } from '../parked.ts';

export function targetRoutes(app: FastifyInstance, { config, store }: ReaderDependencies): void {
  app.get('/targets', async (): Promise<Page<TargetRef>> => {
    const paused = new Map((await pausedTargets(store)).map((pause) => [pause.target, pauseView(pause)]));
    const items = config.targets.map(({ settings, kind }) => {
      const pause = paused.get(settings.name);
      return { name: settings.name, kind, ...(pause ? { paused: pause } : {}) };
    });
    return { items };
  });
}
