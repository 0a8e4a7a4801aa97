// pg_hba.conf is read, simulated and edited as text, because the questions come before the edit:
// would our line win, and what must it stand before? The server answers only afterwards.

export { parseHba } from './hba-parse.js';
export { firstMatch } from './hba-match.js';
export { isRunbookLine, runbookKeys, withRunbookBlock, withoutRunbookLine } from './hba-block.js';
export { wantedHbaFiles } from './hba-files.js';
export { renderHbaLine } from './hba-line.js';
export { HBA_TYPES } from './hba-types.js';
export type {
  HbaAddress,
  HbaConnection,
  HbaFiles,
  HbaLine,
  HbaLineOfFile,
  HbaRule,
  HbaToken,
  HbaType,
} from './hba-types.js';
