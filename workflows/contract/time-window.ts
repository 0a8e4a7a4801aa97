/** A time of day that comes every day, on the clocks of one time zone; it may go over midnight. */
export interface TimeWindow {
  /** Since midnight, when it opens. A person gives whole minutes. */
  beginSecond: number;
  /** The first at which it is closed again. */
  endSecond: number;
  /** IANA name, such as `Europe/Berlin`. */
  timeZone: string;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

const EXAMPLE = 'such as "22:00-06:00 Europe/Berlin"';

/** The window in `22:00-06:00 Europe/Berlin`, or why it is none. */
export function parseTimeWindow(text: string): TimeWindow | { problem: string; unknownZone?: string } {
  const [, begin, end, timeZone] =
    /^(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})(?:\s+(\S+))?$/.exec(text.trim()) ?? [];
  if (begin === undefined || end === undefined)
    return { problem: `a window is two times and a zone, ${EXAMPLE}` };
  const [beginMinute, endMinute] = [minuteOf(begin), minuteOf(end === '24:00' ? '00:00' : end)];
  if (beginMinute === undefined || endMinute === undefined)
    return { problem: `${beginMinute === undefined ? begin : end} is not a time of day: 00:00 to 23:59` };
  if (timeZone === undefined) return { problem: `a window needs a time zone, ${EXAMPLE}` };
  if (!isTimeZone(timeZone)) return { problem: `"${timeZone}" is not a time zone`, unknownZone: timeZone };
  if (beginMinute === endMinute)
    return { problem: 'it begins and ends at the same time; leave it out to mean always' };
  return { beginSecond: beginMinute * 60, endSecond: endMinute * 60, timeZone };
}

export const windowText = ({ beginSecond, endSecond, timeZone }: TimeWindow): string =>
  `${timeText(beginSecond)}-${timeText(endSecond)} ${timeZone}`;

/** Whether the window is open at an instant (epoch ms). */
export const isOpen = (window: TimeWindow, at: number): boolean =>
  openBy(window, secondOf(clockOf(window.timeZone), at));

/**
 * When the window is open next (epoch ms): the instant itself where it is open already. Looked for minute by
 * minute, because a clock that is set forward may jump over its begin, or right into it.
 */
export function opensAt(window: TimeWindow, at: number): number {
  const minuteAt = clockOf(window.timeZone);
  if (openBy(window, secondOf(minuteAt, at))) return at;
  const first = Math.floor(at / MINUTE_MS);
  // Where a zone has changed sides of the date line, a whole day was left out.
  for (let minute = first; minute <= first + 3 * DAY_MINUTES; minute += 1) {
    const local = minuteAt(minute * MINUTE_MS) * 60;
    const into = window.beginSecond - local;
    const second = into > 0 && into < 60 ? into : 0;
    const opening = minute * MINUTE_MS + second * 1_000;
    if (opening > at && openBy(window, local + second)) return opening;
  }
  throw new Error(`${windowText(window)} does not open`);
}

/** A window as plans and run states tell of it, so that no reader needs its time zone. */
export interface WindowNote {
  /** `22:00-06:00 Europe/Berlin` */
  window: string;
  /** ISO time; the time of the note itself where it was open then. */
  opensAt: string;
  /** The same on the clocks of its zone: `22:00`. */
  opens: string;
}

export function windowNote(window: TimeWindow, at: number): WindowNote {
  const next = opensAt(window, at);
  return {
    window: windowText(window),
    opensAt: new Date(next).toISOString(),
    opens: timeText(secondOf(clockOf(window.timeZone), next)),
  };
}

const openBy = ({ beginSecond, endSecond }: TimeWindow, second: number): boolean =>
  beginSecond < endSecond
    ? second >= beginSecond && second < endSecond
    : second >= beginSecond || second < endSecond;

/** Zones differ from each other by whole minutes. */
const secondOf = (minuteAt: (at: number) => number, at: number): number =>
  minuteAt(at) * 60 + (Math.floor(at / 1_000) % 60);

/** Minutes since midnight in a zone. */
function clockOf(timeZone: string): (at: number) => number {
  const format = timesIn(timeZone);
  return (at) => minuteOf(format.format(at)) ?? Number.NaN;
}

/**
 * Workflow code may ask this: zone, language and instant are given, so a replay gets the same answer. Unless another
 * Node.js has meanwhile learned that a zone's clocks were changed at a moment the run has already lived through; that
 * is the price of not asking an activity.
 */
const timesIn = (timeZone: string): Intl.DateTimeFormat =>
  // eslint-disable-next-line no-restricted-globals -- see above
  new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

function minuteOf(text: string): number | undefined {
  const [hours = Number.NaN, minutes = Number.NaN] = text.split(':').map(Number);
  return hours < 24 && minutes < 60 ? hours * 60 + minutes : undefined;
}

function timeText(second: number): string {
  const pad = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${pad(second / 3_600)}:${pad((second % 3_600) / 60)}`;
}

/** An offset such as +02:00 is no zone: it knows no summer time, and not every runtime takes it. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    timesIn(name);
    return true;
  } catch {
    return false;
  }
}
