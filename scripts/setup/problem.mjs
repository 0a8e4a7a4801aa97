/** Something the set-up cannot do by itself; every way out is in `hints`. */
export class SetupProblem extends Error {
  /**
   * @param {string} message
   * @param {{ detail?: string, hints?: string[] }} [rest]
   */
  constructor(message, { detail, hints = [] } = {}) {
    super(message);
    this.name = 'SetupProblem';
    this.detail = detail;
    this.hints = hints;
  }

  /** PostgreSQL's grammar. */
  describe() {
    const lines = [`error: ${this.message}`];
    if (this.detail) lines.push(`detail: ${this.detail}`);
    for (const hint of this.hints) lines.push(`hint: ${hint}`);
    return lines.join('\n');
  }
}
