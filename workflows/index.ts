/** What the workflow bundle is built from: every export is a workflow type. */
export { check } from './check.ts';
export { fullSync } from './full-sync.ts';
export { previewSync } from './preview-sync.ts';
export { targetSync } from './target-sync.ts';
