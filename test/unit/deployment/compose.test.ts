import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { composeProblems } from '../../../scripts/compose/compose-problems.mjs';
import { loadConfig } from '../../../client/config/load-config.js';
import { DEMO_RATE } from '../../../lab/demo/demo-config.js';
import { parseBytes } from '../../../planning/format.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const FILES = ['docker-compose.yml', 'docker-compose.production.yml'];
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

interface Compose {
  services: Record<string, Record<string, unknown>>;
  networks?: { lab?: { ipam: { config: { subnet: string }[] } } };
}
const documentOf = (file: string): Compose => parse(read(file), { merge: true }) as Compose;

describe('the Compose files', () => {
  it.each(FILES)('%s is as Compose and we want it', (file) => {
    expect(composeProblems(read(file))).toEqual([]);
  });

  it.each([
    [{ images: 'x' }, 'additional properties'],
    [{ ports: ['7233:7233'] }, 'published to other machines'],
    [{ ports: [{ target: 7233 }] }, 'published to other machines'],
    [{ image: 'postgres' }, 'has no version'],
    [{ image: 'postgres:latest' }, 'has no version'],
    [{ image: 'registry:5000/postgres' }, 'has no version'],
    [{ privileged: true }, 'is privileged'],
    [{ cap_add: ['SYS_ADMIN'] }, 'has capability SYS_ADMIN'],
    [{ network_mode: 'host' }, 'network_mode'],
    [{ volumes: ['/var/run/docker.sock:/var/run/docker.sock'] }, 'has the engine'],
    [{ environment: { POSTGRES_PASSWORD: 'x' } }, 'a secret is a file'],
    [{ build: '.', user: '0:0' }, 'runs as root'],
  ])('%j is a problem', (over, problem) => {
    const services = { some: { image: 'postgres:16.10', ...over } };
    expect(composeProblems(stringify({ services })).join('\n')).toContain(problem);
  });

  it('start with nothing but a worker and its server, hosts only with the profile', () => {
    const { services } = documentOf('docker-compose.yml');
    const always = Object.keys(services).filter((name) => services[name]?.['profiles'] === undefined);
    expect(always.sort()).toEqual(['retention', 'temporal', 'worker']);
    for (const name of ['leader', 'follower1', 'follower2', 'cli'])
      expect(services[name]).toMatchObject({ profiles: ['lab'] });
  });

  it('confine worker and command line', () => {
    for (const file of FILES)
      for (const [name, service] of Object.entries(documentOf(file).services))
        if (['worker', 'cli'].includes(name))
          expect(service).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
  });
});

describe('the lab in containers', () => {
  it('has the addresses its configuration says, and the rate of the demo', () => {
    const { config } = loadConfig(join(ROOT, 'lab/containers/runbook.yaml'));
    const { services } = documentOf('docker-compose.yml');
    for (const host of [config.leader, ...config.followers])
      expect(services[host.name]?.['networks']).toMatchObject({ lab: { ipv4_address: host.address } });
    expect(config.copy.maxRateBytesPerSecond).toBe(parseBytes(DEMO_RATE));
  });
});

describe('the Dockerfiles', () => {
  it.each(['Dockerfile', 'lab/containers/Dockerfile'])('%s is plain and pinned', (file) => {
    const lines = read(file).split('\n');
    // A builder would fetch that syntax from a registry.
    expect(lines.filter((line) => /^# *syntax *=/.test(line))).toEqual([]);
    const stages = lines.flatMap((line) => /^FROM \S+ AS (\S+)/.exec(line)?.[1] ?? []);
    const bases = lines.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
    for (const base of bases) if (!stages.includes(base)) expect(base).toMatch(/:\d+\.\d+/);
  });

  it('leave worker and command line to a user without rights', () => {
    const stages = read('Dockerfile').split(/^FROM /m);
    for (const name of ['runbook', 'cli']) {
      const stage = stages.find((text) => text.split('\n')[0]?.endsWith(` AS ${name}`));
      expect([...(stage ?? '').matchAll(/^USER (\S+)$/gm)].at(-1)?.[1]).toBe('node');
    }
    expect(stages.at(-1)).toMatch(/^runbook AS worker\n/);
    expect(stages.at(-1)).toContain('HEALTHCHECK');
  });
});
