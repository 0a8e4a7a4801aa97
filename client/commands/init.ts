import { resolve } from 'node:path';
import { shellQuote } from '../../planning/shell-quote.js';
import { parseConfig } from '../config/load-config.js';
import { EXIT } from '../exit-codes.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { configText } from '../init/config-text.js';
import type { ConfigDraft } from '../init/config-text.js';
import { gatherDraft } from '../init/gather-draft.js';
import type { InitTools } from '../init/gather-draft.js';
import { requireAbsent, writeNewFile } from '../init/new-file.js';
import { schemaUrl } from '../init/schema-url.js';
import { askSsh } from '../init/ssh-answer.js';
import { resolveHost } from '../init/suggest-address.js';
import { labelled } from '../render/layout.js';
import { printable } from '../render/printable.js';

const DEFAULT_FILE = 'runbook.yaml';

function realTools(): InitTools {
  const schema = schemaUrl();
  return { askSsh, resolve: resolveHost, ...(schema === undefined ? {} : { schema }) };
}

/** Writes a first runbook.yaml. Asks ssh what it would do and the resolver for an address; contacts no host. */
export async function runInit(
  options: CommandOptions,
  io: CommandIo,
  tools: InitTools = realTools(),
): Promise<number> {
  const file = resolve(io.cwd, options.file ?? DEFAULT_FILE);
  requireAbsent(file);
  const draft = await gathered(file, options, io, tools);
  if (draft === undefined) {
    io.note('Nothing was written.');
    return EXIT.interrupted;
  }
  const text = configText(draft);
  // What the program itself could not read must not come into being.
  parseConfig(text, file);
  writeNewFile(file, text);
  report(file, draft, options, io);
  return EXIT.ok;
}

/** Undefined after Ctrl-C, whatever it has cut short. */
async function gathered(
  file: string,
  options: CommandOptions,
  io: CommandIo,
  tools: InitTools,
): Promise<ConfigDraft | undefined> {
  try {
    const draft = await gatherDraft(file, options, io, tools);
    return io.interrupted.aborted ? undefined : draft;
  } catch (error) {
    if (io.interrupted.aborted) return undefined;
    throw error;
  }
}

function report(file: string, draft: ConfigDraft, options: CommandOptions, io: CommandIo): void {
  const { cluster, leader, followers, remarks } = draft;
  const checks = [
    ...(remarks.address === undefined ? [] : [`leader.address: ${remarks.address}`]),
    ...remarks.ssh,
  ];
  const where = file === resolve(io.cwd, DEFAULT_FILE) ? '' : ` --config ${shellQuote(file)}`;
  const next = [`runbook doctor${where}`, `runbook plan${where}`];
  if (options.json) {
    printJson(io, { file, cluster, checks, next });
    return;
  }
  const followerNames = followers.map(({ name }) => name).join(', ');
  io.print(
    [
      `wrote ${file}: cluster ${cluster}, leader ${leader.name}, followers ${followerNames}`,
      ...checks.flatMap((check) => labelled('check:', printable(check), io.style, 9)),
      'Read it first. Then, with `runbook up` in another terminal:',
      ...next.map((command) => `  ${command}`),
    ].join('\n'),
  );
}
