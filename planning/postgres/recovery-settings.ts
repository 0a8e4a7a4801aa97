import { parseConf, type ConfLine } from './conf-parse.js';

/** Beginnings of the names of all settings that bear on recovery, but for those the runbook writes itself. */
export const RECOVERY_SETTINGS = [
  'recovery_',
  'restore_command',
  'archive_cleanup_command',
  'promote_trigger_file',
  'hot_standby[ \t=]',
] as const;

/** A setting in a configuration file, in effect: later lines of the same name have been heeded. */
export interface SettingInFile {
  name: string;
  value: string;
  file: string;
  line: number;
}

/**
 * What the cluster's own configuration files say of recovery, as the server reads them: includes in their
 * place, the last line of a name wins. `text` has a line `FILE tab LINE tab TEXT` for each line that
 * matters, in any order of the files. postgresql.auto.conf is no part of it.
 */
export function recoverySettings(text: string, configFile: string): SettingInFile[] {
  const files = new Map<string, { line: number; read: ConfLine }[]>();
  for (const row of text.split('\n')) {
    const [path = '', line = '', ...rest] = row.split('\t');
    const file = plain(path);
    const [read] = parseConf(rest.join('\t'));
    if (read === undefined) continue;
    const lines = files.get(file) ?? [];
    // A file that two others include is printed twice.
    if (!lines.some((known) => known.line === Number(line))) lines.push({ line: Number(line), read });
    files.set(file, lines);
  }
  const found = new Map<string, SettingInFile>();
  const visit = (file: string, depth: number): void => {
    if (depth === 0) return;
    for (const { line, read } of files.get(file) ?? []) {
      if (read.kind === 'setting') found.set(read.name, { name: read.name, value: read.value, file, line });
      if (read.kind === 'include')
        for (const included of includedFiles(read, file, [...files.keys()])) visit(included, depth - 1);
    }
  };
  visit(configFile, 10);
  return [...found.values()].filter(({ value }) => value !== '');
}

function includedFiles(
  { directive, path }: { directive: string; path: string },
  from: string,
  files: string[],
): string[] {
  const absolute = plain(path.startsWith('/') ? path : `${directoryOf(from)}/${path}`);
  if (directive !== 'include_dir') return [absolute];
  return files.filter((file) => directoryOf(file) === absolute && /\/[^./][^/]*\.conf$/.test(file)).sort();
}

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** As the server writes paths: without `//`, `/./` and a slash at the end. */
const plain = (path: string): string => path.replaceAll(/\/(\.?\/)+/g, '/').replace(/\/\.?$/, '');
