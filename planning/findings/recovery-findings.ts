import type { Finding } from '../../workflows/contract/plan.js';
import { UNWANTED_SETTINGS } from '../commands/configure.js';
import type { ClusterFacts } from '../facts.js';
import type { SettingInFile } from '../postgres/recovery-settings.js';
import { blockOn, finding } from './finding.js';

/** With these a standby follows, but later or less than one expects. */
const QUESTIONABLE = ['recovery_min_apply_delay', 'recovery_target_timeline', 'archive_cleanup_command'];

/**
 * Leftovers of an earlier recovery in the follower's own files. `configureFollower` would refuse them, hours
 * later. Values are not shown: commands may hold secrets.
 */
export function recoveryFindings({ host, files }: ClusterFacts): Finding[] {
  const unsafe = files.recoverySettings.filter(endsFollowing);
  const questionable = files.recoverySettings.filter(isQuestionable);
  const found: Finding[] = [];
  if (unsafe.length > 0)
    found.push(
      blockOn(host.name)('RECOVERY_LEFTOVERS', 'with its own configuration it would not follow the leader', {
        detail: unsafe.map(placed).join('; '),
      }),
    );
  if (questionable.length > 0)
    found.push(
      finding(
        'warning',
        'RECOVERY_SETTINGS_STAY',
        host.name,
        'its own configuration changes how it replays',
        {
          detail: questionable.map(placed).join('; '),
        },
      ),
    );
  return found;
}

const placed = ({ name, file, line }: SettingInFile): string => `${name} at ${file}:${String(line)}`;

const endsFollowing = ({ name, value }: SettingInFile): boolean =>
  (UNWANTED_SETTINGS as readonly string[]).includes(name) ||
  (name === 'hot_standby' && /^(of|off|f|fa|fal|fals|false|n|no|0)$/i.test(value));

function isQuestionable({ name, value }: SettingInFile): boolean {
  if (!QUESTIONABLE.includes(name)) return false;
  if (name === 'recovery_min_apply_delay') return !/^0+(\.0*)?\s*[a-z]*$/i.test(value);
  return name !== 'recovery_target_timeline' || value !== 'latest';
}
