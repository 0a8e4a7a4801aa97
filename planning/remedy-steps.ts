import type { PlannedStep } from '../workflows/contract/card.js';
import type { FollowerTarget, LeaderTarget } from '../workflows/contract/target.js';
import type { StepId } from '../workflows/contract/steps.js';
import * as commands from './step-commands.js';

/** The card of a follower that keeps its data: what a start or a repair does on it, and for it on the leader. */
export function remedySteps(
  course: readonly StepId[],
  leader: LeaderTarget,
  target: FollowerTarget,
): PlannedStep[] {
  const { name } = target;
  const steps: PlannedStep[] = [
    {
      step: 'ensureCredentials',
      host: name,
      what: 'write the password file, if it is not as it should be',
      commands: commands.passfileCommands(leader, target),
    },
    {
      step: 'ensureSlot',
      host: leader.name,
      what: `reserve WAL for ${name}`,
      commands: commands.slotCommands(target),
    },
    {
      step: 'configureFollower',
      host: name,
      what: 'change these lines and no others; the file as it was is kept',
      commands: commands.repairCommands(leader, target),
    },
    {
      step: 'startFollower',
      host: name,
      what: target.remedy === 'start' ? 'start it on the data it has' : 'start it, if it does not run',
      commands: commands.startCommands(target),
    },
    {
      step: 'verifyStreaming',
      host: leader.name,
      what: `write what ${name} must then show`,
      commands: commands.streamingCommands(target, leader.noRecord !== true),
    },
  ];
  return steps.filter(({ step }) => course.includes(step));
}
