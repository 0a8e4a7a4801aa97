const KIB = 1024;

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/**
 * Bytes exactly as `pg_size_pretty` prints them, so that a size on a card equals the one psql shows:
 * `7393 kB`, `312 MB`, `20 GB`. Fractions of a byte are cut off.
 */
export function formatBytes(bytes: number): string {
  const negative = bytes < 0;
  let size = Math.trunc(Math.abs(bytes));
  if (size < 10 * KIB) return `${String(negative ? -size : size)} bytes`;
  // PostgreSQL's own way: counted in halves of the unit, so that the last step can round half up, and
  // the next unit begins only at 10240 of this one.
  let unit = 1;
  size = Math.floor(size / (KIB / 2));
  while (size >= 20 * KIB - 1 && unit < UNITS.length - 1) {
    size = Math.floor(size / KIB);
    unit += 1;
  }
  const rounded = Math.floor((size + 1) / 2);
  return `${negative ? '-' : ''}${String(rounded)} ${UNITS[unit] ?? 'PB'}`;
}

const FACTORS: Record<string, number> = { b: 1, kb: KIB, mb: KIB ** 2, gb: KIB ** 3, tb: KIB ** 4 };

/**
 * Bytes of a size as the configuration has it: `20GB`, `80MB`, `1.5 GB`, units of 1024 as in
 * postgresql.conf. `undefined` for anything else, above all for a number without a unit, which
 * PostgreSQL itself reads as kB, MB or 8 kB blocks depending on the setting.
 */
export function parseBytes(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]{1,2})\s*$/i.exec(value);
  const factor = FACTORS[match?.[2]?.toLowerCase() ?? ''];
  if (match?.[1] === undefined || factor === undefined) return undefined;
  const bytes = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Why `parseBytes` does not take the value, ready to follow the key's name; `undefined` when it does. */
export function bytesProblem(value: unknown): string | undefined {
  if (parseBytes(value) !== undefined) return undefined;
  const plain = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  if (/^\d+(\.\d+)?$/.test(plain)) return `a size needs a unit: ${plain}MB or ${plain}GB`;
  return 'a size is a number with one of the units B, kB, MB, GB, TB, such as 20GB';
}

const pad = (value: number): string => String(value).padStart(2, '0');

/** Milliseconds for people: `0.43 s`, `4.2 s`, `42 s`, `3 m 05 s`, `2 h 05 m`, `3 d 04 h`. */
export function formatDuration(ms: number): string {
  const clamped = Math.max(0, ms);
  if (clamped < 995) return `${(clamped / 1000).toFixed(2)} s`;
  if (clamped < 9_950) return `${(clamped / 1000).toFixed(1)} s`;
  const seconds = Math.round(clamped / 1000);
  if (seconds < 60) return `${String(seconds)} s`;
  if (seconds < 3600) return `${String(Math.floor(seconds / 60))} m ${pad(seconds % 60)} s`;
  const minutes = Math.round(clamped / 60_000);
  if (minutes < 24 * 60) return `${String(Math.floor(minutes / 60))} h ${pad(minutes % 60)} m`;
  const hours = Math.round(clamped / 3_600_000);
  return `${String(Math.floor(hours / 24))} d ${pad(hours % 24)} h`;
}

/** `112 MB/s` */
export const formatRate = (bytesPerSecond: number): string => `${formatBytes(bytesPerSecond)}/s`;

/**
 * Whole percent, 0 to 100, rounded down: 100 only when all is done. A base backup may stream more
 * than its estimate, hence the upper bound.
 */
export function percent(done: number, total: number): number {
  if (!(total > 0)) return 0;
  return Math.min(100, Math.max(0, Math.floor((done / total) * 100)));
}
