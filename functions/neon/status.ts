/** Neon's status page: is what we see perhaps everybody's trouble? Asked only when a look has failed. */
import * as v from 'valibot'
import { addresses } from '../env.ts'
import { getJson } from '../http.ts'

const incidentSchema = v.object({ name: v.string(), url: v.optional(v.string()) })
const summarySchema = v.object({ ongoing_incidents: v.array(incidentSchema) })

/** Where the page of each region is; others have none of their own. */
const REGION_PAGES: Record<string, string> = {
  'aws-us-east-1': '/aws-us-east-n-virginia',
  'aws-us-east-2': '/aws-us-east-ohio',
  'aws-us-west-2': '/aws-us-west-oregon',
  'aws-eu-central-1': '/aws-europe-frankfurt',
  'aws-eu-west-2': '/aws-europe-london',
  'aws-ap-southeast-1': '/aws-asia-pacific-singapore',
  'aws-ap-southeast-2': '/aws-asia-pacific-sydney',
  'aws-sa-east-1': '/aws-south-america-sao-paulo',
}
/** The console and its API, when the API is what failed. */
const CONSOLE_PAGE = '/console'

export interface Incident {
  name: string
  url: string
}

/**
 * The incident that stands in a region, or on the console without one.
 * @throws whatever keeps the page from being read
 */
export async function ongoingIncident(region: string | undefined): Promise<Incident | undefined> {
  const page = region === undefined ? CONSOLE_PAGE : REGION_PAGES[region]
  if (page === undefined) return undefined
  const address = `${addresses.neonStatus()}${page}`
  const summary = v.parse(summarySchema, await getJson(`${address}/api/v1/summary`, {}, AbortSignal.timeout(3_000)))
  const [incident] = summary.ongoing_incidents
  return incident && { name: incident.name.slice(0, 120), url: incident.url ?? address }
}
