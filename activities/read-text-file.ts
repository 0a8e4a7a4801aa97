import { createHash } from 'node:crypto';
import { readFileScript } from '../planning/commands/follower-files.js';
import { stepFailure } from './failures.js';
import type { Host } from './hosts/host.js';
import { runScript } from './run-script.js';

export interface TextFile {
  /** Empty for a file that is not there. */
  content: string;
  sha256: string;
}

/**
 * A file that will be written back with a change. Its digest on the host must be that of the text as we
 * understood it: a byte that is not UTF-8 would otherwise be replaced in somebody's comment.
 */
export async function readTextFile(host: Host, file: string): Promise<TextFile> {
  const { values, text } = await runScript(host, readFileScript(file));
  const content = text('content');
  const sha256 = values.sha256 ?? '';
  if (sha256 === '' || createHash('sha256').update(content).digest('hex') === sha256)
    return { content, sha256 };
  throw stepFailure(
    'FILE_NOT_TEXT',
    host.name,
    `${file} is not UTF-8 text, or was changed while it was read`,
    {
      hint: 'Convert it to UTF-8, then resume.',
    },
  );
}
