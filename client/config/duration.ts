const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `30s`, `10m`, `24h`, `3d`, `1.5h`; undefined for anything else, above all a number without a unit. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*$/.exec(value);
  const factor = UNITS[match?.[2] ?? ''];
  if (match?.[1] === undefined || factor === undefined) return undefined;
  const ms = Math.round(Number(match[1]) * factor);
  return ms > 0 && Number.isSafeInteger(ms) ? ms : undefined;
}
