import { writeFileSync } from 'node:fs';
import { schemaFiles } from './schema-files.js';

// `npm run docs:schemas`, from the project's root.
for (const { path, content } of schemaFiles('.')) writeFileSync(path, content);
