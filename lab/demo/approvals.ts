import { FINGERPRINT_DIGITS } from '../../workflows/contract/gates.js';
import type { GateState } from '../../workflows/contract/gates.js';
import { ask } from './ask.js';
import { DemoEnd } from './demo-end.js';
import type { Demo } from './demo.js';
import { isOpen, openGates } from './run-view.js';
import type { RunView } from './run-view.js';

export const DEMO_APPROVER = 'demo-approver';

const APPROVER_LABEL = [
  'demo approver: nobody is asked; approving as a person would,',
  'with the name and the fingerprint from each card',
];

/** The arguments with which somebody without a terminal approves a gate. */
export const approveArguments = (cluster: string, { id, name, fingerprint }: GateState): string[] => [
  ...['approve', cluster, '--gate', id, '--confirm', name],
  ...['--fingerprint', fingerprint.slice(0, FINGERPRINT_DIGITS), '--by', DEMO_APPROVER],
];

/** Approves the gates one by one. @throws DemoEnd where the run does not take it; the command has said why */
export async function demoApproves(
  { cli, talk, place }: Demo,
  cluster: string,
  gates: GateState[],
): Promise<void> {
  for (const line of APPROVER_LABEL) talk.label(line);
  for (const gate of gates) {
    const args = approveArguments(cluster, gate);
    talk.command(`${place.words.program} ${args.slice(0, 4).join(' ')} \\`);
    talk.line(`    ${args.slice(4).join(' ')}`);
    const code = await cli.show(args);
    if (code !== 0) throw new DemoEnd(code);
  }
}

/**
 * Shows the cards and asks the person. What was left open may still be refused: anything else than the
 * word leaves it open, and nothing is approved for it.
 */
export async function personApproves(
  demo: Demo,
  cluster: string,
): Promise<'approved' | 'left open' | 'refuse'> {
  const { cli, talk, place } = demo;
  talk.command(`${place.words.program} approve ${cluster}`);
  const code = await cli.show(['approve', cluster]);
  if (code === 0) return 'approved';
  if (code !== WAITING_CODE) throw new DemoEnd(code);
  talk.line();
  talk.line('Not everything is approved. The run waits.');
  return (await ask('Type reject to refuse it, or nothing to leave it waiting: ')) === 'reject'
    ? 'refuse'
    : 'left open';
}

/** `runbook approve` after a gate was left open. */
const WAITING_CODE = 3;

/** Refuses what is open, one gate after the other: a refusal may close the next one too. */
export async function refuseAll(
  { cli, talk, place }: Demo,
  cluster: string,
  look: () => Promise<RunView>,
): Promise<void> {
  const refused = new Set<string>();
  for (;;) {
    const view = await look();
    const gate = isOpen(view) ? openGates(view).find(({ token }) => !refused.has(token)) : undefined;
    if (gate === undefined) return;
    refused.add(gate.token);
    talk.command(`${place.words.program} reject ${cluster} --gate ${gate.id} --reason "refused in the demo"`);
    const code = await cli.show(['reject', cluster, '--gate', gate.id, '--reason', 'refused in the demo']);
    if (code !== 0) throw new DemoEnd(code);
  }
}
