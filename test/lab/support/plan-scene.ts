import { expect } from 'vitest';
import type { Finding, Plan } from '../../../workflows/contract/plan.js';
import { onHost, Operator, resetLab, type CliOutcome, type EditableConfig } from './operator.js';
import { snapshots } from './snapshot.js';

export type Edit = (config: EditableConfig) => void;

/** Shell text that makes something so on a host, before the tool looks, and takes it back. */
export interface Change {
  given: string;
  /** Absent: it may stay until the next reset. */
  undo?: string;
}

interface Seen {
  code: number;
  findings: Finding[];
  plan: Plan;
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
  async plan(edit: Edit = () => undefined): Promise<Seen> {
    this.#operator.writeConfig(edit);
    const { code, stdout, stderr } = await this.#operator.cli('plan', '--json');
    if (!stdout.startsWith('{')) throw new Error(`plan ended with ${String(code)}\n${stdout}${stderr}`);
    const [made] = (JSON.parse(stdout) as { plans: [Plan] }).plans;
    for (const { host = '', message, hint = '' } of made.findings) {
      expect(message).toMatch(new RegExp(`^${host}: `));
      expect(hint).not.toBe('');
    }
    return { code, findings: made.findings, plan: made };
  }

  /** With the configuration of the last plan. */
  cli(...args: string[]): Promise<CliOutcome> {
    return this.#operator.cli(...args);
  }

  /** The findings after these changes, which must leave both hosts as they are; then the changes are taken back. */
  async look(
    changes: Partial<Record<string, Change[]>>,
    edit?: Edit,
    alsoLook: (seen: Seen) => Promise<void> = () => Promise.resolve(),
  ): Promise<Seen> {
    const made: [string, Change][] = [];
    try {
      for (const [host, list = []] of Object.entries(changes))
        for (const change of list) {
          made.unshift([host, change]);
          await onHost(this.#home, host, `set -e\n${change.given}`);
        }
      const before = await snapshots(this.#home);
      const seen = await this.plan(edit);
      await alsoLook(seen);
      expect(await snapshots(this.#home)).toEqual(before);
      return seen;
    } finally {
      for (const [host, { undo }] of made)
        if (undo !== undefined) await onHost(this.#home, host, `set -e\n${undo}`);
    }
  }
}
