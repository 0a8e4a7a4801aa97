import { LAYOUTS } from './support/flavours.js';
import { pairOfHosts } from './support/pair-of-hosts.js';

for (const flavour of LAYOUTS) pairOfHosts(flavour);
