/** The demo's own words, between those of the commands it runs. ASCII only, whatever the locale. */
export interface Talk {
  heading(text: string): void;
  line(text?: string): void;
  /** A command that runs now, as a person would type it. */
  command(text: string): void;
  /** A label that must not be overlooked. */
  label(text: string): void;
}

interface Output {
  isTTY?: boolean;
  write(text: string): unknown;
}

export function createTalk(output: Output, env: Record<string, string | undefined>): Talk {
  const color = output.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const tint = (code: string, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const line = (text = ''): void => void output.write(`${text}\n`);
  return {
    line,
    heading: (text) => {
      line();
      line(tint('1', `== ${text}`));
    },
    command: (text) => {
      line(tint('36', `$ ${text}`));
    },
    label: (text) => {
      line(tint('1;33', text));
    },
  };
}

/** One line of progress in the columns of the lab's own. */
export const tookLine = (who: string, what: string, ms: number): string =>
  `${who.padEnd(12)} ${what.padEnd(58)} ${(ms / 1000).toFixed(1).padStart(6)} s`;
