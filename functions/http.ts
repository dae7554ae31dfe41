/** JSON and plain text over HTTPS: one request and its errors. */
import * as v from 'valibot'
import { redact } from './redact.ts'
import { sayIssues } from './schema.ts'

/** A single request takes no longer than this; both providers' APIs answer within a second. */
const REQUEST_MS = 6_000
/** A page of a thousand branches is a tenth of this; many times more, of many targets at once, is all the memory there is. */
const MOST_JSON_BYTES = 10_000_000
/** Of the other side's words: what stands around them, the request's id above all, must not be cut off later. */
const MOST_WORDS = 250

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

/** A success with JSON in it, and the id by which the other side finds the request in its log (X-Request-Id). */
export interface Answer {
  body: unknown
  requestId?: string | undefined
}

/**
 * Sends one request, for at most 6 seconds.
 * @throws HttpError for anything but a 2xx with JSON; what `fetch` throws, or an error around it, when no whole answer came
 */
export async function askJson(
  url: string,
  { headers, ...request }: { method?: 'POST'; headers: Record<string, string>; body?: string },
  signal: AbortSignal,
): Promise<Answer> {
  const sent = { ...request, headers: { accept: 'application/json', ...headers } }
  const { asked, text, requestId } = await ask(url, sent, { timeoutMs: REQUEST_MS, mostBytes: MOST_JSON_BYTES }, signal)
  try {
    return { body: JSON.parse(text), requestId }
  } catch {
    throw new HttpError(0, `the answer to ${asked} is not JSON: ${excerpt(text, 80)}${inRequest(requestId)}`)
  }
}

/**
 * GETs plain text. What the headers hold is sent to this address and to no other: a redirection is not followed.
 * @throws HttpError for anything but a 2xx of at most so many bytes; else as `askJson` does
 */
export async function getText(
  url: string,
  headers: Record<string, string>,
  limits: { timeoutMs: number; mostBytes: number },
  signal: AbortSignal,
): Promise<{ text: string; requestId?: string | undefined }> {
  return ask(url, { headers: { accept: 'text/plain', ...headers }, redirect: 'manual' }, limits, signal)
}

/** One request and its whole answer as text. Throws as `getText` does. */
export async function ask(
  url: string,
  request: RequestInit,
  { timeoutMs, mostBytes }: { timeoutMs: number; mostBytes: number },
  signal: AbortSignal,
): Promise<{ asked: string; text: string; requestId?: string | undefined }> {
  const asked = `${request.method ?? 'GET'} ${new URL(url).pathname}`
  const response = await fetch(url, { ...request, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) })
  const requestId = response.headers.get('x-request-id')?.slice(0, 64)
  const text = await readText(response, mostBytes).catch((error: unknown) => {
    if (requestId === undefined) throw error
    throw new Error(`the answer to ${asked} has no end${inRequest(requestId)}`, { cause: error })
  })
  if (!response.ok)
    throw new HttpError(response.status, errorText(response, text ?? '', requestId), retryAfterMs(response))
  if (text === undefined)
    throw new HttpError(0, `the answer to ${asked} has more than ${mostBytes} bytes${inRequest(requestId)}`)
  return { asked, text, requestId }
}

/** Undefined: there is more than that; the rest is not waited for. */
async function readText(response: Response, mostBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > mostBytes) return undefined
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

/** GETs JSON. Throws as `askJson` does. */
export const getJson = async (url: string, headers: Record<string, string>, signal: AbortSignal): Promise<unknown> =>
  (await askJson(url, { headers }, signal)).body

/**
 * What an answer says, if it has the shape that is documented.
 * @param asked what was asked for, for the error
 * @throws HttpError that says what does not fit and where
 */
export function asDocumented<Schema extends v.GenericSchema>(
  schema: Schema,
  { body, requestId }: Answer,
  asked: string,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, body)
  if (parsed.success) return parsed.output
  throw new HttpError(
    0,
    `the answer to ${asked} is not as documented: ${sayIssues(parsed.issues)}${inRequest(requestId)}`,
  )
}

/** The code and the words of a refusal, or the beginning of whatever came instead. */
function errorText(response: Response, text: string, requestId: string | undefined): string {
  try {
    const { code, message, request_id: id = requestId } = asError(JSON.parse(text))
    if (typeof message === 'string')
      return `HTTP ${response.status}${code ? ` ${code}` : ''}: ${excerpt(message, MOST_WORDS)}${inRequest(id)}`
  } catch {
    // Not JSON: the text itself is the best there is.
  }
  return `HTTP ${response.status} ${response.statusText}: ${excerpt(text, 200)}${inRequest(requestId)}`
}

/**
 * Neon's `{ code, message, request_id }` as it is; Aura's `{ errors: [{ reason, message, field }] }` and OAuth's
 * `{ error, error_description }` (RFC 6749, 5.2) in the same words.
 */
function asError(body: {
  code?: unknown
  message?: unknown
  request_id?: string
  error?: unknown
  error_description?: unknown
  errors?: { message?: unknown; reason?: unknown; field?: unknown }[]
}): { code?: unknown; message?: unknown; request_id?: string } {
  if (typeof body.message === 'string') return body
  if (typeof body.error === 'string')
    return { message: body.error_description ? `${body.error}: ${body.error_description}` : body.error }
  const [first] = Array.isArray(body.errors) ? body.errors : []
  if (first === undefined) return body
  return { code: first.reason, message: first.field ? `${first.message} (field ${first.field})` : first.message }
}

/** Redacted before it is cut: the half of a secret would no longer be known as one. */
const excerpt = (text: string, most: number): string => redact(text.slice(0, 10_000)).slice(0, most)

const inRequest = (id: string | undefined): string => (id ? ` (request ${id})` : '')

/** RFC 9110: seconds or a date. */
function retryAfterMs(response: Response): number | undefined {
  const value = response.headers.get('retry-after')
  if (value === null) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
