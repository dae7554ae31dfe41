/** Small things to test with: each says all that is required, a test names what matters to it. */
import type { Finding, Thresholds } from '../../functions/checks/finding.ts'
import type {
  AsleepReading,
  Candidate,
  Cause,
  FailedReading,
  Failure,
  LongOne,
  SeenReading,
  SessionGroup,
  StaleGroup,
} from '../../functions/checks/reading.ts'
import type { ConnectionsFacts, Rule } from '../../functions/checks/rule.ts'
import type { Ending, EndingPlan, EndingPolicy, Outcome } from '../../functions/checks/victims.ts'
import type { NightshiftConfig, TargetConfig } from '../../functions/config.ts'
import type { Incident, TellPolicy } from '../../functions/incidents/transition.ts'
import type { Notice } from '../../functions/incidents/wording.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** A moment of no importance. */
export const NOW = Date.UTC(2026, 10, 21, 3, 15)

export const configOf = (changes: Partial<NightshiftConfig> = {}): NightshiftConfig => ({
  tell: { emails: ['oncall@example.com'] },
  targets: [targetOf()],
  ...changes,
})

export const targetOf = (changes: Partial<TargetConfig> = {}): TargetConfig => ({
  name: 'orders',
  neon: { project: 'cool-darkness-123456', role: 'nightshift' },
  ...changes,
})

const who = { application: 'sync-job', role: 'app', database: 'neondb' }

export const groupOf = (changes: Partial<SessionGroup> = {}): SessionGroup => ({
  ...who,
  state: 'idle',
  sessions: 1,
  oldestMs: MINUTE,
  atWork: changes.state === 'active' ? (changes.sessions ?? 1) : 0,
  idleOverHour: 0,
  clients: [],
  protection: null,
  ...changes,
})

export const staleGroupOf = (changes: Partial<StaleGroup> = {}): StaleGroup => ({
  ...who,
  sessions: 1,
  oldestMs: HOUR,
  protection: null,
  ...changes,
})

export const candidateOf = (changes: Partial<Candidate> = {}): Candidate => ({
  ...who,
  pid: 4711,
  idleMs: HOUR,
  backendStart: '1.000001',
  stateChange: '2.000002',
  permitted: true,
  ...changes,
})

export const longOne = (changes: Partial<LongOne> = {}): LongOne => ({
  ...who,
  pid: 4711,
  ageMs: HOUR,
  statement: 'SELECT * FROM orders WHERE id = ?',
  ...changes,
})

/** A look at 97 usable connections; `used` of them taken. */
export const seen = (changes: Partial<SeenReading> = {}): SeenReading => ({
  kind: 'seen',
  at: NOW,
  limit: { max: 104, reserved: 7, usable: 97 },
  used: 10,
  active: 0,
  atWork: 0,
  sighted: true,
  role: 'nightshift',
  serverStartedAt: NOW - DAY,
  quietMs: 0,
  groups: [],
  otherSessions: 0,
  stale: [],
  staleSessions: 0,
  candidates: [],
  idleInTransaction: [],
  transactions: [],
  longRunning: [],
  statements: [],
  runningSessions: 0,
  waitingSessions: 0,
  waiting: [],
  blockers: [],
  idleSessions: [],
  known: [],
  ...changes,
})

export const asleep = (why: AsleepReading['why'] = 'suspended'): AsleepReading => ({ kind: 'asleep', at: NOW, why })

export const failedWith = (cause: Cause, changes: Partial<Failure> = {}): FailedReading => ({
  kind: 'failed',
  at: NOW,
  failure: { cause, at: 'sql', message: 'the words of the other side', ...changes },
})

/** What a rule says of these facts, by its default limits. */
export function judge(rule: Rule, facts: Partial<ConnectionsFacts>, limits?: Partial<Thresholds>): Finding | null {
  return rule.judge(
    { reading: seen(), last: undefined, plan: undefined, endings: [], ...facts },
    { warning: 0, critical: null, recovery: 0, ...rule.limits, ...limits },
  )
}

/** What a rule says, where it must say something. */
export function judged(rule: Rule, facts: Partial<ConnectionsFacts>, limits?: Partial<Thresholds>): Finding {
  const finding = judge(rule, facts, limits)
  if (finding === null) throw new Error(`${rule.name} did not judge`)
  return finding
}

export const policyOf = (changes: Partial<EndingPolicy> = {}): EndingPolicy => ({
  end: true,
  idleMs: 10 * MINUTE,
  abovePercent: 0,
  atMost: 10,
  only: { applications: [], roles: [] },
  protect: { applications: [], roles: [] },
  ...changes,
})

export const endingOf = (outcome: Outcome, victim: Partial<Candidate> = {}, detail?: string): Ending => ({
  victim: candidateOf(victim),
  outcome,
  ...(detail !== undefined && { detail }),
})

export const planOf = (changes: Partial<EndingPlan> = {}): EndingPlan => ({
  victims: [],
  notPermitted: [],
  held: null,
  ...changes,
})

export const findingOf = (changes: Partial<Finding> = {}): Finding => {
  const { severity = 'critical' } = changes
  return {
    rule: 'connections.saturation',
    severity,
    headline: '97 of 97 connections (100%)',
    summary: '97 of the 97 connections that applications can have are taken.',
    recovered: severity === 'ok',
    ...changes,
  }
}

export const TELL: TellPolicy = {
  confirm: { looks: 2, of: 3 },
  remindMs: { critical: HOUR, unknown: 6 * HOUR, warning: 24 * HOUR },
  unseenIsCriticalMs: 30 * MINUTE,
}

export const incidentOf = (changes: Partial<Incident> = {}): Incident => {
  const { severity = 'critical' } = changes
  return {
    status: 'open',
    severity,
    since: NOW,
    brokenAt: NOW,
    looks: [true],
    worst: severity,
    headline: '97 of 97 connections (100%)',
    ...changes,
  }
}

export const noticeOf = (changes: Partial<Notice> = {}): Notice => ({
  target: 'orders',
  rule: 'connections.saturation',
  kind: 'opened',
  incident: incidentOf(),
  finding: findingOf(),
  links: [{ name: 'Neon console', url: 'https://console.neon.tech/app/projects/cool-darkness-123456' }],
  runbook: 'docs/runbook.md#connectionssaturation',
  ...changes,
})
