import { randomUUID } from 'node:crypto';
import { constants, copyFileSync, fsyncSync, linkSync, lstatSync, rmSync, writeFileSync } from 'node:fs';
import { closeSync, openSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { commandFailure } from '../failure.js';

/** Also a link that leads nowhere is somebody's. @throws CONFIG_EXISTS */
export function requireAbsent(file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) throw exists(file);
}

/**
 * The whole file or none: it gets its name when it is complete, and never the name of another file.
 * @throws CONFIG_EXISTS, CONFIG_NOT_WRITTEN
 */
export function writeNewFile(file: string, text: string): void {
  const draft = join(dirname(file), `.${basename(file)}.${randomUUID()}`);
  try {
    writeDraft(draft, text);
    giveName(draft, file);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') throw exists(file);
    throw commandFailure('CONFIG_NOT_WRITTEN', `${file} cannot be written`, { detail: code, cause: error });
  } finally {
    rmSync(draft, { force: true });
  }
}

function writeDraft(draft: string, text: string): void {
  const descriptor = openSync(draft, 'wx', 0o644);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Renaming would replace a file that has come meanwhile; a link refuses. Some file systems have no links. */
function giveName(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error))) throw error;
    copyFileSync(draft, file, constants.COPYFILE_EXCL);
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

const exists = (file: string): Error =>
  commandFailure('CONFIG_EXISTS', `${file} exists already and was left as it is`);
