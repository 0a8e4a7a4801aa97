/** The demo ends early. What is wrong may have been said already by the command that failed. */
export class DemoEnd extends Error {
  override name = 'DemoEnd';
  readonly exitCode: number;

  constructor(exitCode: number, message = '') {
    super(message);
    this.exitCode = exitCode;
  }
}

/** PostgreSQL's grammar, as everywhere. */
export const problemText = (message: string, detail?: string, hint?: string): string =>
  [
    `error:   ${message}`,
    ...(detail === undefined || detail === '' ? [] : [`detail:  ${detail.replaceAll('\n', '\n         ')}`]),
    ...(hint === undefined || hint === '' ? [] : [`hint:    ${hint}`]),
  ].join('\n');

/** Ctrl-C, or the like: there is one text for it, whatever was going on. */
export class DemoInterrupted extends Error {
  override name = 'DemoInterrupted';
}

export const INTERRUPTED_CODE = 130;
