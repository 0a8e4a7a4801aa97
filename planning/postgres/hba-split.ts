import { parseHba } from './hba-parse.js';

export const BEGIN = '# BEGIN pg-replication-runbook: one line a host, kept by the runbook\n';
export const END = '# END pg-replication-runbook\n';

/** A line within the block; other people's have no key and stay. */
export interface Entry {
  text: string;
  key?: string;
}

export interface Split {
  /** Around the block, as it was before the block was made. */
  before: string;
  after: string;
  block?: {
    begin: string;
    entries: Entry[];
    end: string;
    /** Number of the line of `begin`. */ line: number;
  };
}

/** Takes our block out. A BEGIN without an END, or the other way round, is an ordinary comment. */
export function splitAtBlock(text: string): Split {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  let begin = -1;
  for (const [index, line] of lines.entries()) {
    if (/^# BEGIN pg-replication-runbook\b/.test(line)) begin = index;
    if (begin < 0 || !/^# END pg-replication-runbook\b/.test(line)) continue;
    const before = lines.slice(0, begin).join('');
    return {
      // No line break behind our END: the file had none at its end, and the one before BEGIN is ours.
      before: line.endsWith('\n') ? before : before.replace(/\n$/, ''),
      after: lines.slice(index + 1).join(''),
      block: {
        begin: lines[begin] ?? BEGIN,
        entries: lines.slice(begin + 1, index).map(readEntry),
        end: line.endsWith('\n') ? line : `${line}\n`,
        line: begin + 1,
      },
    };
  }
  return { before: text, after: '' };
}

function readEntry(text: string): Entry {
  const [line] = parseHba(text);
  const isOurs = line?.kind === 'rule' && /^[a-z][a-z0-9-]*$/.test(line.comment ?? '');
  return isOurs && line.comment !== undefined ? { text, key: line.comment } : { text };
}

/** Puts the block in so that `splitAtBlock` finds the same bytes around it again. */
export function insertAt(outside: string, at: number, block: string): string {
  if (at < outside.length || outside === '' || outside.endsWith('\n'))
    return outside.slice(0, at) + block + outside.slice(at);
  return `${outside}\n${block.replace(/\n$/, '')}`;
}
