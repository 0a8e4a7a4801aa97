import { writeFileSync } from 'node:fs';
import { CODES } from '../../workflows/contract/codes.js';
import { errorsPage } from './errors-page.js';

// `npm run docs:errors`, from the project's root.
writeFileSync('docs/errors.md', errorsPage(CODES));
