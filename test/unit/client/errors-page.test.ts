import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errorsPage } from '../../../client/render/errors-page.js';
import { CODES } from '../../../workflows/contract/codes.js';

it('docs/errors.md is what the codes say (else: npm run docs:errors)', () => {
  expect(readFileSync('docs/errors.md', 'utf8')).toBe(errorsPage(CODES));
});

it('every code has a section with its meaning and its action', () => {
  const page = readFileSync('docs/errors.md', 'utf8');
  for (const [code, { meaning, action }] of Object.entries(CODES)) {
    expect(page).toContain(`## ${code}\n\n${meaning}\n\n**What to do:** ${action}\n`);
  }
});
