/** One case: a run into the fault, and runs after it was lifted. */
import { randomUUID } from 'node:crypto'
import type { NightshiftConfig, TargetConfig } from '../../functions/config.ts'
import type { TargetReport } from '../../functions/report.ts'
import { EMAIL, PHONE } from '../world/night.ts'
import { type Call, type Crossing, cross, type Strike } from './crossing.ts'
import type { BoltFault } from './faulty-bolt.ts'
import type { Kind, Lane } from './lane.ts'
import { OPERATIONS, type Stage } from './stage.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** Of which a branch may have 512. */
const MB = 1024 ** 2

export interface Plan {
  kind: Kind
  strikes: Strike[]
  /** What listens where the instance that is struck should. */
  bolt?: BoltFault
  /** How long a target may take; the run has 30 seconds more, for telling. */
  targetMs: number
}

export interface RunOutcome {
  /** By what the target is: `shop` is struck, `blog` is well. */
  targets: Record<string, TargetReport>
  /** Of the run itself: what it failed with. */
  error: string | undefined
  tookMs: number
  log: string
  /** `CRITICAL shop connections.saturation`, in the order of telling. */
  told: string[]
  mails: string[]
}

export interface CaseOutcome {
  struck: RunOutcome
  after: RunOutcome
  /** Strikes that nothing came by to be hit by. */
  missed: Call[]
  /** One more, where news may have been told that nobody wrote down. */
  later: RunOutcome | undefined
}

export const say = ({ kind, strikes, bolt }: Plan): string =>
  `${kind}: ${[...strikes.map(({ call, fault }) => `${call}: ${fault}`), ...(bolt ? [`Bolt: ${bolt}`] : [])].join(' and ') || 'no fault'}`

/** The calls that each check makes, and that can be struck. */
export const CALLS: Record<Kind, Call[]> = {
  connections: ['Neon API', 'SQL over HTTP', 'Neon status page', 'ping', ...shared()],
  snapshots: ['Neon API', 'Aura token', 'Aura API', ...shared()],
  storage: ['Neon API', 'SQL over HTTP', 'Aura token', 'Aura API', 'Aura metrics', ...shared()],
  aura: ['Aura token', 'Aura API', 'ping', ...shared()],
  // It needs no key to look.
  heartbeat: ['SNS question', ...shared().filter((call) => call !== 'secret')],
}

function shared(): Call[] {
  return ['table: get', 'table: first write', 'table: write after telling', 'SNS publish', 'secret']
}

/** Longer than a claim lasts; for the heartbeat shorter than the time in which it expects checks to be made. */
const laterMs = (kind: Kind): number => (kind === 'heartbeat' ? 2 * MINUTE : HOUR)

let cases = 0

export async function play(stage: Stage, lane: Lane, plan: Plan): Promise<CaseOutcome> {
  const id = ++cases
  const aheadMs = lane.casesSoFar++ * 6 * HOUR
  const place = `l${lane.number}x`
  const config = configOf(plan, id, place)
  build(stage, plan, place, Date.now() + aheadMs)
  const secret = `nightshift-${randomUUID()}`
  const { id: clientId, secret: clientSecret } = stage.aura.client
  stage.aws.secrets.put(secret, {
    neonApiKey: stage.neon.apiKey,
    aura: { clientId, clientSecret },
    passwords: Object.fromEntries(config.targets.map(({ name }) => [name, stage.password])),
    heartbeatUrl: stage.ping.address,
    auraHeartbeatUrl: stage.ping.address,
  })
  const crossing: Crossing = {
    env: {
      NIGHTSHIFT_SECRET: secret,
      ...(plan.kind === 'heartbeat' && { NIGHTSHIFT_TABLE: await ownTable(stage, id) }),
    },
    aheadMs,
    strikes: plan.strikes,
    hit: new Set(),
    struck: [`shop-${place}`, `graph-${place}`],
    log: [],
    published: false,
  }
  const once = async (targetMs: number): Promise<RunOutcome> => {
    crossing.log = []
    crossing.published = false
    const mailed = stage.mailsOf(id).length
    const startedAt = performance.now()
    const error = await cross(crossing, async () =>
      lane.run(plan.kind, config, randomUUID(), Date.now() + targetMs + 30_000).then(
        () => undefined,
        (reason: Error) => `${reason.name}: ${reason.message}`,
      ),
    )
    const tookMs = performance.now() - startedAt
    const log = crossing.log.join('')
    const mails = stage.mailsOf(id).slice(mailed)
    return { targets: targetsIn(log), error, tookMs, log, told: mails.flatMap(noticesIn), mails }
  }
  const struck = await once(plan.targetMs)
  const missed = plan.strikes.map(({ call }) => call).filter((call) => !crossing.hit.has(call))
  crossing.strikes = []
  if (plan.bolt) setStatus(stage, `graph-${place}`, 'loading failed')
  crossing.aheadMs += laterMs(plan.kind)
  const after = await once(20_000)
  crossing.aheadMs += laterMs(plan.kind)
  const later = after.error || struck.error || after.told.length > 0 ? await once(20_000) : undefined
  stage.aws.secrets.remove(secret)
  return { struck, missed, after, later }
}

