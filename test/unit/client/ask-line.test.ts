import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';

const PROGRAM = `
  import { askLine } from './client/ask-line.js';
  const interrupt = new AbortController();
  const { AT_EMPTY: atEmpty, WITHDRAWN_MS } = process.env;
  const withdrawn = WITHDRAWN_MS && AbortSignal.timeout(Number(WITHDRAWN_MS));
  const answer = await askLine('Type follower1: ', interrupt, { atEmpty, withdrawn });
  process.stdout.write('answer=' + JSON.stringify(answer ?? null) + ' interrupted=' + interrupt.signal.aborted + '\\n');
`;

/** What the program says when these keys are pressed at its prompt, on a terminal of its own. */
function press(keys: string, more: Record<string, string> = {}): Promise<string> {
  const command = `${process.execPath} --import tsx --input-type=module -e "$PROGRAM"`;
  // `script` (bsdutils, essential on Debian) gives it a terminal.
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { ...process.env, PROGRAM, TERM: 'xterm', ...more },
    timeout: 15_000,
  });
  return new Promise((resolve, reject) => {
    let said = '';
    let pressed = false;
    child.on('error', reject);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (pressed || !said.includes('Type follower1: ')) return;
      pressed = true;
      child.stdin.write(keys);
    });
    child.on('close', () => {
      resolve(/answer=.*/.exec(said)?.[0].trim() ?? said);
    });
  });
}

it('ends when the question is withdrawn, whatever was typed so far', async () => {
  expect(await press('follower1', { WITHDRAWN_MS: '300' })).toBe('answer=null interrupted=false');
});

it.each([
  ['a name', 'follower1\r', 'answer="follower1" interrupted=false'],
  ['a name with blanks around', '  follower1 \r', 'answer="follower1" interrupted=false'],
  ['an empty line', '\r', 'answer=null interrupted=false'],
  ['blanks', '   \r', 'answer=null interrupted=false'],
  ['Ctrl-D', '\u0004', 'answer=null interrupted=false'],
  ['Ctrl-D after a name', 'follower1\u0004\r', 'answer="follower1" interrupted=false'],
  ['Ctrl-C', '\u0003', 'answer=null interrupted=true'],
  ['Ctrl-C after a name', 'follower1\u0003', 'answer=null interrupted=true'],
])('%s at the prompt', async (_what, keys, answer) => {
  expect(await press(keys)).toBe(answer);
});

it.each([
  ['an empty line', '\r', 'answer="main" interrupted=false'],
  ['Ctrl-D', '\u0004', 'answer=null interrupted=false'],
  ['Ctrl-C', '\u0003', 'answer=null interrupted=true'],
])('%s at a question that has a default', async (_what, keys, answer) => {
  expect(await press(keys, { AT_EMPTY: 'main' })).toBe(answer);
});
