import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { groupsNamed } from '../../store/reading-groups.ts';
import type { GroupsFound } from '../api.ts';
import type { ReaderDependencies } from '../dependencies.ts';
import { parsed } from '../problems.ts';

const search = z.strictObject({ text: z.string().trim().min(1, 'is empty').max(256) });

export function groupRoutes(app: FastifyInstance, { store }: ReaderDependencies): void {
  app.post('/groups/search', async (request): Promise<GroupsFound> => {
    const { text } = parsed(search, request.body);
    return { groups: await groupsNamed(store, text) };
  });
}
