import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recoverySettings } from '../../../../planning/postgres/recovery-settings.js';

const CONF = '/etc/postgresql/15/main/postgresql.conf';
const at = (file: string, line: number, text: string): string => `${file}\t${String(line)}\t${text}`;
const inConf = (line: number, text: string): string => at(CONF, line, text);
const dropIn = (name: string): string => `/etc/postgresql/15/main/conf.d/${name}`;

const found = (...rows: string[]): string[] =>
  recoverySettings(rows.join('\n'), CONF).map(
    ({ name, value, file, line }) => `${name}=${value} ${file.split('/').pop() ?? ''}:${String(line)}`,
  );

describe('settings of recovery in the files', () => {
  it.each<[string, string[], string[]]>([
    ['none', [], []],
    ['one', [inConf(9, "restore_command = 'cp x %p'")], ['restore_command=cp x %p postgresql.conf:9']],
    [
      'the last line of a name',
      [inConf(1, "recovery_target='immediate'"), inConf(2, "Recovery_Target = ''")],
      [],
    ],
    [
      'a tab and a comment behind it',
      [inConf(1, "restore_command =\t'a\tb' # old")],
      ['restore_command=a\tb postgresql.conf:1'],
    ],
    ['a line the server cannot read', [inConf(1, 'recovery_target = = time')], []],
    [
      'a directory in the order of its names',
      [
        inConf(1, 'restore_command = a'),
        inConf(2, "include_dir 'conf.d/'"),
        inConf(3, "promote_trigger_file = 'x'"),
        at(dropIn('20.conf'), 1, 'restore_command = c'),
        at(dropIn('10.conf'), 7, 'restore_command = b'),
        at(dropIn('sub/30.conf'), 7, 'restore_command = d'),
      ],
      ['restore_command=c 20.conf:1', 'promote_trigger_file=x postgresql.conf:3'],
    ],
    [
      'paths written in another way',
      [inConf(1, "include_dir './/conf.d/'"), at(dropIn('/10.conf'), 7, 'restore_command = b')],
      ['restore_command=b 10.conf:7'],
    ],
    [
      'a file that is included before a line',
      [
        inConf(1, "include '/srv/more.conf'"),
        inConf(2, "restore_command = ''"),
        at('/srv/more.conf', 1, 'restore_command = b'),
      ],
      [],
    ],
    ['a file that nothing includes', [at('/srv/more.conf', 1, 'restore_command = b')], []],
    [
      'a file that is not there',
      [inConf(1, "include_if_exists = 'x.conf'"), inConf(2, 'hot_standby = off')],
      ['hot_standby=off postgresql.conf:2'],
    ],
    [
      'a file that includes itself',
      [inConf(1, `include '${CONF}'`), inConf(2, 'hot_standby = off')],
      ['hot_standby=off postgresql.conf:2'],
    ],
  ])('%s', (_, rows, expected) => {
    expect(found(...rows)).toEqual(expected);
  });

  it('are what the last line says, wherever the lines stand', () => {
    const names = ['restore_command', 'recovery_target_name', 'promote_trigger_file'];
    const line = fc.record({ name: fc.constantFrom(...names), value: fc.constantFrom('', 'a', 'b') });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.array(line, { maxLength: 8 }), (first, included) => {
        const rows = [
          ...first.map(({ name, value }, index) => inConf(index + 1, `${name} = '${value}'`)),
          inConf(first.length + 1, "include 'conf.d/x.conf'"),
          ...included.map(({ name, value }, index) =>
            at(dropIn('x.conf'), index + 1, `${name} = '${value}'`),
          ),
        ];
        const last = new Map([...first, ...included].map(({ name, value }) => [name, value]));
        const expected = [...last].filter(([, value]) => value !== '');
        const seen = recoverySettings(rows.join('\n'), CONF).map(({ name, value }) => [name, value]);
        expect(seen.sort()).toEqual(expected.sort());
      }),
    );
  });
});
