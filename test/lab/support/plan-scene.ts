import { expect } from 'vitest';
import type { Finding, Plan } from '../../../workflows/contract/plan.js';
import { onHost, Operator, resetLab, type EditableConfig } from './operator.js';
import { snapshots } from './snapshot.js';

/** One thing that is wrong, or worth telling, on one host of the lab. */
export interface PlannedCase {
  host: string;
  /** Makes it so, before the tool looks. */
  given: string;
  /** Takes it back. */
  undo: string;
  edit?: (config: EditableConfig) => void;
}

/** Hosts as after their first start, and an operator who asks for plans. */
export class PlanScene {
  readonly #home: string;
  #operator!: Operator;

  constructor(home: string) {
    this.#home = home;
  }

  async open(): Promise<void> {
    await resetLab(this.#home);
    this.#operator = new Operator(this.#home);
    await this.#operator.up();
  }

  close(): Promise<void> {
    return this.#operator.close();
  }

  /** The plan's findings, and whether planning is refused. */
  async plan(edit: PlannedCase['edit'] = () => undefined): Promise<{ code: number; findings: Finding[] }> {
    this.#operator.writeConfig(edit);
    const { code, stdout, stderr } = await this.#operator.cli('plan', '--json');
    if (!stdout.startsWith('{')) throw new Error(`plan ended with ${String(code)}\n${stdout}${stderr}`);
    const [made] = (JSON.parse(stdout) as { plans: [Plan] }).plans;
    for (const { host = '', message, hint = '' } of made.findings) {
      expect(message).toMatch(new RegExp(`^${host}: `));
      expect(hint).not.toBe('');
    }
    return { code, findings: made.findings };
  }

  /** The findings of a case, after which nothing on either host has changed; then the case is taken back. */
  async look({ host, given, undo, edit }: PlannedCase): Promise<{ code: number; findings: Finding[] }> {
    await onHost(this.#home, host, `set -e\n${given}`);
    try {
      const before = await snapshots(this.#home);
      const seen = await this.plan(edit);
      expect(await snapshots(this.#home)).toEqual(before);
      return seen;
    } finally {
      await onHost(this.#home, host, `set -e\n${undo}`);
    }
  }
}
