/** Reasons and tickets stand in histories and logs: codes and numbers, never names or prose. */
export const isReasonCode = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._:#/-]{0,63}$/.test(text);
