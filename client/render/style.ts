import { createColors } from 'picocolors';
import type { Colors } from 'picocolors/types.js';

/** How text may look where it goes. Renderers take this and nothing else from their surroundings. */
export interface Style {
  /** Columns. */
  width: number;
  color: boolean;
  /** False: nothing but ASCII leaves the program. */
  unicode: boolean;
}

type Env = Record<string, string | undefined>;

interface Terminal {
  isTTY?: boolean;
  columns?: number;
}

const PLAIN_WIDTH = 100;

export function styleOf(stream: Terminal, env: Env): Style {
  const tty = stream.isTTY === true;
  return {
    width: Math.max(40, tty ? stream.columns || PLAIN_WIDTH : PLAIN_WIDTH),
    color: tty && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    unicode: /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''),
  };
}

export const paint = (style: Style): Colors => createColors(style.color);

export interface Glyphs {
  done: string;
  running: string;
  pending: string;
  failed: string;
  skipped: string;
  barFull: string;
  barEmpty: string;
  rule: string;
  arrow: string;
  dot: string;
}

const UNICODE: Glyphs = {
  done: '✓',
  running: '▸',
  pending: '·',
  failed: '✗',
  skipped: '↷',
  barFull: '█',
  barEmpty: '░',
  rule: '─',
  arrow: '→',
  dot: '·',
};

const ASCII: Glyphs = {
  done: '+',
  running: '>',
  pending: '.',
  failed: 'x',
  skipped: '-',
  barFull: '#',
  barEmpty: '-',
  rule: '-',
  arrow: '->',
  dot: '-',
};

export const glyphs = (style: Style): Glyphs => (style.unicode ? UNICODE : ASCII);
