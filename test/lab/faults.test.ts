import { faultGrid } from './support/fault-grid.js';
import { FEW_FAULTS } from './support/faults.js';

faultGrid('faults in the middle of a run', FEW_FAULTS);
