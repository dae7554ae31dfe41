/** Ends the sessions of a plan, one by one. */
import type { Candidate } from '../checks/reading.ts'
import { type Evidence, sayEvidence } from '../checks/trust/abandoned.ts'
import type { Ending, EndingPlan, EndingPolicy } from '../checks/victims.ts'
import type { Target } from '../config.ts'
import { log } from '../log.ts'
import type { Recorder } from '../record.ts'
import { errorMessage } from '../redact.ts'
import { sessionLine } from '../report.ts'
import type { NeonSql } from './sql.ts'

export interface Acting {
  sql: NeonSql
  /** By which each victim was chosen: checked again, its limit too, in the statement that ends it. */
  evidenceOf(victim: Candidate): Evidence
  recorder: Recorder
  signal: AbortSignal
}

/** What became of each victim. Never throws; stops at the deadline and after an answer that did not arrive. */
export async function endSessions(
  plan: EndingPlan,
  { name, ending: policy }: Target,
  { sql, evidenceOf, recorder, signal }: Acting,
): Promise<Ending[]> {
  if (plan.held !== null) return []
  const endings: Ending[] = plan.notPermitted.map((victim) => ({ victim, outcome: 'refused' }))
  for (const victim of plan.victims) {
    if (signal.aborted) break
    const evidence = evidenceOf(victim)
    const { limitMs } = evidence
    const ending = await endOne(victim, { ...policy, idleMs: limitMs }, sql)
    endings.push(ending)
    // At once, one line and one record each: should this process die, what it did is still known.
    const { outcome, detail } = ending
    log('ending', {
      rule: 'connections.stale',
      target: name,
      ...sessionLine(victim),
      idleMs: victim.idleMs,
      limitMs,
      outcome,
      detail,
    })
    recorder.note(
      { id: victim.pid, rule: 'connections.stale', outcome, evidence: sayEvidence(evidence) },
      { ...whoOf(victim), ...evidence, idleSince: new Date(Number(victim.stateChange) * 1000).toISOString(), detail },
    )
    // The line to Postgres is in doubt: what is left is left to the next run, which looks first.
    if (ending.outcome === 'lost') break
  }
  return endings
}

const whoOf = ({ pid, application, role, database }: Candidate) => ({ pid, application, role, database })

async function endOne(victim: Candidate, policy: EndingPolicy, sql: NeonSql): Promise<Ending> {
  try {
    return { victim, ...(await sql.end(victim, policy)) }
  } catch (error) {
    // 42501: the server has said no, and nothing was done. After any other error the session may have been told to end.
    const refused = (error as { code?: unknown }).code === '42501'
    return { victim, outcome: refused ? 'refused' : 'lost', detail: errorMessage(error) }
  }
}
