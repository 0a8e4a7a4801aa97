const pad = (value: number): string => String(value).padStart(2, '0');

/** `20:47:03` on the clock of whoever reads it. */
export function clock(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : date.toTimeString().slice(0, 8);
}

/** `2026-11-24 20:47:03 UTC`, in the reader's zone, which is named. */
export function dateTime(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const day = `${String(date.getFullYear())}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${clock(iso)} ${zone(date)}`;
}

function zone(date: Date): string {
  const part = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' })
    .formatToParts(date)
    .find(({ type }) => type === 'timeZoneName');
  return part?.value ?? 'UTC';
}

/** ms from one ISO time to another, never negative. */
export const elapsedMs = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));
