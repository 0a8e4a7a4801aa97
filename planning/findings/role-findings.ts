import type { Finding } from '../../workflows/contract/plan.js';
import type { RoleFacts } from '../facts.js';
import { blockOn } from './finding.js';

/** Roles that exist and cannot be used; they are never changed, so the run would stop at them. */
export function roleFindings(host: string, roles: readonly RoleFacts[]): Finding[] {
  const block = blockOn(host);
  return roles.flatMap(({ name, canLogin, canReplicate, expired, password }) => {
    const faults = [
      ...(canLogin ? [] : ['NOLOGIN']),
      ...(canReplicate ? [] : ['NOREPLICATION']),
      ...(expired ? ['its password has expired'] : []),
    ];
    if (faults.length > 0)
      return [
        block('ROLE_UNFIT', `role ${name} cannot replicate: ${faults.join(', ')}`, {
          hint: 'Correct the role, or name another one with `replication.role`.',
        }),
      ];
    if (password === 'scram') return [];
    return [
      block(
        'ROLE_PASSWORD_DIFFERS',
        password === 'none'
          ? `role ${name} has no password`
          : `the password of role ${name} is stored as MD5`,
        {
          detail: 'The line in pg_hba.conf asks for SCRAM, and the role of others is never changed.',
          hint: 'Set its password anew with `password_encryption = scram-sha-256`, or name another role with `replication.role`.',
        },
      ),
    ];
  });
}
