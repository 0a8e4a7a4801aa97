import type { Destroyed } from '../workflows/contract/card.js';
import type { ServerFacts } from './facts.js';
import type { FollowerLook } from './follower-look.js';
import { oldName } from './linked-directories.js';
import { lossesOf } from './losses.js';
import { REMARK_LENGTH, SHOWN_ON_CARD, shortList, shortText } from './shorten.js';

/** Paths are long, and every one of them goes. */
const LINES_ON_CARD = { ...SHOWN_ON_CARD, characters: 4_000 };

/** What the swap takes out of service, or the wipe deletes; nothing where there is no old data. */
export function destroyedBy(
  { facts, target, classified }: FollowerLook,
  leader: ServerFacts,
): Destroyed | undefined {
  const { files, server } = facts;
  if (!target.hasOldDirectory || target.class === 'copied') return undefined;
  const inPlace = target.mode === 'in-place';
  if (inPlace && classified.begun === true) return undefined;
  const destroyed: Destroyed = {
    host: target.name,
    path: target.location.dataDirectory,
    mount: (inPlace ? (files.ownRoom ?? files) : files).mountPoint,
    sizeBytes: files.sizeBytes,
    databases: shortList(server?.databases ?? [], SHOWN_ON_CARD),
    ...(inPlace ? {} : { movedTo: target.replacedDirectory }),
  };
  const systemIdentifier = server?.systemIdentifier ?? files.controlData?.systemIdentifier;
  if (systemIdentifier !== undefined) destroyed.systemIdentifier = systemIdentifier;
  if (files.lastWrite !== undefined) destroyed.lastWrite = files.lastWrite;
  if (server === undefined && files.pgVersion !== undefined) destroyed.unlisted = true;
  if (server !== undefined)
    destroyed.databaseSizes = Object.fromEntries(
      destroyed.databases.flatMap((name) => {
        const bytes = server.databaseSizes[name];
        return bytes === undefined ? [] : [[name, bytes]];
      }),
    );
  const elsewhere = (target.oldLinked ?? []).map(
    ({ link, path, replaced }) =>
      `${oldName(facts, link)} at ${path}, ${inPlace ? 'deleted' : `moved to ${replaced}`}`,
  );
  if (elsewhere.length > 0) destroyed.elsewhere = shortList(elsewhere, LINES_ON_CARD);
  const lost = lossesOf(classified, facts, leader);
  if (lost.length > 0)
    destroyed.lost = shortList(
      lost.map((text) => shortText(text, REMARK_LENGTH)),
      SHOWN_ON_CARD,
    );
  return destroyed;
}
