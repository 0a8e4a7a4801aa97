import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';

/**
 * @typedef {{
 *   image?: string, build?: unknown, user?: string, privileged?: boolean, cap_add?: string[], ports?: unknown[],
 *   network_mode?: string, pid?: string, ipc?: string, volumes?: unknown[], environment?: Record<string, unknown>,
 * }} Service
 */

const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'compose-spec.json'), 'utf8'));
// The copy of the draft that ajv has is known by this name.
const ajv = new Ajv({ schemaId: 'auto', format: false, unknownFormats: 'ignore' });
const isCompose = ajv.compile({ ...schema, $schema: 'http://json-schema.org/draft-07/schema#' });

/**
 * What is wrong with a Compose file: against its schema, and against our own rules.
 * @param {string} text
 * @returns {string[]}
 */
export function composeProblems(text) {
  const document = parse(text, { merge: true });
  if (!isCompose(document))
    return (isCompose.errors ?? []).map(({ dataPath, message }) => `${dataPath || '.'}: ${message}`);
  return Object.entries(document.services ?? {}).flatMap(([name, service]) =>
    serviceProblems(service).map((problem) => `${name}: ${problem}`),
  );
}

/**
 * @param {Service} service
 * @returns {string[]}
 */
function serviceProblems(service) {
  const { image, build, user, cap_add = [], ports = [], volumes = [], environment = {} } = service;
  const problems = [];
  if (build === undefined && !isPinned(image ?? '')) problems.push(`${image} has no version of its own`);
  if (service.privileged) problems.push('is privileged');
  for (const key of /** @type {const} */ (['network_mode', 'pid', 'ipc']))
    if (service[key] === 'host') problems.push(`${key} is the machine's`);
  for (const name of cap_add) if (name !== 'SYS_PTRACE') problems.push(`has capability ${name}`);
  for (const port of ports)
    if (typeof port !== 'string' || !port.startsWith('127.0.0.1:'))
      problems.push(`port ${JSON.stringify(port)} is published to other machines`);
  if (build !== undefined && isRoot(user)) problems.push('runs as root');
  if (volumes.some((volume) => JSON.stringify(volume).includes('docker.sock')))
    problems.push('has the engine');
  for (const [key, value] of Object.entries(environment))
    if (/PASSWORD|PWD|SECRET|TOKEN|API_KEY/.test(key) && !key.endsWith('_FILE'))
      problems.push(`${key}=${String(value)}: a secret is a file`);
  return problems;
}

/** @param {string} image */
const isPinned = (image) => /@sha256:[0-9a-f]{64}$/.test(image) || /:[^:/]*\d+\.\d+[^:/]*$/.test(image);

/** @param {string | undefined} user */
const isRoot = (user) => /^(root|0)(:|$)/.test(String(user ?? ''));
