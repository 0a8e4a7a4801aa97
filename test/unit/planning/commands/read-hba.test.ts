import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { HBA_FILE_BYTES, readHbaFilesScript } from '../../../../planning/commands/read-hba.js';
import { scriptBench } from './script-bench.js';

it('reads files and names of directories, tells what is missing, and leaves out what is no text file', async () => {
  const bench = scriptBench();
  const at = (name: string): string => bench.path(name);
  writeFileSync(at("it's"), 'a\n');
  writeFileSync(at('large'), 'x'.repeat(HBA_FILE_BYTES + 1));
  writeFileSync(at('empty'), '');
  mkdirSync(at('d'));
  for (const name of ['b.conf', 'a.conf', 'x.conf.bak', '.hidden.conf', 'B.conf'])
    writeFileSync(at(`d/${name}`), '');
  mkdirSync(at('d/dir.conf'));
  symlinkSync('nowhere', at('d/dangling.conf'));
  mkdirSync(at('none'));
  const paths = [
    at("it's"),
    at('large'),
    at('empty'),
    at('d/'),
    at('none/'),
    at('gone'),
    at('gone/'),
    at('d'),
    at('d/dangling.conf'),
  ];
  const seen = await bench.run(readHbaFilesScript(paths));
  expect(seen).toMatchObject({ code: 0, stderr: '' });
  const answers = paths.map((_, index) =>
    seen.values[`missing.${String(index)}`] === 'yes'
      ? 'missing'
      : seen.encoded[`file.${String(index)}`] === undefined
        ? 'unknown'
        : seen.text(`file.${String(index)}`),
  );
  expect(answers).toEqual([
    'a\n',
    'unknown',
    '',
    'B.conf\na.conf\nb.conf\ndangling.conf\n',
    '',
    'missing',
    'missing',
    'unknown',
    'unknown',
  ]);
});