/** When each check has last succeeded stands there, and the clocks of other cases are others. */
async function ownTable({ aws }: Stage, id: number): Promise<string> {
  const name = `nightshift-case${id}`
  await aws.dynamodb.createTable(name)
  return name
}

const LIMITS: Partial<TargetConfig> = {
  snapshots: { maxAge: '24h' },
  thresholds: { 'connections.saturation': { warning: 0.1, critical: 0.1, recovery: 0 } },
}

function configOf({ kind }: Plan, id: number, place: string): NightshiftConfig {
  const neon = (name: string): TargetConfig => ({
    ...LIMITS,
    name: `${name}-case${id}`,
    neon: { project: `${name}-${place}`, role: 'nightshift' },
  })
  const aura = (name: string): TargetConfig => ({
    ...LIMITS,
    name: `${name}-case${id}`,
    aura: { instance: `${name}-${place}`, ...(kind === 'aura' && { user: 'nightshift' }) },
  })
  const neons = ['shop', 'blog'].map(neon)
  const auras = ['graph', 'maps'].map(aura)
  return {
    // It would be due in some cases, by chance: test/scenarios/letter-kills.test.ts.
    letter: false,
    tell: {
      // Of alerts nobody hears whom the heartbeat knows: that is what it has to tell.
      emails: [kind === 'heartbeat' ? `nobody-of-${id}@example.com` : EMAIL],
      operations: [OPERATIONS],
      phones: [PHONE],
      confirm: { looks: 1, of: 1 },
      remind: { critical: '30d', unknown: '30d', warning: '30d' },
      unseenIsCriticalAfter: '30d',
    },
    targets: kind === 'connections' ? neons : kind === 'aura' ? auras : [...neons, ...auras],
  }
}

/** All that is watched has something to tell, at the first look. */
function build({ neon, aura, postgres, bolt }: Stage, plan: Plan, place: string, now: number): void {
  for (const name of ['shop', 'blog']) {
    const id = `${name}-${place}`
    const branch = { id: `br-${id}`, endpoints: [{ id: `ep-${id}`, postgres, suspend_timeout_seconds: -1 }] }
    const project = neon.projects.get(id) ?? neon.addProject({ id, branches: [branch] })
    project.snapshots.length = 0
    project.addSnapshot({ created_at: new Date(now - 5 * DAY).toISOString() })
    Object.assign(project.branches[0]?.api ?? {}, { logical_size: 500 * MB })
  }
  for (const name of ['graph', 'maps']) {
    const id = `${name}-${place}`
    const type = plan.kind === 'storage' ? 'business-critical' : 'professional-db'
    const struck = plan.bolt && name === 'graph'
    const status = struck ? 'running' : plan.kind === 'aura' ? 'loading failed' : 'running'
    const instance = aura.addInstance({
      id,
      type,
      status,
      ...(struck && { connection_url: bolt.urlFor(plan.bolt as BoltFault) }),
    })
    instance.addSnapshot({ timestamp: new Date(now - 5 * DAY).toISOString() })
    if (plan.kind === 'storage') {
      // Dated by the clock of the world, which is behind that of the case.
      const used = [{ value: 3.9 * 1024 ** 3, at: null }]
      instance.metrics = {
        ...instance.metrics,
        neo4j_database_store_size_database: used,
        neo4j_aura_storage_limit: [{ value: 4 * 1024 ** 3, at: null }],
      }
    }
  }
}

function setStatus({ aura }: Stage, id: string, status: string): void {
  const instance = aura.instances.get(id)
  if (instance) instance.api.status = status
}

function targetsIn(log: string): RunOutcome['targets'] {
  const lines = log.split('\n').flatMap((line) => (line.startsWith('{"event":"target"') ? [JSON.parse(line)] : []))
  return Object.fromEntries(lines.map((line: TargetReport) => [line.target.replace(/-case\d+$/, ''), line]))
}

/** A mail has a section for each notice: what it is and of whom first, the rule further down. */
function noticesIn(mail: string): string[] {
  const notices: string[] = []
  let head = ''
  for (const line of mail.split('\n')) {
    const begun = /^((?:STILL )?[A-Z]+) (\w+)-case\d+: /.exec(line)
    if (begun) head = `${begun[1]} ${begun[2]}`
    const rule = /^Rule: (\S+)/.exec(line)?.[1]
    if (rule) notices.push(`${head} ${rule}`)
  }
  return notices
}
