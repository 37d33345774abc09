import { Failure } from '../../domain/failure.ts';

/** What a write, or a read that needs it, raises when its subject is no longer in the directory. */
export const gone = (system: string, noun: 'account' | 'group', subject: string): Failure =>
  new Failure('Conflict', `${system}: ${noun} ${subject} is not there any more`, { system, subject, status: 404 });
