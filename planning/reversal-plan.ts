import type { PlannedStep } from '../workflows/contract/card.js';
import type { FollowerPlan } from '../workflows/contract/plan.js';
import type { FollowerTarget, LeaderTarget } from '../workflows/contract/target.js';
import type { StepId } from '../workflows/contract/steps.js';
import type { ClusterFacts } from './facts.js';
import * as commands from './reversal-commands.js';
import { streamingCommands } from './step-commands.js';

const COURSES: Record<'undo' | 'purge', StepId[]> = {
  undo: ['undoReplacement', 'withdrawFromLeader'],
  purge: ['purgeReplaced'],
};

/** One follower's card of an undo or a purge; without a reversal there is nothing to do. */
export function reversalPlan(
  leader: LeaderTarget,
  target: FollowerTarget,
  facts: ClusterFacts,
  /** Whether the proof that it streams writes a record as well. */
  recorded: boolean,
): FollowerPlan {
  const { remedy } = target;
  const kind = remedy === 'undo' || remedy === 'purge' ? remedy : undefined;
  return {
    target,
    needsGate: kind !== undefined,
    course: kind === undefined ? [] : COURSES[kind],
    steps: (kind === undefined
      ? []
      : kind === 'undo'
        ? undoSteps(leader, target)
        : purgeSteps(leader, target, recorded)
    ).filter((step) => step.commands.length > 0),
    copyBytes: 0,
    freeBytes: facts.files.freeBytes,
    seconds: 0,
    basis: 'directories are renamed or removed, nothing is copied',
    serverVersion: facts.server?.serverVersion ?? facts.files.minorOnDisk,
    remarks: [],
  };
}

function undoSteps(leader: LeaderTarget, target: FollowerTarget): PlannedStep[] {
  const { hbaKeys = [], made = {}, startsFormer } = target.reversal ?? {};
  return [
    {
      step: 'undoReplacement',
      host: target.name,
      what: 'stop it, move its copy aside and the former data back',
      commands: [
        ...commands.putBackCommands(target),
        ...commands.hbaRemovalCommands(target.location.hbaFile, hbaKeys),
        ...(startsFormer === true ? commands.startFormerCommands(target) : []),
      ],
    },
    {
      step: 'withdrawFromLeader',
      host: leader.name,
      what: `take back what was made for ${target.name}`,
      commands: [
        ...(made.slot === undefined ? [] : commands.dropSlotCommands(made.slot)),
        ...(made.hbaLine === undefined ? [] : commands.leaderHbaRemovalCommands(leader, made.hbaLine)),
        ...(made.role === undefined ? [] : commands.dropRoleCommands(made.role)),
      ],
    },
    {
      step: 'withdrawFromLeader',
      host: target.name,
      what: 'remove the password file',
      commands: made.passfile === undefined ? [] : commands.passfileRemovalCommands(made.passfile),
    },
  ];
}

function purgeSteps(leader: LeaderTarget, target: FollowerTarget, recorded: boolean): PlannedStep[] {
  return [
    {
      step: 'purgeReplaced',
      host: leader.name,
      what: `prove that ${target.name} streams now`,
      commands: target.reversal?.needsStream === true ? streamingCommands(target, recorded) : [],
    },
    {
      step: 'purgeReplaced',
      host: target.name,
      what: 'delete what was set aside; links in it are removed as links, other file systems are left alone',
      commands: commands.purgeCommands(target),
    },
  ];
}
