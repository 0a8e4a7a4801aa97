/** A figure that should rise, as it was seen: how fast it rises, and when it last did. */
export interface Growth {
  samples: readonly { at: number; value: number }[];
  /** When it was first seen, or last seen to have risen; ms. */
  grownAt: number;
}

/** Long enough that one slow second does not make the ETA jump. */
const WINDOW_MS = 30_000;

export const noGrowth = (at: number): Growth => ({ samples: [], grownAt: at });

export function seenAt({ samples, grownAt }: Growth, value: number, at: number): Growth {
  const last = samples.at(-1)?.value;
  return {
    samples: [...samples.filter((sample) => sample.at >= at - WINDOW_MS), { at, value }],
    grownAt: last !== undefined && value > last ? at : grownAt,
  };
}

/** Per second, over the last half minute; undefined until a second has passed. */
export function rateOf({ samples }: Growth): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < 1_000) return undefined;
  return Math.round(((last.value - first.value) / (last.at - first.at)) * 1_000);
}
