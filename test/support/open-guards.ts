/** For tests about other things than guards: a block of lockstep.yaml below which nothing trips. */
import { guards } from '../../domain/guard.ts';

const all = '{ percent: 100, atLeast: 1000000, atMost: 1000000 }';
const open = guards.map((guard) => `${guard}: { perRun: ${all}, perDay: ${all} }`);

/** A line of a target's entry, in flow notation. */
export const openGuards = `guards: { ${open.join(', ')} }`;
