/** Who of a recorded list a policy would end, and why each other one is left alone: by the very rules that a run goes by. */
import { applicationName } from '../functions/checks/applications.ts'
import { matchesAny } from '../functions/checks/aura/pattern.ts'
import { HELD } from '../functions/checks/outcomes.ts'
import type { Candidate, Protection } from '../functions/checks/reading.ts'
import { limitBeyond } from '../functions/checks/trust/abandoned.ts'
import type { SessionLine } from '../functions/checks/trust/process-list.ts'
import { type EndingPolicy, type Held, planEndings } from '../functions/checks/victims.ts'
import { formatDuration } from '../functions/units.ts'
import type { RecordedLook } from './read-list.ts'

export interface Verdict extends SessionLine {
  /** For how long a session of this application must be idle to be ended. */
  limitMs: number
}

export interface Judged {
  look: RecordedLook
  policy: EndingPolicy
  /** Why nobody is ended. */
  held: Held | null
  /** In the order in which they would be ended. */
  wouldEnd: Verdict[]
  left: (Verdict & { why: string })[]
}

export function judge(look: RecordedLook, policy: EndingPolicy): Judged {
  const sessions = look.sessions.map((one) => ({
    ...one,
    protection: protectionBy(one, policy),
    limitMs: limitBeyond(policy.idleMs, one.longestGapMs),
  }))
  const found = sessions
    .filter(({ protection, idleMs }) => protection === null && idleMs >= policy.idleMs)
    .sort((a, b) => Number(b.permitted ?? true) - Number(a.permitted ?? true) || b.idleMs - a.idleMs)
  const proven = new Map(
    found.filter(({ idleMs, limitMs }) => idleMs >= limitMs).map((one) => [candidateOf(one), one] as const),
  )
  const plan = planEndings(
    { ...look, candidates: [...proven.keys()] },
    { ...policy, end: true, ...(look.bare && { abovePercent: 0 }) },
    false,
    look.surge,
  )
  const wouldEnd = plan.victims.flatMap((victim) => proven.get(victim) ?? [])
  const refused = plan.notPermitted.flatMap((victim) => proven.get(victim) ?? [])
  const left = sessions
    .filter((one) => !wouldEnd.includes(one))
    .map((one) => ({ ...one, why: why(one, policy, plan.held, refused.includes(one)) }))
  return { look, policy, held: plan.held, wouldEnd, left }
}

const candidateOf = ({ pid, application, role, database, idleMs, permitted = true }: SessionLine): Candidate => ({
  pid,
  application,
  role,
  database,
  idleMs,
  permitted,
  backendStart: '',
  stateChange: '',
})

/** What Nightshift itself protects under the name of `protected`; any other is so by a list of the policy. */
export const TOOLS = ['postgres_fdw', 'pg_dump', 'pg_dumpall', 'pg_restore', 'pg_basebackup']

/** What only the server could know stands as it was recorded; what the policy's lists say is judged anew. */
function protectionBy({ application, role, protection }: SessionLine, policy: EndingPolicy): Protection | null {
  const byList = protection === 'not-selected' || (protection === 'protected' && !TOOLS.includes(application))
  if (protection !== null && !byList) return protection
  const { only, protect } = policy
  if (matchesAny(protect.applications, application) || matchesAny(protect.roles, role)) return 'protected'
  const selected = (patterns: string[], value: string) => patterns.length === 0 || matchesAny(patterns, value)
  return selected(only.applications, application) && selected(only.roles, role) ? null : 'not-selected'
}

const PROTECTED_BY: Record<Protection, string> = {
  'own-role': "it is Nightshift's own, or shares its role",
  'not-a-client': 'it is no client',
  superuser: "it is a superuser's",
  neon: "it is Neon's",
  'neon-http-pool': "it is one of the pool that Neon keeps for its HTTP driver's clients",
  pooler: "it is a pooler's",
  listener: 'it listens (LISTEN)',
  'holds-locks': 'it holds locks',
  protected: 'staleSessions.protect names it, or it is a backup tool or a foreign data wrapper',
  'not-selected': 'staleSessions.only does not name it',
}

function why(one: Verdict, policy: EndingPolicy, held: Held | null, refused: boolean): string {
  const { protection, idleMs, limitMs, longestGapMs = 0 } = one
  if (protection !== null) return PROTECTED_BY[protection]
  if (idleMs < policy.idleMs) return `not idle for ${formatDuration(policy.idleMs)} yet`
  if (idleMs < limitMs)
    return `${applicationName(one)} has worked again after ${formatDuration(longestGapMs)}: not clearly longer before ${formatDuration(limitMs)}`
  if (held !== null) return HELD[held]
  if (refused || one.permitted === false) return "Nightshift's role may not end it"
  return `a run ends at most ${policy.atMost}, the oldest: its turn comes later`
}
