import type { ServerFacts } from '../facts.js';
import { listed } from '../shorten.js';

/** Who is connected: `billing in orders (psql) from 10.0.0.9; … and 3 more`. */
export const sessionList = ({ sessions, clientSessions }: ServerFacts): string =>
  listed(
    sessions.map(
      ({ database, user, application, address }) =>
        `${user ?? 'somebody'} in ${database ?? 'no database'}${application === '' ? '' : ` (${application})`} from ${address ?? 'the host itself'}`,
    ),
    '; ',
    clientSessions,
  );
