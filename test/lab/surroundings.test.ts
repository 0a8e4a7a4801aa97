import { SURROUNDINGS } from './support/flavours.js';
import { pairOfHosts } from './support/pair-of-hosts.js';

for (const flavour of SURROUNDINGS) pairOfHosts(flavour);
