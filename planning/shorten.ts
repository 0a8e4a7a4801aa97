/** How many names a card or a finding shows of a list that may have thousands. */
export const SHOWN_NAMES = 10;

/**
 * The first `atMost` and, instead of the others, their number: `… and 37 more`. `total`: the true number,
 * where the list itself was cut off before. A plan becomes part of the run's history, so nothing in it may
 * grow with what is on a host.
 */
export function shortList(items: readonly string[], atMost = SHOWN_NAMES, total = items.length): string[] {
  const shown = items.slice(0, atMost);
  return total > shown.length ? [...shown, `… and ${String(total - shown.length)} more`] : shown;
}

/** {@link shortList} as one text. */
export const listed = (items: readonly string[], separator = ', ', total = items.length): string =>
  shortList(items, SHOWN_NAMES, total).join(separator);

/** A text of at most `atMost` characters; `…` tells that there was more. */
export const shortText = (text: string, atMost: number): string =>
  text.length <= atMost ? text : `${text.slice(0, atMost - 1).trimEnd()}…`;
