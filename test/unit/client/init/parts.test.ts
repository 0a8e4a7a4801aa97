import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseConfig } from '../../../../client/config/load-config.js';
import { configText } from '../../../../client/init/config-text.js';
import { hostNames } from '../../../../client/init/host-names.js';
import { schemaUrl } from '../../../../client/init/schema-url.js';
import { askSsh, parseSshAnswer } from '../../../../client/init/ssh-answer.js';
import { temporaryDirectory } from '../../../support/temporary-directory.js';
import { writeProgram } from '../../../support/write-program.js';
import { testIo } from '../test-io.js';

const host = fc
  .oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6(),
    fc.stringMatching(/^[A-Za-z0-9._:%-]{1,20}$/),
    // What YAML reads as something else.
    fc.constantFrom(
      'no',
      'null',
      'true',
      '1e3',
      '0x10',
      '010',
      '10',
      '::1',
      '1:30',
      '~',
      '-',
      '.',
      '.inf',
      'a:',
    ),
  )
  .filter((text) => /^[A-Za-z0-9._:%-]+$/.test(text));
const remark = fc.string({ maxLength: 60 });

it('whatever is found out, the file is a configuration that says just that', () => {
  const schema = z.fromJSONSchema(
    JSON.parse(readFileSync('docs/runbook.schema.json', 'utf8')) as Parameters<typeof z.fromJSONSchema>[0],
  );
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/),
      host,
      fc.array(host, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 65_535 }),
      fc.oneof(fc.ipV4(), fc.ipV6()),
      fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,20}\$?$/),
      fc.string({ minLength: 1, maxLength: 40 }).map((path) => `/${path.replaceAll(/[\0\r\n]/g, '')}`),
      fc.array(remark, { maxLength: 3 }),
      (cluster, leader, followers, port, address, user, path, remarks) => {
        const names = hostNames(leader, followers);
        const text = configText({
          schema: 'file:///x/runbook.schema.json',
          cluster,
          leader: { name: names.leader, host: leader, sshPort: port, address, alias: remarks[0] ?? 'db' },
          followers: followers.map((name, index) => ({
            name: names.followers[index] ?? '',
            host: name,
            sshPort: 22,
          })),
          ssh: { user, identityFile: path, knownHosts: '~/.ssh/known_hosts' },
          remarks: { address: remarks.join('\n'), ssh: remarks },
        });
        expect(schema.safeParse(parse(text)).error).toBeUndefined();
        const { config } = parseConfig(text, '/etc/rb/runbook.yaml');
        expect(config.cluster).toBe(cluster);
        expect(config.leader).toEqual({ name: names.leader, host: leader, sshPort: port, address });
        expect(config.followers.map((one) => [one.name, one.host])).toEqual(
          followers.map((name, index) => [names.followers[index], name]),
        );
        expect(config.ssh).toEqual({ user, identityFile: path, knownHosts: '~/.ssh/known_hosts' });
      },
    ),
  );
});

describe('names for gates', () => {
  it.each([
    ['db1.internal', ['db2.internal'], 'db1', ['db2']],
    ['10.0.0.1', ['10.0.0.2', 'fe80::1'], 'leader', ['follower1', 'follower2']],
    ['ops@DB_1', ['ops@2nd'], 'db-1', ['follower1']],
    ['db.eu', ['db.us', 'db.us'], 'db', ['db-us', 'follower1']],
    ['db', ['leader', 'follower1', '10.0.0.3'], 'db', ['follower2', 'follower1', 'follower3']],
  ])('%s and %j', (leader, followers, leaderName, followerNames) => {
    expect(hostNames(leader, followers)).toEqual({ leader: leaderName, followers: followerNames });
  });
});

describe('what ssh would do', () => {
  const TEXT = `user ops
hostname 10.0.0.5
port 2222
identityfile ~/.ssh/a
identityfile "/keys/b c"
userknownhostsfile /home/me/.ssh/known_hosts "/x y/known_hosts2"
proxyusefdpass no
`;

  it('is read', () => {
    expect(parseSshAnswer(TEXT)).toEqual({
      hostname: '10.0.0.5',
      user: 'ops',
      port: 2222,
      identityFiles: ['~/.ssh/a', '/keys/b c'],
      knownHostsFiles: ['/home/me/.ssh/known_hosts', '/x y/known_hosts2'],
      proxied: false,
    });
    expect(parseSshAnswer(`${TEXT}proxyjump bastion\n`)?.proxied).toBe(true);
    expect(parseSshAnswer(`${TEXT}proxycommand none\n`)?.proxied).toBe(false);
    expect(parseSshAnswer('user ops\n')).toBeUndefined();
    expect(parseSshAnswer('')).toBeUndefined();
  });

  const askWith = (body: string) => {
    const folder = temporaryDirectory();
    writeProgram(folder, 'ssh', body);
    return askSsh('db1', testIo({ env: { PATH: `${folder}:/usr/bin:/bin` } }));
  };

  it('is asked of the ssh on PATH, for the host as it was typed', async () => {
    const asked = await askWith(`[ "$*" = "-G db1" ] || exit 9
printf 'user ops\\nhostname db1.internal\\nport 22\\n'
`);
    expect(asked).toMatchObject({
      kind: 'read',
      answer: { user: 'ops', hostname: 'db1.internal', port: 22 },
    });
  });

  it('and what it says when it cannot tell', async () => {
    expect(await askWith('echo "config: line 3: Bad option" >&2\nexit 255\n')).toEqual({
      kind: 'failed',
      reason: 'config: line 3: Bad option',
    });
  });

  it('is not known without ssh', async () => {
    expect(await askSsh('db1', testIo({ env: { PATH: temporaryDirectory() } }))).toEqual({ kind: 'absent' });
  });
});

it('the schema that is named is there', () => {
  const url = schemaUrl();
  expect(url).toMatch(/^file:\/\/\/\S+\/docs\/runbook\.schema\.json$/);
  expect(JSON.parse(readFileSync(fileURLToPath(url ?? ''), 'utf8'))).toMatchObject({ title: 'runbook.yaml' });
  expect(schemaUrl(temporaryDirectory())).toBeUndefined();
});
