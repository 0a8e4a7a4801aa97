import { formatBytes } from '../../planning/format.js';
import type { FollowerPlan } from '../../workflows/contract/plan.js';
import type { KeptDirectory } from '../../workflows/contract/target.js';
import { field } from './field.js';
import { paint } from './style.js';
import type { Style } from './style.js';
import { dateTime } from './time.js';

/** What an undo puts back and moves aside, and what a purge deletes. */
export function reversalFields({ target }: FollowerPlan, style: Style): string[] {
  const { reversal, remedy, use } = target;
  if (reversal === undefined) return [];
  const { directories, replacedAt, startsFormer } = reversal;
  const since = replacedAt === undefined ? [] : field('Replaced', `until ${dateTime(replacedAt)}`, style);
  if (remedy === 'purge') {
    const total = directories.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return [...listed('Deleted', directories, style, kept), ...field('Frees', formatBytes(total), style)];
  }
  const back = directories.filter(({ kind }) => kind === 'replaced');
  const aside = directories.filter(({ kind }) => kind === 'displaced');
  return [
    ...listed(
      'Put back',
      back,
      style,
      ({ keptAs, path, sizeBytes }) => `${path} from ${keptAs} (${formatBytes(sizeBytes)})`,
    ),
    ...since,
    ...listed(
      'Moved aside',
      aside,
      style,
      ({ keptAs, path }) => `${path} to ${keptAs} (nothing of it is deleted)`,
    ),
    ...field(
      'Clients',
      use === undefined
        ? 'none: its server is stopped'
        : `${String(use.clientSessions)}, and ${String(use.walSenders)} that replicate from it; the undo ends their sessions`,
      style,
    ),
    ...field(
      'Afterwards',
      startsFormer === true
        ? 'its former server is started'
        : 'its server stays stopped, as it was before the swap',
      style,
    ),
  ];
}

const kept = ({ keptAs, sizeBytes }: KeptDirectory): string => `${keptAs} (${formatBytes(sizeBytes)})`;

function listed(
  label: string,
  directories: KeptDirectory[],
  style: Style,
  text: (directory: KeptDirectory) => string,
): string[] {
  const { red, bold } = paint(style);
  return directories
    .flatMap((directory, index) => field(index === 0 ? label : '', text(directory), style))
    .map((line) => red(bold(line)));
}
