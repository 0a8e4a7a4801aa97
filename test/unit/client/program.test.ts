import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../bin/command-table.js';
import { main } from '../../../bin/main.js';
import { testIo } from './test-io.js';

const optionsOf = (name: string): string[] => [
  '--help',
  ...(COMMANDS.find((command) => command.name === name)?.options ?? []).flatMap(
    ({ flags }) => flags.match(/--[a-z-]+/g) ?? [],
  ),
];
const ALL_OPTIONS = new Set(COMMANDS.flatMap(({ name }) => optionsOf(name)));

describe('the command line', () => {
  it.each(COMMANDS.map(({ name, examples }) => [name, examples] as const))(
    '%s --help has examples',
    async (name, examples) => {
      const io = testIo();
      expect(await main([name, '--help'], '1.2.3', io)).toBe(0);
      expect(io.out()).toContain('Examples:');
      for (const example of examples) expect(io.out()).toContain(`  $ ${example}`);
      expect(io.err()).toBe('');
    },
  );

  it('helps in ASCII and within 80 columns, but for exact examples', async () => {
    for (const argv of [['--help'], ...COMMANDS.map(({ name }) => ['help', name])]) {
      const io = testIo();
      expect(await main(argv, '1.2.3', io)).toBe(0);
      for (const line of io
        .out()
        .split('\n')
        .filter((line) => !line.startsWith('  $ '))) {
        expect(line).toMatch(/^[\u0020-\u007e]*$/);
        expect(line.length).toBeLessThanOrEqual(110);
      }
    }
  });

  it.each([
    [['shwo'], "unknown command 'shwo'", 'Did you mean show?'],
    [['nonsense'], "unknown command 'nonsense'", 'See `runbook --help`.'],
    [['show', '--jsno'], "unknown option '--jsno'", 'Did you mean --json?'],
    [['show', '--gate', 'x'], "unknown option '--gate'", 'See `runbook help show`.'],
    [['show', 'a', 'b'], "too many arguments for 'show'", 'See `runbook help show`.'],
    [['wait', '--for', 'ever'], 'Allowed choices are gate, closed', 'See `runbook help wait`.'],
    [['explain'], "missing required argument 'code'", 'See `runbook help explain`.'],
    [['explain', 'HOST_KEY_CHANGE'], 'there is no code HOST_KEY_CHANGE', 'Did you mean HOST_KEY_CHANGED?'],
    [['resume', '--skip', '--abort'], '--skip and --abort exclude each other', 'Give one of them.'],
    [['wait', '--timeout', '10'], '"10" is not a time', 'Give a number with a unit'],
    [['up', '--port', '70000'], '"70000" is not a port', 'Give a number from 1 to 65535'],
    [[], 'no command was given', 'Name one of the commands above.'],
  ])('%j is a mistake: exit 2', async (argv, message, hint) => {
    const io = testIo();
    expect(await main(argv, '1.2.3', io)).toBe(2);
    expect(io.err()).toContain(message);
    expect(io.err()).toContain(`hint:    ${hint}`);
    expect(io.err()).toContain('[USAGE]');
    expect(io.out()).toBe('');
  });

  it('tells a mistake as JSON on stdout, and nothing else', async () => {
    const io = testIo();
    expect(await main(['show', '--jsno', '--json'], '1.2.3', io)).toBe(2);
    expect(JSON.parse(io.out())).toEqual({
      error: { code: 'USAGE', message: "unknown option '--jsno'", hint: 'Did you mean --json?' },
    });
    expect(io.err()).toBe('');
  });

  it('names every verb of the lab', async () => {
    const verbs = /case \$VERB in([\s\S]*?)need_root/.exec(readFileSync('lab/lab.sh', 'utf8'))?.[1] ?? '';
    const public_ = (verbs.match(/\b[a-z][a-z-]+\b/g) ?? []).filter((verb) => !/^(usage|help|h)$/.test(verb));
    expect(public_.length).toBeGreaterThan(10);
    const io = testIo();
    await main(['lab', '--help'], '1.2.3', io);
    const named = io.out().match(/[a-z][a-z-]+/g);
    expect(public_.filter((verb) => !named?.includes(verb))).toEqual([]);
  });

  it('prints its version', async () => {
    const io = testIo();
    expect(await main(['--version'], '1.2.3', io)).toBe(0);
    expect(io.out()).toBe('1.2.3\n');
  });

  it('explains a code', async () => {
    const io = testIo();
    expect(await main(['explain', 'host-key-changed'], '1.2.3', io)).toBe(0);
    expect(io.out()).toContain('HOST_KEY_CHANGED\n\nThe host showed another key');
    const json = testIo();
    expect(await main(['explain', 'HOST_KEY_CHANGED', '--json'], '1.2.3', json)).toBe(0);
    expect(JSON.parse(json.out())).toMatchObject({ code: 'HOST_KEY_CHANGED', kind: 'ask' });
  });

  it('does not load the Temporal SDK, ssh2 or pg for --help', () => {
    const traced = execFileSync(
      process.execPath,
      [
        '--import',
        'tsx',
        '--import',
        './test/unit/client/trace-loads.mjs',
        'bin/runbook.ts',
        'start',
        '--help',
      ],
      { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
    );
    expect(traced).toContain('Usage: runbook start');
    const loaded = /^loaded: (.*)$/m.exec(traced)?.[1] ?? '';
    expect(loaded).toContain('commander');
    expect(loaded).not.toMatch(/@temporalio|@grpc|ssh2|node_modules\/pg\//);
  });
});

describe('what messages tell people to type', () => {
  const FOLDERS = ['workflows', 'client', 'bin', 'activities', 'planning', 'worker', 'server', 'lab'];
  const sources = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|mjs)$/.test(file))
      .map((file) => join(folder, file)),
  );

  it('names only commands that exist, with options they have', () => {
    const wrong: string[] = [];
    let seen = 0;
    for (const file of sources) {
      const text = readFileSync(file, 'utf8');
      // `runbook show --json` and the like: behind a quote or a colon, not "the runbook copies".
      for (const [whole, command = '', rest = ''] of text.matchAll(
        /(?<=[`'"(]|: |\$ |^ *)runbook ([a-z]+)([^`'"\n;]*)/gm,
      )) {
        seen += 1;
        const known = COMMANDS.some(({ name }) => name === command) || command === 'help';
        if (!known) wrong.push(`${file}: ${whole}`);
        if (command === 'lab') continue;
        for (const [option] of rest.matchAll(/--[a-z][a-z-]*/g)) {
          if (!optionsOf(command).includes(option)) wrong.push(`${file}: ${whole}: ${option}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(seen).toBeGreaterThan(30);
  });

  it('names only options that exist', () => {
    const wrong: string[] = [];
    for (const file of sources.filter((name) => /^(workflows|client)\//.test(name))) {
      for (const [option] of readFileSync(file, 'utf8').matchAll(/(?<![\w-])--[a-z][a-z-]+/g)) {
        if (!ALL_OPTIONS.has(option)) wrong.push(`${file}: ${option}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
