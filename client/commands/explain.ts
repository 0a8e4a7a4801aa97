import { CODES, isFailureCode } from '../../workflows/contract/codes.js';
import { EXIT } from '../exit-codes.js';
import { commandFailure } from '../failure.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { wrap } from '../render/layout.js';
import { paint } from '../render/style.js';
import { suggest } from '../suggest.js';

/** What a code means and what to do about it. */
export function runExplain(options: CommandOptions, io: CommandIo): Promise<number> {
  const code = (options.code ?? '').toUpperCase().replaceAll('-', '_');
  if (!isFailureCode(code)) {
    const near = suggest(code, Object.keys(CODES));
    throw commandFailure('USAGE', `there is no code ${code}`, {
      hint:
        near === undefined
          ? 'Codes stand in brackets behind a message; docs/errors.md lists them all.'
          : `Did you mean ${near}?`,
    });
  }
  const { meaning, action, kind } = CODES[code];
  if (options.json) printJson(io, { code, kind, meaning, action });
  else {
    const paragraphs = [meaning, action, KIND[kind]].filter((text) => text !== undefined);
    const lines = paragraphs.flatMap((text) => ['', ...wrap(text, io.style.width)]);
    io.print([paint(io.style).bold(code), ...lines].join('\n'));
  }
  return Promise.resolve(EXIT.ok);
}

const KIND = {
  retry: 'A step that meets it tries again by itself, and asks after a while.',
  ask: undefined,
  bug: 'A fault of this program.',
};
