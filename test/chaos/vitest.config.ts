import { defineConfig } from 'vitest/config';
import type { Assignment } from './provided.ts';

/** Started by hand for one file, it runs the short form. */
const given = process.env['CHAOS'];
const chaos: Assignment = given ? JSON.parse(given) : { seeds: [1], isFirst: true, sequences: 1, reportFile: '' };

export default defineConfig({
  test: {
    include: ['test/chaos/**/*.test.ts'],
    globalSetup: ['test/chaos/global-setup.ts'],
    setupFiles: ['test/setup.ts'],
    provide: { chaos },
    // Temporal's native module does not like worker threads.
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    disableConsoleIntercept: true,
    testTimeout: 900_000,
    hookTimeout: 180_000,
    retry: 0,
  },
});
