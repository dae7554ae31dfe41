/** JSON over HTTPS: one GET and its errors. */

/** An answer that is not a success. `status` 0: a success whose body is not what it should be. */
export class HttpError extends Error {
  readonly status: number
  readonly retryAfterMs: number | undefined
  constructor(status: number, message: string, retryAfterMs?: number) {
    super(message)
    this.name = 'HttpError'
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

/**
 * GETs JSON.
 * @throws HttpError for anything but a 2xx with JSON; whatever `fetch` throws when no answer came
 */
export async function getJson(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { headers: { accept: 'application/json', ...headers }, signal })
  const text = await response.text()
  if (!response.ok) throw new HttpError(response.status, errorText(response, text), retryAfterMs(response))
  try {
    return JSON.parse(text)
  } catch {
    throw new HttpError(0, `the answer to GET ${new URL(url).pathname} is not JSON: ${text.slice(0, 80)}`)
  }
}

/** Neon's `{ code, message, request_id }`, or the beginning of whatever came instead. */
function errorText(response: Response, text: string): string {
  try {
    const { message, code, request_id: id } = JSON.parse(text)
    if (typeof message === 'string')
      return `HTTP ${response.status}${code ? ` ${code}` : ''}: ${message}${id ? ` (request ${id})` : ''}`
  } catch {
    // Not JSON: the text itself is the best there is.
  }
  return `HTTP ${response.status} ${response.statusText}: ${text.slice(0, 200)}`
}

/** RFC 9110: seconds or a date. */
function retryAfterMs(response: Response): number | undefined {
  const value = response.headers.get('retry-after')
  if (value === null) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
