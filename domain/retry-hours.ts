/** When what was parked is tried again, in hours after each failed try; the last goes for all that follow. */
export const retryHours = [6, 12, 24] as const;

/** To follow "tried again after". */
export const retryHoursText = `${retryHours.slice(0, -1).join(', ')} and ${retryHours.at(-1)} hours, then daily`;
