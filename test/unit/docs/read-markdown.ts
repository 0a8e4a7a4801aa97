export interface Markdown {
  /** Every fenced block, and every span between backticks, without its marks. */
  code: string[];
}

const FENCE = /^```.*\n([\s\S]*?)^```$/gm;

/** Headings, lists and paragraphs, line by line; no code blocks. */
export const proseOf = (text: string): string[] => text.replaceAll(FENCE, '').split('\n');

export function readMarkdown(text: string): Markdown {
  const blocks = [...text.matchAll(FENCE)].map(([, block]) => block ?? '');
  // A span may go over a line break, but not over a paragraph's end.
  const spans = [...text.replaceAll(FENCE, '').matchAll(/`((?:[^`\n]|\n(?!\n))+)`/g)];
  return { code: [...blocks, ...spans.map(([, span]) => (span ?? '').replaceAll('\n', ' '))] };
}

/** The runbook's command lines in a piece of code, as the words behind `runbook`. */
export function runbookLines(code: string): string[][] {
  return code
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .flatMap((line) => {
      const [, command] = /^\s*(?:\$ )?(?:bin\/)?runbook(?: ([a-z-].*))?$/.exec(line) ?? [];
      return command === undefined ? [] : [words(command)];
    });
}

/** As a shell parts them; a comment, a pipe or a redirection ends the command. */
function words(command: string): string[] {
  const found: string[] = [];
  for (const [word] of command.matchAll(/"[^"]*"|'[^']*'|[^\s"']+/g)) {
    if (/^[#|>&;]/.test(word)) break;
    found.push(word.replaceAll(/^["']|["']$/g, ''));
  }
  return found;
}

/** Targets of links and images outside of code. */
export const linksIn = (text: string): string[] =>
  [
    ...proseOf(text)
      .join('\n')
      .replaceAll(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ].map(([, target]) => target ?? '');

/** A page's headings as the anchors that hosting platforms make of them. */
export const anchorsOf = (text: string): string[] =>
  proseOf(text).flatMap((line) => {
    const heading = /^#+ (.*)$/.exec(line)?.[1];
    if (heading === undefined) return [];
    const kept = heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '');
    return [kept.replaceAll(' ', '-')];
  });
