const CONTEXT = 3;
/** Cells of the comparison; beyond that the changed part is shown as replaced whole. */
const MAX_CELLS = 1_000_000;

interface Edit {
  mark: ' ' | '-' | '+';
  /** With its line break, if it has one. */
  line: string;
}

/**
 * The hunks of a unified diff with three lines of context, without the two head lines; empty where the
 * texts are equal. `patch` makes `to` of `from` with it.
 */
export function unifiedDiff(from: string, to: string): string[] {
  const edits = editsOf(linesOf(from), linesOf(to));
  const changed = edits.flatMap(({ mark }, index) => (mark === ' ' ? [] : [index]));
  const hunks: { start: number; end: number }[] = [];
  for (const index of changed) {
    const last = hunks.at(-1);
    if (last !== undefined && index <= last.end + 2 * CONTEXT) last.end = index;
    else hunks.push({ start: index, end: index });
  }
  return hunks.flatMap(({ start, end }) =>
    renderHunk(edits, Math.max(0, start - CONTEXT), Math.min(edits.length, end + 1 + CONTEXT)),
  );
}

const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

function renderHunk(edits: Edit[], start: number, end: number): string[] {
  const count = (part: Edit[], mark: '-' | '+'): number =>
    part.filter((edit) => edit.mark === ' ' || edit.mark === mark).length;
  const before = edits.slice(0, start);
  const hunk = edits.slice(start, end);
  const range = (mark: '-' | '+'): string => {
    const length = count(hunk, mark);
    // An empty range is named by the line it stands behind.
    return `${mark}${String(count(before, mark) + (length === 0 ? 0 : 1))},${String(length)}`;
  };
  return [
    `@@ ${range('-')} ${range('+')} @@`,
    ...hunk.flatMap(({ mark, line }) =>
      line.endsWith('\n')
        ? [`${mark}${line.slice(0, -1)}`]
        : [`${mark}${line}`, '\\ No newline at end of file'],
    ),
  ];
}

function editsOf(from: string[], to: string[]): Edit[] {
  let head = 0;
  while (head < Math.min(from.length, to.length) && from[head] === to[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(from.length, to.length) - head && from.at(-1 - tail) === to.at(-1 - tail)) tail += 1;
  const as = (mark: Edit['mark'], lines: string[]): Edit[] => lines.map((line) => ({ mark, line }));
  const [gone, come] = [from.slice(head, from.length - tail), to.slice(head, to.length - tail)];
  const middle =
    gone.length * come.length > MAX_CELLS ? [...as('-', gone), ...as('+', come)] : compare(gone, come);
  return [...as(' ', from.slice(0, head)), ...middle, ...as(' ', from.slice(from.length - tail))];
}

/** By the longest common subsequence; of equal ways the one that removes first. */
function compare(from: string[], to: string[]): Edit[] {
  const common = Array.from({ length: from.length + 1 }, () => new Uint32Array(to.length + 1));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = from.length - 1; i >= 0; i -= 1)
    for (let j = to.length - 1; j >= 0; j -= 1) {
      const row = common[i];
      if (row === undefined) continue;
      row[j] = from[i] === to[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const edits: Edit[] = [];
  for (let i = 0, j = 0; i < from.length || j < to.length;) {
    const [gone, come] = [from[i], to[j]];
    if (gone !== undefined && gone === come) {
      edits.push({ mark: ' ', line: gone });
      i += 1;
      j += 1;
    } else if (gone !== undefined && (come === undefined || at(i + 1, j) >= at(i, j + 1))) {
      edits.push({ mark: '-', line: gone });
      i += 1;
    } else {
      edits.push({ mark: '+', line: come ?? '' });
      j += 1;
    }
  }
  return edits;
}
