/** A rule's answer for a target. Nothing here knows a clock, a network or an environment. */

/** From harmless to worst. `unknown`: could not look, which is never silent and never `ok`. */
export const SEVERITIES = ['ok', 'warning', 'unknown', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** Whether `a` is worse than `b`. */
export const isWorse = (a: Severity, b: Severity): boolean => SEVERITIES.indexOf(a) > SEVERITIES.indexOf(b)

export const worst = (severities: Iterable<Severity>): Severity => {
  let found: Severity = 'ok'
  for (const severity of severities) if (isWorse(severity, found)) found = severity
  return found
}

export interface Table {
  columns: string[]
  rows: string[][]
}

export interface Finding {
  /** `check.rule`, as in `connections.saturation`. */
  rule: string
  severity: Severity
  /** A few words with the number, for a subject line: `97 of 97 connections (100 %)`. */
  headline: string
  /** One or two sentences that say what is the matter. */
  summary: string
  evidence?: Table
  /** As bad as it can be: told again even where critical was told before. */
  acute?: boolean
  /** Nobody is watching the target: an unknown that becomes critical when it lasts. */
  unseen?: boolean
  /** What to do in a few words, for an SMS. */
  brief?: string
  /** What was done about it, one sentence each. */
  done?: string[]
  /** What a person should do, one step each. */
  advice?: string[]
  /** True once the value is back under the recovery threshold. An open incident closes only then. */
  recovered: boolean
  /**
   * When an incident opens: at the first look, or once M of the last N looks agree.
   * By default a critical opens at once; a warning and an unknown need confirmation.
   */
  opens?: 'at-once' | 'confirmed'
  /** With `confirmed`, an incident also waits to close until M of the last N looks no longer agree on it. */
  closes?: 'confirmed'
  /** An incident closes only when the rule has not been broken for so long. */
  closesAfterMs?: number
  /** Told once and never again while it lasts: nobody can change it. */
  once?: boolean
}

/** The limits of one rule. `critical` may be off: the rule then only ever warns. */
export interface Thresholds {
  warning: number
  critical: number | null
  recovery: number
}

/** The severity of a value against its limits, and whether it is back under the recovery threshold. */
export function grade(value: number, limits: Thresholds): { severity: Severity; recovered: boolean } {
  const severity =
    limits.critical !== null && value >= limits.critical ? 'critical' : value >= limits.warning ? 'warning' : 'ok'
  return { severity, recovered: value < limits.recovery }
}

/** The same for what is worse the smaller it is, as the time that is left: `warning` is above `critical`, `recovery` above both. */
export const gradeBelow = (value: number, { warning, critical, recovery }: Thresholds) =>
  grade(-value, { warning: -warning, critical: critical === null ? null : -critical, recovery: -recovery })
