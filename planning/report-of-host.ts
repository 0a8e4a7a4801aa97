import type { EditedFile, HostReport, JournalEntry, ReportedHost } from '../workflows/contract/report.js';
import { redactConf, redactHba } from './redact.js';
import { unifiedDiff } from './unified-diff.js';

/** The files of a host that runs edit, by the name their originals are kept under. */
export const editedFiles = ({ location, settingsFile }: ReportedHost): { name: string; path: string }[] => [
  { name: 'pg_hba.conf', path: location.hbaFile },
  ...(settingsFile === undefined ? [] : [{ name: 'settings', path: settingsFile }]),
  { name: 'postgresql.auto.conf', path: `${location.dataDirectory}/postgresql.auto.conf` },
];

/** What the script of {@link editedFiles} printed. */
export interface ReportAnswer {
  values: Record<string, string>;
  text: (this: void, key: string) => string;
}

export function reportOfHost(host: ReportedHost, { values, text }: ReportAnswer): HostReport {
  const commands = journalEntries(text('journal'));
  const missing = Number(values.lines ?? 0) - commands.length;
  return {
    name: host.name,
    commands,
    files: editedFiles(host).flatMap(({ name, path }, index): EditedFile[] => {
      if (values[`edited.${String(index)}`] !== 'yes') return [];
      const redact = (content: string): string =>
        name === 'pg_hba.conf' ? redactHba(content, Number(host.location.version)) : redactConf(content);
      const [before, after] = ['before', 'after'].map((when) => redact(text(`${when}.${String(index)}`)));
      const diff = unifiedDiff(before ?? '', after ?? '');
      return diff.length === 0 ? [] : [{ path, diff }];
    }),
    ...(missing > 0 ? { gap: `${String(missing)} older lines of its journal are left out` } : {}),
  };
}

/** Lines of the journal; one that is cut off, or is nobody's, is left out. */
const journalEntries = (text: string): JournalEntry[] =>
  text.split('\n').flatMap((line): JournalEntry[] => {
    try {
      const { at, step, by, commands } = JSON.parse(line) as Partial<JournalEntry>;
      return typeof at === 'string' && typeof step === 'string' && Array.isArray(commands)
        ? [{ at, step, by: by ?? '', commands }]
        : [];
    } catch {
      return [];
    }
  });
