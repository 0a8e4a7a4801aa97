/** What a script or a statement changes, in the words of the journal; `undefined` when it only reads. */
export function effectOf(text: string): string | undefined {
  return journalOfScript(text) ?? (isStatement(text) && changes(text) ? oneLine(text) : undefined);
}

/** Every script that changes something carries the line it will write into the journal. */
function journalOfScript(text: string): string | undefined {
  const [, quoted] = /^JOURNAL=(.*)$/m.exec(text) ?? [];
  if (quoted === undefined || !text.startsWith('{')) return undefined;
  const json = quoted.startsWith("'") ? quoted.slice(1, -1).replaceAll(`'\\''`, `'`) : quoted;
  const { step, commands } = JSON.parse(json) as { step: string; commands: string[] };
  return oneLine([step, ...commands].join('; '));
}

const isStatement = (text: string): boolean => !text.startsWith('{');

const READS = /^\s*(?:select|with|show|values)\b/i;
const CHANGING_FUNCTIONS =
  /\bpg_(?:create|drop|copy|replication_slot_advance|logical_emit_message|reload_conf|terminate_backend|wal_replay|promote)\w*\s*\(/i;

const changes = (statement: string): boolean => !READS.test(statement) || CHANGING_FUNCTIONS.test(statement);

/** Without the verifier of a password: effects are written into files of the test. */
const oneLine = (text: string): string =>
  text
    .replaceAll(/SCRAM-SHA-256\$\S+/g, '<verifier>')
    .replaceAll(/\s+/g, ' ')
    .trim();
