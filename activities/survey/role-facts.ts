import type { RoleFacts } from '../../planning/facts.js';
import type { SqlSession } from '../hosts/host.js';

/** Which of these roles there are, and how their passwords are kept. A verifier never leaves the server. */
export const roleFacts = (session: SqlSession, names: string[]): Promise<RoleFacts[]> =>
  session.query<RoleFacts>(
    `select rolname as name, rolcanlogin as "canLogin", rolreplication as "canReplicate",
            coalesce(rolvaliduntil < now(), false) as expired,
            case when rolpassword is null then 'none'
                 when rolpassword like 'SCRAM-SHA-256$%' then 'scram' else 'md5' end as password
       from pg_authid where rolname = any($1) order by rolname`,
    [names],
  );
