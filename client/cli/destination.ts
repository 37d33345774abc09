/** Where a command's data goes: stdout, or a file that is there as a whole or not at all. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { ClientError } from '../client-error.ts';
import type { Context } from './command.ts';

/** Writes the pieces as they come. @throws ClientError when the file cannot be written */
export async function deliver({ io, out }: Context, pieces: AsyncIterable<string>, file?: string): Promise<void> {
  out.clearProgress();
  if (file === undefined) {
    for await (const piece of pieces) io.stdout(piece);
    return;
  }
  await writeWhole(file, pieces);
  out.note(`Written to ${file}`);
}

async function writeWhole(file: string, pieces: AsyncIterable<string>): Promise<void> {
  const draft = `${file}.${randomUUID().slice(0, 8)}.part`;
  try {
    // People's names are in it: for nobody but whoever asked.
    await pipeline(pieces, createWriteStream(draft, { mode: 0o600, flags: 'wx' }));
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    if (error instanceof Error && 'syscall' in error)
      throw new ClientError('wrong-options', `cannot write ${file}: ${error.message}`, 'name another --file', error);
    throw error;
  }
}
