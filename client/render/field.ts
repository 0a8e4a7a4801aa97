import { labelled } from './layout.js';
import type { Style } from './style.js';

export const LABEL_WIDTH = 13;
const INDENT = 2;

/** A fact of a card: its label, and its text in a column of its own. */
export const field = (label: string, text: string, style: Style): string[] =>
  labelled(label, text, style, LABEL_WIDTH, INDENT);
