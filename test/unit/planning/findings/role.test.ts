import { describe, expect, it } from 'vitest';
import type { RoleFacts } from '../../../../planning/facts.js';
import { roleFindings } from '../../../../planning/findings/role-findings.js';
import { expectOnly } from './look.js';

const role = (change: Partial<RoleFacts> = {}): RoleFacts => ({
  name: 'replication',
  canLogin: true,
  canReplicate: true,
  expired: false,
  password: 'scram',
  ...change,
});

describe('a role that is there already', () => {
  it.each<[Parameters<typeof expectOnly>[2], Partial<RoleFacts>, string]>([
    ['ROLE_UNFIT', { canLogin: false }, 'NOLOGIN'],
    ['ROLE_UNFIT', { canReplicate: false, expired: true }, 'NOREPLICATION, its password has expired'],
    ['ROLE_PASSWORD_DIFFERS', { password: 'md5' }, 'MD5'],
    ['ROLE_PASSWORD_DIFFERS', { password: 'none' }, 'has no password'],
  ])('is %s with %j', (code, change, words) => {
    expectOnly(roleFindings('leader', [role(), role(change)]), 'blocker', code, words);
  });

  it('is fine where it can log in and replicate', () => {
    expect(roleFindings('leader', [role()])).toEqual([]);
  });
});
