import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hbaDiff } from '../../../planning/hba-diff.js';
import { REDACTED, redactHba, redactSetting } from '../../../planning/redact.js';

describe('redactSetting', () => {
  it.each([
    ['work_mem', '64MB', '64MB'],
    ['shared_preload_libraries', 'pg_stat_statements', 'pg_stat_statements'],
    ['recovery_target_time', '2026-11-24 20:00:00', '2026-11-24 20:00:00'],
    ['restore_command', 'cp /a/%f %p', REDACTED],
    ['archive_cleanup_command', 'x', REDACTED],
    ['restore_command', '', ''],
    ['ssl_passphrase_command', 'echo x', REDACTED],
    ['primary_conninfo', 'host=a port=1 user=b password=c', 'host=a port=1'],
    ['primary_conninfo', "host='a b' password=c", REDACTED],
    ['primary_conninfo', 'postgres://u:secret@h/x', REDACTED],
    ['primary_conninfo', "host=a port='1 password=x'", 'host=a'],
    ['primary_conninfo', 'not a conninfo', REDACTED],
    ['krb_server_keyfile', '/etc/keytab', '/etc/keytab'],
    ['app.jwt_secret', '123456', REDACTED],
    ['app.api_key', '123456', REDACTED],
    ['auto_explain.log_min_duration', '5s', '5s'],
    ['auto_explain.log_analyze', 'on', 'on'],
    ['app.whatever', 'xK9wz', REDACTED],
    ['log_line_prefix', '%m password=x', REDACTED],
    ['archive_library', 'https://u:p@host/', REDACTED],
  ])('%s = %s is shown as %s', (name, value, shown) => {
    expect(redactSetting(name, value)).toBe(shown);
  });
});

describe('redactHba', () => {
  it.each([
    ['host all all all ldap ldapbindpasswd=hunter2 ldapport=1\nlocal all all peer\n', 15],
    ['host all all all ldap "ldapbindpasswd=hunter2 x"', 15],
    ['host all all all ldap ldapbindpasswd="hunter2"\r\n', 15],
    [
      'host all all all radius radiusservers=a \\\n radiussecrets=\\\nhunter2 \\\n\\\n\nlocal all all peer\n',
      15,
    ],
    ['host all all all ldap ldapbind\\\npasswd=hunter2 radiussecrets=\\\nx\n', 15],
    ['# host all all all ldap ldapbindpasswd=hunter2\n', 15],
    ['# ldapbindpasswd=\\\nhunter2', 14],
  ])('%j keeps its lines and not its secret', (text, major) => {
    const shown = redactHba(text, major);
    expect(shown).not.toContain('hunter2');
    expect(shown).toContain(REDACTED);
    expect(shown.split('\n')).toHaveLength(text.split('\n').length);
    if (text.includes('peer')) expect(shown).toContain('local all all peer\n');
  });

  it('leaves other lines as they are', () => {
    const text = '# TYPE  DATABASE \\\r\n\nhost all all all scram-sha-256 # x\\\n\nlocal all all peer map=a';
    expect(redactHba(text, 15)).toBe(text);
  });

  it('no password of an option is left, however the line is cut', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), (first, second) => {
        const line = 'host all all all ldap ldapserver=x ldapbindpasswd=hunter2';
        const cuts = [...new Set([first, second])].sort((a, b) => b - a);
        const text = cuts.reduce((cut, at) => `${cut.slice(0, at)}\\\n${cut.slice(at)}`, line);
        expect(redactHba(text, 15).replaceAll('\\\n', '')).not.toMatch(/hun|unt|nte|ter|er2/);
      }),
    );
  });
});

describe('hbaDiff', () => {
  it('is bounded', () => {
    const lines = (word: string): string =>
      Array.from({ length: 100 }, (_, index) => `${word} ${String(index)} ${'x'.repeat(250)}\n`).join('');
    const diff = hbaDiff('/hba', lines('a'), lines('b'), 15);
    expect(diff?.lines.join('').length).toBeLessThanOrEqual(2_000);
    expect((diff?.omitted ?? 0) + (diff?.lines.length ?? 0)).toBe(201);
    expect(diff?.lines[1]).toMatch(/^-a 0 x+…$/);
  });

  it('has no secret in its context, and is nothing where nothing changes', () => {
    const text = 'host all all all ldap ldapbindpasswd=hunter2\n';
    expect(hbaDiff('/hba', text, `x\n${text}`, 15)?.lines).toEqual([
      '@@ -1,1 +1,2 @@',
      '+x',
      ` host all all all ldap ${REDACTED}`,
    ]);
    expect(hbaDiff('/hba', text, text, 15)).toBeUndefined();
  });
});
