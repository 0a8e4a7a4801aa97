import { faultGrid } from '../lab/support/fault-grid.js';
import { FAULTS } from '../lab/support/faults.js';

faultGrid('faults in the middle of a run, all of them', FAULTS);
