import { logicalLines } from './hba-logical-lines.js';
import { tokenizeHbaLine } from './hba-tokens.js';
import type { HbaFiles, HbaToken } from './hba-types.js';

/** A line after @files were put in the place of their names. */
export interface TokenizedLine {
  line: number;
  text: string;
  /** Absent in the main file. */
  file?: string;
  fields: HbaToken[][];
  comment?: string;
  /** A file it names cannot be had: the server refuses the line, and with it the whole file. */
  error?: true;
  /** Lines of the files an include directive names; `unknown` where they were not read. */
  included?: TokenizedLine[] | 'unknown';
}

/** CONF_FILE_MAX_DEPTH; PostgreSQL has no bound before 16, where nobody nests that deep. */
const MAX_DEPTH = 10;
/** A file that names itself a hundred times would be opened 100^10 times. */
const MAX_OPENED = 1_000;

interface Place {
  majorVersion: number;
  /** Absolute path of the file that is read; names are relative to its directory. */
  path: string;
  depth: number;
  shared: { opened: number; includes?: Record<string, string>; wanted: Set<string> };
}

/** Splits the file into fields, and so all it refers to. Without `files`, names of files stay as they are. */
export const tokenizeHbaFile = (text: string, majorVersion: number, files?: HbaFiles): TokenizedLine[] =>
  linesOf(text, mainPlace(majorVersion, files));

/**
 * The files (directories with `/` at the end) that the text refers to and `files` does not have, as far as
 * can be seen now: what is read for these may refer to more.
 */
export function wantedHbaFiles(text: string, majorVersion: number, files: HbaFiles): string[] {
  const place = mainPlace(majorVersion, files);
  linesOf(text, place);
  return [...place.shared.wanted];
}

const mainPlace = (majorVersion: number, files?: HbaFiles): Place => ({
  majorVersion,
  path: files?.path ?? '',
  depth: 0,
  shared: {
    opened: 0,
    wanted: new Set(),
    ...(files === undefined ? {} : { includes: files.includes }),
  },
});

function linesOf(text: string, place: Place): TokenizedLine[] {
  return logicalLines(text, place.majorVersion).map(({ line, text: raw, logical }) => {
    const tokens = tokenizeHbaLine(logical);
    const fields = expandFields(tokens.fields, place);
    return {
      line,
      text: raw,
      ...(place.depth === 0 ? {} : { file: place.path }),
      ...(tokens.comment === undefined ? {} : { comment: tokens.comment }),
      ...(fields === undefined ? { fields: [], error: true } : { fields, ...includeOf(fields, place) }),
    };
  });
}

/** `undefined`: a file cannot be had. A field whose files are all empty is no field. */
function expandFields(fields: HbaToken[][], place: Place): HbaToken[][] | undefined {
  const expanded: HbaToken[][] = [];
  for (const field of fields) {
    const tokens: HbaToken[] = [];
    for (const token of field) {
      const found = isFileName(token) && place.shared.includes ? tokensOfFile(token, place) : [token];
      if (found === undefined) return undefined;
      tokens.push(...found);
    }
    if (tokens.length > 0) expanded.push(tokens);
  }
  return expanded;
}

/** `@name`, where it is not quoted. */
export const isFileName = (token: HbaToken): boolean =>
  !token.quoted && token.text.length > 1 && token.text.startsWith('@');

function tokensOfFile(token: HbaToken, place: Place): HbaToken[] | undefined {
  const path = absolutePath(token.text.slice(1), place.path);
  const content = contentOf(path, place);
  return content === undefined ? undefined : tokensOf(linesOf(content, inside(path, place)));
}

function tokensOf(lines: TokenizedLine[]): HbaToken[] | undefined {
  const tokens: HbaToken[] = [];
  for (const { fields, error, included } of lines) {
    const found = Array.isArray(included) ? tokensOf(included) : fields.flat();
    if (error || found === undefined) return undefined;
    tokens.push(...found);
  }
  return tokens;
}

/** Include directives: from 16 on, two fields, quoted or not. */
function includeOf(fields: HbaToken[][], place: Place): Pick<TokenizedLine, 'included' | 'error'> {
  const directive = fields[0]?.[0]?.text ?? '';
  const name = fields[1]?.[0]?.text;
  if (place.majorVersion < 16 || fields.length !== 2 || name === undefined) return {};
  if (!/^include(_if_exists|_dir)?$/.test(directive)) return {};
  if (place.shared.includes === undefined) return { included: 'unknown' };
  const paths = directive === 'include_dir' ? filesIn(name, place) : [absolutePath(name, place.path)];
  if (paths === undefined) return { error: true };
  const included: TokenizedLine[] = [];
  for (const path of paths) {
    const content = contentOf(path, place);
    if (content !== undefined) included.push(...linesOf(content, inside(path, place)));
    else if (directive !== 'include_if_exists') return { error: true };
  }
  return { included };
}

function filesIn(name: string, place: Place): string[] | undefined {
  if (name.trim() === '') return undefined;
  const directory = absolutePath(name, place.path).replace(/\/*$/, '/');
  const names = contentOf(directory, place);
  return names
    ?.split('\n')
    .filter((entry) => entry !== '')
    .map((entry) => `${directory}${entry}`);
}

const inside = (path: string, place: Place): Place => ({ ...place, path, depth: place.depth + 1 });

function contentOf(path: string, { depth, shared }: Place): string | undefined {
  shared.opened += 1;
  if (depth >= MAX_DEPTH || shared.opened > MAX_OPENED) return undefined;
  const content = Object.hasOwn(shared.includes ?? {}, path) ? shared.includes?.[path] : undefined;
  if (content === undefined) shared.wanted.add(path);
  return content;
}

/** Relative to the directory of the file that names it; `.` and `..` are taken out as canonicalize_path does. */
function absolutePath(name: string, from: string): string {
  if (name.startsWith('/')) return name;
  const parts: string[] = [];
  for (const part of `${from.slice(0, from.lastIndexOf('/'))}/${name}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
