export interface Shown {
  /** Names. */
  atMost: number;
  /** Characters of all of them; the first name is shown at any length. */
  characters: number;
}

/** A card is what is read before an approval, so it shows more of a list than a finding does. */
export const SHOWN_ON_CARD: Shown = { atMost: 20, characters: 800 };
/** Characters of one sentence there. */
export const REMARK_LENGTH = 200;

/** What a finding shows of a list that may have thousands of names. */
const IN_A_FINDING: Shown = { atMost: 10, characters: 240 };

/**
 * The first items and, instead of the others, their number: `… and 37 more`. `total`: the true number,
 * where the list itself was cut off before. A plan becomes part of the run's history, so nothing in it may
 * grow with what is on a host.
 */
export function shortList(items: readonly string[], shown: Shown, total = items.length): string[] {
  const list: string[] = [];
  let characters = 0;
  for (const item of items.slice(0, shown.atMost)) {
    characters += item.length;
    if (characters > shown.characters && list.length > 0) break;
    list.push(item);
  }
  return total > list.length ? [...list, `… and ${String(total - list.length)} more`] : list;
}

/** {@link shortList} as one text. */
export const listed = (items: readonly string[], separator = ', ', total = items.length): string =>
  shortList(items, IN_A_FINDING, total).join(separator);

/** A text of at most `atMost` characters; `…` tells that there was more. */
export const shortText = (text: string, atMost: number): string =>
  text.length <= atMost ? text : `${text.slice(0, atMost - 1).trimEnd()}…`;
