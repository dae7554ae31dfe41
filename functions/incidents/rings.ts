/** What the message attribute `severity` says when a telephone may ring: the filter of every phone that hears of alerts. */
export const RINGS = ['critical', 'resolved-critical']
