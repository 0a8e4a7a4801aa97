import type { CodeDefinition } from '../../workflows/contract/code-definition.js';

const KINDS: Partial<Record<CodeDefinition['kind'], string>> = {
  retry: 'A step that meets it tries again by itself, and asks after a while.',
  bug: 'A fault of this program.',
};

/** docs/errors.md, from the codes themselves, in their order. */
export function errorsPage(codes: Record<string, CodeDefinition>): string {
  const sections = Object.entries(codes).map(([code, { meaning, action, kind }]) =>
    [`## ${code}`, meaning, `**What to do:** ${action}`, KINDS[kind]]
      .filter((paragraph) => paragraph !== undefined)
      .join('\n\n'),
  );
  return `${[HEAD, ...sections].join('\n\n')}\n`;
}

const HEAD = `# Errors

<!-- Made from workflows/contract/codes.ts by \`npm run docs:errors\`; a test compares the two. -->

Every message has PostgreSQL's grammar, the host's name first and its code in brackets:

\`\`\`
error:   follower1: the disk filled up during the copy [COPY_NO_SPACE]
detail:  pg_basebackup: error: could not write to file: No space left on device
hint:    Make room, then \`runbook resume\`.
\`\`\`

With \`--json\` the same is \`{ "error": { "code", "message", "detail", "hint" } }\` on stdout. Codes are stable: none is renamed or
reused. \`runbook explain CODE\` prints a section of this page. A step that meets a problem stands still until somebody answers with
\`runbook resume\`, unless the section says that it tries again by itself.

Exit codes of every command: 0 done, nothing to do, accepted; 1 unexpected; 2 usage or configuration; 3 waiting for a person, or
refused; 4 rejected or cancelled; 5 failed or partial; 6 no such run; 7 Temporal or worker not reachable; 124 timeout;
130 interrupted. Of several followers the worst counts.`;
