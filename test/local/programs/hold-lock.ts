/** Takes the lock given as argument or says that it is held, and holds it until its input ends. */
import { acquireLock, LockHeldError } from '../../../local/lock.ts';

try {
  await acquireLock(process.argv[2] as string);
  console.log('taken');
} catch (error) {
  if (!(error instanceof LockHeldError)) throw error;
  console.log('held');
}
process.stdin.resume();
