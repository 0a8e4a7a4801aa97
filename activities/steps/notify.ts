import type { NotifyInput } from '../../workflows/contract/activities.js';
import { sendNotification } from '../send-notification.js';
import type { StepContext } from '../step.js';

/** Tells a person by the means of the configuration; tried again for ten minutes. */
export const notify = ({ to, notification }: NotifyInput, { signal }: StepContext): Promise<void> =>
  sendNotification(to, notification, signal);
