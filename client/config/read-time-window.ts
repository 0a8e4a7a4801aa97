import { parseTimeWindow } from '../../workflows/contract/time-window.js';
import type { TimeWindow } from '../../workflows/contract/time-window.js';
import { suggest } from '../suggest.js';

/** A window of the configuration, or what is wrong with it, with what was probably meant. */
export function readTimeWindow(value: unknown): TimeWindow | { problem: string } {
  // YAML itself reads an unquoted 22:00 as text, but a lone number as a number.
  const read = parseTimeWindow(typeof value === 'string' ? value : String(value));
  if (!('problem' in read) || read.unknownZone === undefined) return read;
  const near = nearZone(read.unknownZone);
  const rest = near === undefined ? 'use a name such as Europe/Berlin or UTC' : `did you mean "${near}"?`;
  return { problem: `${read.problem}; ${rest}` };
}

/** People misspell the name, or write the city alone. */
function nearZone(name: string): string | undefined {
  const zones = [...Intl.supportedValuesOf('timeZone'), 'UTC'];
  const cityOf = (zone: string): string => zone.split('/').at(-1)?.toLowerCase() ?? '';
  return zones.find((zone) => cityOf(zone) === cityOf(name)) ?? suggest(name, zones);
}
