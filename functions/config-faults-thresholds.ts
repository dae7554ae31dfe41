/** Limits that contradict each other, or that belong to a rule that is never put to the target. */
import { auraLimits } from './checks/aura/rules.ts'
import type { RuleLimits } from './checks/rule.ts'
import { ruleLimits } from './checks/rules.ts'
import { snapshotsLimits } from './checks/snapshots/rules.ts'
import { storageLimits } from './checks/storage/rules.ts'
import { formatDuration, parseDuration } from './units.ts'
import { recordOf } from './written.ts'

const isNumber = (value: unknown): value is number => typeof value === 'number'

/** The rules of the checks that both kinds of target have. */
const ofBoth: Record<string, RuleLimits> = { ...storageLimits, ...snapshotsLimits }
const NEON: Record<string, RuleLimits> = { ...ruleLimits, ...ofBoth }
const AURA: Record<string, RuleLimits> = { ...auraLimits, ...ofBoth }

/** @param root whatever is written: its shape may be wrong at the same time */
export function thresholdsFaults(root: Record<string, unknown>, targets: Record<string, unknown>[]): string[] {
  const general = recordOf(root.thresholds)
  return [
    ...orderFaults('', general, {}, { ...AURA, ...NEON }),
    ...strangers(general, targets),
    ...targets.flatMap(({ aura, thresholds }, i) => {
      const [defaults, kind] = aura === undefined ? [NEON, 'Neon'] : [AURA, 'Aura']
      const own = recordOf(thresholds)
      return [
        ...orderFaults(`targets[${i}].`, own, general, defaults),
        ...Object.keys(own)
          .filter((rule) => !(rule in defaults) && (rule in NEON || rule in AURA))
          .map(
            (rule) =>
              `targets[${i}].thresholds["${rule}"]: not a rule for ${kind}; rules: ${Object.keys(defaults).join(', ')}`,
          ),
      ]
    }),
  ]
}

/** Rules of a provider of which there is no target. */
function strangers(general: Record<string, unknown>, targets: Record<string, unknown>[]): string[] {
  const kinds = targets.flatMap(({ neon, aura }) => [
    ...(neon === undefined ? [] : [NEON]),
    ...(aura === undefined ? [] : [AURA]),
  ])
  // Without any target there is a fault already.
  if (kinds.length === 0) return []
  return Object.keys(general)
    .filter((rule) => (rule in NEON || rule in AURA) && !kinds.some((rules) => rule in rules))
    .map(
      (rule) =>
        `thresholds["${rule}"]: a rule for ${rule in NEON ? 'Neon' : 'Aura'} only, and there is no such target; remove it`,
    )
}

/** Limits that contradict each other, after defaults and overrides are laid over one another. */
function orderFaults(
  where: string,
  own: Record<string, unknown>,
  general: Record<string, unknown> = {},
  defaults: Record<string, RuleLimits> = {},
): string[] {
  return Object.entries(defaults).flatMap(([rule, { unit, worse, warning, critical }]) => {
    if (own[rule] === undefined) return []
    const written: Record<string, unknown> = {
      warning,
      critical: critical ?? 'off',
      ...recordOf(general[rule]),
      ...recordOf(own[rule]),
    }
    const value = (v: unknown) =>
      unit === 'duration' && typeof v === 'string' ? parseDuration(v) : isNumber(v) ? v : undefined
    const [warn, crit, back] = [value(written.warning), value(written.critical), value(written.recovery)]
    const setting = `${where}thresholds["${rule}"]`
    const say = (v: unknown) => (unit === 'duration' && isNumber(v) ? formatDuration(v) : String(v))
    const faults: string[] = []
    const [over, lower, raise] = worse === 'below' ? ['below', 'raise', 'lower'] : ['above', 'lower', 'raise']
    const isOver = (a: number, b: number) => (worse === 'below' ? a < b : a > b)
    if (warn !== undefined && crit !== undefined && isOver(warn, crit))
      faults.push(
        `${setting}: warning ${say(written.warning)} is ${over} critical ${say(written.critical)}; ${lower} warning or ${raise} critical`,
      )
    if (warn !== undefined && back !== undefined && isOver(back, warn))
      faults.push(
        `${setting}: recovery ${say(written.recovery)} is ${over} warning ${say(written.warning)}, so an incident would close while it still warns; ${lower} recovery`,
      )
    return faults
  })
}
