import { isIP } from 'node:net';
import { LEADER_BRANCH } from '../../workflows/contract/run-events.js';

const NAME = /^[a-z][a-z0-9-]{0,30}$/;

/**
 * The names that are typed at gates, made of what the hosts are called: `db1.internal` becomes `db1`. Where that
 * is no name, or one that is taken, `leader` and `follower1`, `follower2` stand in.
 */
export function hostNames(
  leader: string,
  followers: readonly string[],
): { leader: string; followers: string[] } {
  const leaderName = candidates(leader).find((name) => NAME.test(name)) ?? LEADER_BRANCH;
  // The leader's part of a run has a name of its own, which no follower may have.
  const taken = new Set([leaderName, LEADER_BRANCH]);
  // A host called follower1 must not see another one bear its name.
  const called = new Set([leader, ...followers].flatMap(candidates));
  const names = followers.map((follower) => {
    const free =
      candidates(follower).find((name) => NAME.test(name) && !taken.has(name)) ??
      numbered(new Set([...taken, ...called]));
    taken.add(free);
    return free;
  });
  return { leader: leaderName, followers: names };
}

/** The first label alone, then all of them: `db` and `db-eu-example` of `db.eu.example`. */
function candidates(host: string): string[] {
  const bare = host.replace(/^.*@/, '').toLowerCase();
  if (isIP(bare) !== 0) return [];
  const plain = (text: string): string => text.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '');
  return [plain(bare.split('.')[0] ?? ''), plain(bare)];
}

function numbered(taken: ReadonlySet<string>): string {
  let number = 1;
  while (taken.has(`follower${String(number)}`)) number += 1;
  return `follower${String(number)}`;
}
