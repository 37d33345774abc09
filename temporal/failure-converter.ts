/**
 * Moves messages and stack traces of failures into a payload, so that they are encrypted as all payloads are.
 *
 * The SDK takes this file by its path: it loads it by `require`, which takes an ES module, TypeScript and all, since
 * Node 24 does; and webpack bundles it into the workflows. So it must import nothing but what workflows may import, and
 * must not await anything while it is loaded.
 */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
