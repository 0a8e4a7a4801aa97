import { readHbaAddress } from './hba-address.js';
import { tokenizeHbaFile } from './hba-files.js';
import type { TokenizedLine } from './hba-files.js';
import { HBA_TYPES } from './hba-types.js';
import type { HbaFiles, HbaLineOfFile, HbaRule, HbaToken, HbaType } from './hba-types.js';

/**
 * Reads pg_hba.conf as PostgreSQL of this major version does, with the files it refers to where they are
 * given. Give a text that was decoded so that it can be encoded back to the same bytes.
 */
export const parseHba = (text: string, majorVersion = 15, files?: HbaFiles): HbaLineOfFile[] =>
  tokenizeHbaFile(text, majorVersion, files).map(readLine);

function readLine({ fields, included, error, ...rest }: TokenizedLine): HbaLineOfFile {
  if (error) return { kind: 'error', ...rest };
  if (included === 'unknown') return { kind: 'include', ...rest };
  if (included !== undefined) return { kind: 'include', ...rest, included: included.map(readLine) };
  if (fields.length === 0) return { kind: 'blank', ...rest };
  const rule = readRule(fields);
  return rule === undefined ? { kind: 'error', ...rest } : { kind: 'rule', rule, ...rest };
}

function readRule(fields: HbaToken[][]): HbaRule | undefined {
  const [type, databases, roles, ...rest] = fields;
  const word = type?.length === 1 ? type[0]?.text : undefined;
  if (!isType(word) || databases === undefined || roles === undefined) return undefined;
  const common = { type: word, databases, roles };
  if (word === 'local') return withMethod(common, rest);
  const read = readHbaAddress(rest);
  return read === undefined
    ? undefined
    : withMethod({ ...common, address: read.address }, rest.slice(read.fields));
}

const isType = (word: string | undefined): word is HbaType => HBA_TYPES.some((type) => type === word);

function withMethod(rule: Omit<HbaRule, 'method' | 'options'>, fields: HbaToken[][]): HbaRule | undefined {
  const [method, ...options] = fields;
  const name = method?.length === 1 ? method[0]?.text : undefined;
  if (name === undefined) return undefined;
  return { ...rule, method: name, options: options.flat().map((token) => token.text) };
}
