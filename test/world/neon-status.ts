import type { HttpAnswer, HttpRequest } from './http.ts'

/** An incident or a maintenance as incident.io's widget API lists it. */
export interface StatusEntry {
  id: string
  name: string
  status: string
  url: string
  last_update_at: string
  last_update_message: string
  [field: string]: unknown
}

export interface StatusPage {
  page_title: string
  page_url: string
  ongoing_incidents: StatusEntry[]
  in_progress_maintenances: StatusEntry[]
  scheduled_maintenances: StatusEntry[]
}

/** The status page's path of each region, and of the console. */
const PAGES = {
  'aws-us-east-n-virginia': 'AWS - US East (N. Virginia) - us-east-1',
  'aws-us-east-ohio': 'AWS - US East (Ohio) - us-east-2',
  'aws-us-west-oregon': 'AWS - US West (Oregon) - us-west-2',
  'aws-europe-frankfurt': 'AWS - Europe (Frankfurt) - eu-central-1',
  'aws-europe-london': 'AWS - Europe (London) - eu-west-2',
  'aws-asia-pacific-singapore': 'AWS - Asia Pacific (Singapore) - ap-southeast-1',
  'aws-asia-pacific-sydney': 'AWS - Asia Pacific (Sydney) - ap-southeast-2',
  'aws-south-america-sao-paulo': 'AWS - South America (São Paulo) - sa-east-1',
  console: 'Neon Console',
}

export type PageName = keyof typeof PAGES
export type StatusPages = Record<PageName, StatusPage>

/** All pages, all well. A test pushes into the lists of one. */
export function createStatusPages(): StatusPages {
  const pages = Object.entries(PAGES).map(([name, page_title]): [string, StatusPage] => [
    name,
    {
      page_title,
      page_url: `https://neonstatus.com/${name}`,
      ongoing_incidents: [],
      in_progress_maintenances: [],
      scheduled_maintenances: [],
    },
  ])
  return Object.fromEntries(pages) as StatusPages
}

/** An entry for one of the lists of a page. */
export function incident(name: string, fields: Partial<StatusEntry> = {}): StatusEntry {
  return {
    id: crypto.randomUUID(),
    name,
    status: 'investigating',
    url: 'https://neonstatus.com/incidents/1',
    last_update_at: new Date().toISOString(),
    last_update_message: 'We are looking into it.',
    current_worst_impact: 'partial_outage',
    affected_components: [{ id: 'database', name: 'Database Connectivity' }],
    ...fields,
  }
}

/** `/api/v1/summary` of everything, or of one page below its name. */
export function statusPage(pages: StatusPages) {
  return ({ url }: HttpRequest): HttpAnswer => {
    if (url.pathname === '/api/v1/summary') {
      const subpages = Object.entries(pages).map(([subpage, summary]) => ({ subpage, summary }))
      return { status: 200, body: { page_title: 'Neon', page_url: 'https://neonstatus.com', subpages } }
    }
    const [, name] = /^\/([^/]+)\/api\/v1\/summary$/.exec(url.pathname) ?? []
    const page = pages[name as PageName]
    if (page === undefined) return { status: 404, body: 'Not found', headers: { 'content-type': 'text/plain' } }
    return { status: 200, body: page }
  }
}
