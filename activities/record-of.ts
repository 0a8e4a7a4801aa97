import { readRecordScript } from '../planning/commands/follower-files.js';
import type { Host } from './hosts/host.js';
import { runScript } from './run-script.js';
import { readRecord } from './survey/read-record.js';

/** The operation's record on a host; empty where nothing was ever written. */
export const recordOf = async (
  host: Host,
  dataDirectory: string,
  op: string,
): Promise<Record<string, string>> =>
  readRecord((await runScript(host, readRecordScript(dataDirectory, op))).text('record'));
