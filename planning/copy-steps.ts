import type { RunConfig } from '../workflows/contract/config.js';
import type { PlannedStep } from '../workflows/contract/card.js';
import type { FollowerTarget, LeaderTarget } from '../workflows/contract/target.js';
import type { ClusterFacts } from './facts.js';
import { hbaDiff } from './hba-diff.js';
import { hbaFilesOf } from './hba-files-of.js';
import { plannedStep } from './planned-step.js';
import { withRunbookBlock } from './postgres/hba.js';
import * as commands from './step-commands.js';

/** What is done for a follower that gets a copy, on its own host and for it on the leader. */
export function copySteps(
  config: RunConfig,
  leader: LeaderTarget,
  target: FollowerTarget,
  peers: { name: string; address: string }[],
  facts: ClusterFacts,
): PlannedStep[] {
  const { name } = target;
  const inPlace = target.mode === 'in-place';
  const lines = commands.switchoverHbaLines(config, leader, target, peers);
  const major = Number(facts.listing.version);
  const { hbaText } = facts.files;
  const wanted = withRunbookBlock(hbaText, lines, major, hbaFilesOf(facts));
  // Among many followers it would say at length what the commands say already.
  const diff = hbaDiff(target.location.hbaFile, hbaText, wanted, major);
  return [
    plannedStep(
      'ensureCredentials',
      name,
      'write the password file',
      commands.passfileCommands(leader, target),
    ),
    ...(inPlace
      ? [
          plannedStep(
            'wipeDataDirectory',
            name,
            'delete the old data, for good; nothing can start until the follower does',
            commands.wipeCommands(target),
          ),
        ]
      : []),
    plannedStep('ensureSlot', leader.name, `reserve WAL for ${name}`, commands.slotCommands(target)),
    plannedStep(
      'takeBaseBackup',
      name,
      inPlace ? 'copy the leader into the emptied directory' : 'copy the leader beside the old data',
      commands.copyCommands(config, leader, target),
    ),
    plannedStep('verifyBaseBackup', name, 'check every file of the copy', commands.verifyCommands(target)),
    plannedStep(
      'configureFollower',
      name,
      'configure the copy as a follower',
      commands.autoConfCommands(leader, target),
    ),
    ...(inPlace
      ? []
      : [
          plannedStep(
            'rehearseFollower',
            name,
            'start the copy beside the old server',
            commands.rehearsalCommands(target),
          ),
          plannedStep(
            'rehearseFollower',
            leader.name,
            'write what the copy must then replay',
            commands.markerCommands(),
          ),
          plannedStep('swapDataDirectory', name, 'put the copy in place', commands.swapCommands(target)),
        ]),
    plannedStep('startFollower', name, 'start the follower', commands.startCommands(target)),
    plannedStep(
      'verifyStreaming',
      leader.name,
      `write what ${name} must then show`,
      commands.streamingCommands(target, leader.noRecord !== true),
    ),
    ...(config.replication.prepareSwitchover
      ? [
          plannedStep(
            'prepareSwitchover',
            name,
            'let the others replicate from it one day',
            commands.switchoverCommands(target, lines),
            diff?.omitted === undefined ? diff : undefined,
          ),
        ]
      : []),
  ];
}
