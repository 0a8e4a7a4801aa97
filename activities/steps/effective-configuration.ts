import type { EFFECTIVE_SETTINGS } from '../../planning/commands/configure.js';
import { STANDBY_LIMITS, type StandbyLimit } from '../../planning/postgres/standby-settings.js';
import { stepFailure } from '../failures.js';
import type { Host } from '../hosts/host.js';
import type { ScriptResult } from '../run-script.js';

export type LeaderLimits = Record<StandbyLimit, string>;

/** What `postgres -C` said of a setting. */
export const effective = (seen: ScriptResult, name: (typeof EFFECTIVE_SETTINGS)[number]): string =>
  seen.text(`effective.${name}`).trim();

/** What the follower's own files give, without the lines of an earlier attempt of ours: those may only raise. */
export function ownLimits(seen: ScriptResult, host: Host): LeaderLimits {
  return Object.fromEntries(
    STANDBY_LIMITS.map((name) => {
      const value = effective(seen, name);
      if (value === '')
        throw stepFailure('FOLLOWER_CONFIG_UNSAFE', host.name, 'its configuration cannot be evaluated', {
          detail: `postgres -C ${name} says nothing`,
          hint: 'Check its postgresql.conf, then resume.',
        });
      return [name, value];
    }),
  ) as LeaderLimits;
}
