/** Where to look next: the database's console, the function's log, the runbook. */
import { lambda } from '../env.ts'

export interface Link {
  name: string
  url: string
}

export function neonLinks({ neon }: { neon: { project: string } }, branchId: string | undefined): Link[] {
  const project = `https://console.neon.tech/app/projects/${encodeURIComponent(neon.project)}`
  return withLog({
    name: 'Neon console',
    url: branchId ? `${project}/branches/${encodeURIComponent(branchId)}` : project,
  })
}

export const auraLinks = ({ aura }: { aura: { instance: string } }): Link[] =>
  withLog({
    name: 'Aura console',
    url: `https://console.neo4j.io/?product=aura-db#databases/${encodeURIComponent(aura.instance)}/detail`,
  })

/** The links, and the function's log where Lambda says which it is. */
export function withLog(...links: Link[]): Link[] {
  const log = logLink()
  return [...links, ...(log ? [{ name: 'Log', url: log }] : [])]
}

/**
 * The rule's section of the runbook; GitHub and others make anchors of headings by leaving out punctuation.
 * @param runbook the address of docs/runbook.md, or undefined: it then stands in the project's own folder
 */
export const runbookLink = (rule: string, runbook: string | undefined): string =>
  `${runbook ?? 'docs/runbook.md'}#${rule.replaceAll('.', '')}`

function logLink(): string | undefined {
  const [region, group, name] = [lambda.region(), lambda.logGroup(), lambda.functionName()]
  if (!region || !name) return undefined
  if (!group)
    return `https://${region}.console.aws.amazon.com/lambda/home?region=${region}#/functions/${name}?tab=monitoring`
  // The console wants its own double encoding, with $ for %.
  const encoded = encodeURIComponent(encodeURIComponent(group)).replaceAll('%', '$')
  return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${encoded}`
}
